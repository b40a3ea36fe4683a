
/* Operators: some of what they do is wrong. */

#include "whole/office.h"
#include "whole/money.h"
#include "whole/oracle.h"
#include "server/server.h"


static void operator_comes(void *data, uint64_t tag);
static void operator_does(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static void operator_spoils(void);
static void operator_confirms(void);
static void operator_requeues(void);
static unsigned operator_resends(void);


/* helper keys that somebody has written into */

#define OPERATOR_SPOILT  8

static const char  *operator_spoilt[OPERATOR_SPOILT];
static size_t       operator_nspoilt;
static unsigned     operator_is_clumsy;


void
operator_begin(void)
{
    operator_nspoilt = 0;
    operator_is_clumsy = sim_chance(15);

    if (sim_chance(40)) {
        sim_later(sim_below(5000), operator_comes, NULL, 0);
    }
}


static void
operator_does(const char *format, ...)
{
    char         text[512];
    va_list      args;
    redisReply  *reply;

    va_start(args, format);
    (void) vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    reply = server_callf("%s", text);

    if (reply) {
        ks_reply_free(reply);
    }
}


static void
operator_comes(void *data, uint64_t tag)
{
    if (sim.now >= world.calm) {
        return;
    }

    switch (sim_happens() ? (int) sim_below(operator_is_clumsy ? 10 : 6) : -1) {

    case -1:
        break;

    case 0:
        operator_does("FCALL polycard_requeue 1 %s all", WORLD_PREFIX);
        break;

    case 1:
        operator_does("FCALL polycard_resend 1 %s %s", WORLD_PREFIX,
                      world_phone(sim_below(world.nphones)));
        break;

    case 2:
        operator_does("FCALL polycard_resend 1 %s group %u", WORLD_PREFIX,
                      sim_below(world.ngroups));
        break;

    case 3:
        operator_confirms();
        break;

    case 4:
        operator_does("FCALL polycard_resend 1 %s all", WORLD_PREFIX);
        break;

    case 5:
        operator_does("FCALL polycard_end_hooks 1 %s", WORLD_PREFIX);
        break;

    default:
        operator_spoils();
    }

    sim_later(1 + sim_below(4000), operator_comes, NULL, 0);
}


static void
operator_confirms(void)
{
    redisReply  *reply;

    reply = server_callf("FCALL polycard_confirm_deletions 1 %s",
                         WORLD_PREFIX);

    if (reply && reply->type == REDIS_REPLY_INTEGER) {
        oracle_confirmed(reply->integer);
    }

    if (reply) {
        ks_reply_free(reply);
    }
}


/* takes hooks away, or writes something else into a helper key */

static void
operator_spoils(void)
{
    const char  *name;

    static const char *const  names[] = {
        "outbox", "dead", "retry", "clients", "groups", "gone", "deletions",
        "found", "held", "registered", "cards", "hosts", "shadow:000",
        "shadow:101", "shadow:groups", "added:000", "barcodes:000",
        "retry:380670000000", "retry:380670001100", "canary", "seq:position"
    };

    world.meddled = 1;
    oracle_meddle(1);

    switch (sim_below(4)) {

    case 0:
        operator_does("XTRIM %soutbox MAXLEN %u", WORLD_PREFIX, sim_below(4));
        break;

    case 1:
        operator_does("XTRIM %sdead MAXLEN 0", WORLD_PREFIX);
        break;

    default:
        name = names[sim_below(sizeof(names) / sizeof(names[0]))];

        if (operator_nspoilt == OPERATOR_SPOILT) {
            break;
        }

        operator_spoilt[operator_nspoilt++] = name;
        operator_does("SET %s%s nonsense", WORLD_PREFIX, name);
    }

    oracle_meddle(0);
    money_forget();
}


/* until nothing is left of them */

static void
operator_requeues(void)
{
    int          i;
    unsigned     over;
    redisReply  *reply;

    for (i = 0, over = 0; i < 1000 && !over; i++) {
        reply = server_callf("FCALL polycard_requeue 1 %s all", WORLD_PREFIX);

        if (reply == NULL) {
            return;
        }

        over = (reply->type != REDIS_REPLY_INTEGER || reply->integer == 0);
        ks_reply_free(reply);
    }
}


/* all is announced again, and that is not over */

static unsigned
operator_resends(void)
{
    unsigned     resends;
    redisReply  *reply;

    reply = server_callf("HEXISTS %smeta resend", WORLD_PREFIX);
    resends = (reply && reply->type == REDIS_REPLY_INTEGER && reply->integer);

    if (reply) {
        ks_reply_free(reply);
    }

    return resends;
}


void
operator_mends(void)
{
    size_t  i;

    oracle_meddle(1);

    for (i = 0; i < operator_nspoilt; i++) {
        operator_does("DEL %s%s", WORLD_PREFIX, operator_spoilt[i]);
    }

    operator_nspoilt = 0;
    oracle_meddle(0);

    operator_requeues();
    operator_confirms();

    if (world.off) {
        operator_does("FCALL polycard_end_hooks 1 %s", WORLD_PREFIX);
    }

    if (world.emptied) {
        operator_does("FCALL polycard_confirm_clients 1 %s", WORLD_PREFIX);
    }

    if ((world.went_back || world.meddled || world.stopped)
        && !operator_resends())
    {
        operator_does("FCALL polycard_resend_all 1 %s", WORLD_PREFIX);
    }
}
