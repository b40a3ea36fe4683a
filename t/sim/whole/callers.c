
/*
 * Callers of addClient: they come to any worker, and to another one when there
 * is no answer.  redis/store_add.c does the rest.
 */

#include "whole/office.h"
#include "whole/oracle.h"
#include "redis/store.h"
#include "server/server.h"


/* ms until a caller has waited long enough */
#define CALLER_WAITS  2000


typedef struct {
    ngx_polycard_store_added_t   added;
    ngx_polycard_str_t           attribute[NGX_POLYCARD_ATTRIBUTES_MAX];
    const char                  *phone;
    unsigned                     tries;
    unsigned                     answered;
} caller_t;


static void callers_come(void *data, uint64_t tag);
static void caller_asks(void *data, uint64_t tag);
static void caller_answered(ngx_polycard_store_call_t *call);
static void callers_fill(void);


void
callers_begin(void)
{
    if (sim_chance(70)) {
        sim_later(sim_below(3000), callers_come, NULL, 0);
    }
}


static void
callers_come(void *data, uint64_t tag)
{
    caller_t  *caller;

    if (sim.now >= world.calm) {
        return;
    }

    sim_later(1 + sim_below(1500), callers_come, NULL, 0);

    if (!sim_happens()) {
        return;
    }

    caller = sim_alloc(sizeof(caller_t));
    caller->phone = strcpy(sim_alloc(16), world_phone(sim_below(world.nphones
                                                                + 4)));
    caller->tries = 1 + sim_below(3);

    caller->attribute[NGX_POLYCARD_CLIENT_PHONE].data
        = (u_char *) caller->phone;
    caller->attribute[NGX_POLYCARD_CLIENT_PHONE].len = 12;
    caller->attribute[NGX_POLYCARD_CLIENT_NAME].data
        = (u_char *) (sim_chance(50) ? "Taras" : "Lesia");
    caller->attribute[NGX_POLYCARD_CLIENT_NAME].len = 5;

    caller_asks(caller, 0);
    callers_fill();
}


static void
caller_asks(void *data, uint64_t tag)
{
    caller_t *caller = data;

    caller_t   *next;
    process_t  *p;

    if (caller->answered) {
        return;
    }

    /* what was asked before may be carried out yet: its memory stays */

    next = caller;

    if (tag) {
        next = sim_alloc(sizeof(caller_t));
        *next = *caller;
        ngx_memzero(&next->added, sizeof(ngx_polycard_store_added_t));
    }

    p = &world.process[sim_below(world.nprocesses)];

    if (p->running && !p->exiting && !process_deaf(p)) {
        process_enter(p);

        next->added.call.market = &p->market;
        next->added.call.handler = caller_answered;
        next->added.call.data = next;

        (void) ngx_polycard_store_add_client(&next->added, next->attribute);

        process_leave(p);
    }

    if (--next->tries) {
        sim_later(sim_chance(50) ? sim_below(50) : CALLER_WAITS, caller_asks,
                  next, 1);
    }
}


static void
caller_answered(ngx_polycard_store_call_t *call)
{
    char      *code;
    caller_t  *caller;

    caller = call->data;

    if (call->status != NGX_OK
        || caller->added.added != NGX_POLYCARD_STORE_ADDED)
    {
        return;
    }

    caller->answered = 1;

    code = sim_alloc(caller->added.code.len + 1);
    memcpy(code, caller->added.code.data, caller->added.code.len);

    sim_say("%s was added: %lld %s", caller->phone,
            (long long) caller->added.id, code);

    oracle_issued(caller->phone, caller->added.id, code);
}


static void
callers_fill(void)
{
    redisReply  *reply;

    if (world.process[0].market.cards.mode != NGX_POLYCARD_CARDS_POOL
        || !sim_chance(50))
    {
        return;
    }

    reply = server_callf("RPUSH %scards 29%06u %s", WORLD_PREFIX,
                         sim_below(1000000),
                         sim_chance(90) ? "2900000000018" : "\001");

    if (reply) {
        ks_reply_free(reply);
    }
}
