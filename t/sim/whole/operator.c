
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
static void operator_all(const char *call);


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

    switch (sim_below(operator_is_clumsy ? 10 : 6)) {

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


static void
operator_all(const char *call)
{
    int          i;
    char         cursor[64];
    redisReply  *reply;

    strcpy(cursor, "0");

    for (i = 0; i < 1000; i++) {
        reply = server_callf("FCALL polycard_%s 1 %s all%s%s", call,
                             WORLD_PREFIX, call[2] == 's' ? " " : "",
                             call[2] == 's' ? cursor : "");

        if (reply == NULL) {
            return;
        }

        if (reply->type == REDIS_REPLY_ARRAY) {
            snprintf(cursor, sizeof(cursor), "%s", reply->element[1]->str);
        }

        if (reply->type == REDIS_REPLY_ERROR
            || (reply->type == REDIS_REPLY_INTEGER && reply->integer == 0)
            || (reply->type == REDIS_REPLY_ARRAY
                && strcmp(cursor, "0") == 0))
        {
            ks_reply_free(reply);
            return;
        }

        ks_reply_free(reply);
    }
}


void
operator_mends(void)
{
    size_t  i;

    oracle_meddle(1);

    for (i = 0; i < operator_nspoilt; i++) {
        operator_does("DEL %s%s", WORLD_PREFIX, operator_spoilt[i]);
    }

    oracle_meddle(0);

    operator_all("requeue");
    operator_confirms();

    if (world.emptied) {
        operator_does("FCALL polycard_confirm_clients 1 %s", WORLD_PREFIX);
    }

    if (world.went_back || world.meddled) {
        operator_all("resend");
    }
}
