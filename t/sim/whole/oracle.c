
/* After each call: hooks, sums, fences, deletions. */

#include "whole/oracle.h"
#include "whole/gateway.h"
#include "whole/hooks.h"
#include "whole/money.h"
#include "server/server.h"

#include <stdlib.h>


#define ORACLE_HOUR      3600000
#define ORACLE_LEAST     20
#define ORACLE_DELETED   4096


static uint64_t   oracle_moves;
static unsigned   oracle_is_retelling;
static unsigned   oracle_meddles;
static unsigned   oracle_is_synced;
static int64_t    oracle_deleted[ORACLE_DELETED];
static size_t     oracle_ndeleted;
static long long  oracle_released;
static size_t     oracle_most;           /* clients and groups at once */


static void oracle_after(const ks_arg_t *arg, size_t n,
    const redisReply *reply);
static int oracle_meta_is(const char *name, const char *value);
static void oracle_sync(void);
static void oracle_fence(const ks_arg_t *arg, size_t n,
    const redisReply *reply);
static void oracle_look(void);
static void oracle_told(hook_t *hook, const ks_entry_t *entry);
static void oracle_deletion(const hook_t *hook);
static void oracle_true(const hook_t *hook, const ks_entry_t *entry);
static int oracle_is_announced(const char *phone, const ks_str_t *card);
static void oracle_sent(delivery_t *delivery);


void
oracle_begin(void)
{
    hooks_begin();
    money_begin();
    lease_begin();

    oracle_moves = 0;
    oracle_meddles = 0;
    oracle_is_synced = 0;
    oracle_ndeleted = 0;
    oracle_released = 0;
    oracle_most = 0;
    forgotten_begin();

    server.after = oracle_after;
    delivery_sent = oracle_sent;
}


void
oracle_meddle(unsigned on)
{
    oracle_meddles = on;
}


void
oracle_confirmed(long long n)
{
    if (n > 0) {
        oracle_released += n;
        oracle_ndeleted = 0;
    }
}


void
oracle_went_back(void)
{
    hook_t  *hook;

    oracle_meddles = 1;
    oracle_look();
    oracle_meddles = 0;

    for (hook = hooks_first(); hook; hook = hook->next) {
        hook->lost |= hook->place == HOOK_GONE;
        hook->back |= (hook->before == HOOK_DEAD || hook->before == HOOK_GONE)
                      && (hook->place == HOOK_OUTBOX
                          || hook->place == HOOK_HELD);
        hook->early = 1;
    }

    money_forget();
    oracle_ndeleted = 0;
}


static void
oracle_after(const ks_arg_t *arg, size_t n, const redisReply *reply)
{
    if (sim.wrong) {
        return;
    }

    if (sim.verbose) {
        size_t  i;

        printf("%9lld    ", (long long) sim.now);

        for (i = 0; i < n; i++) {
            printf(" %.*s", arg[i].len > 200 ? 20 : (int) arg[i].len,
                   arg[i].data);
        }

        printf(" -> ");
        ks_reply_print(stdout, reply);
        printf("\n");
    }

    world.ended |= n > 1 && ks_arg_is(&arg[1], "polycard_end_hooks")
                   && reply->type == REDIS_REPLY_INTEGER;

    oracle_is_retelling = n > 1 && ks_arg_is(&arg[1], "polycard_retell");

    if (ks_arg_is(&arg[0], "fcall") && n > 4) {
        lease_look(arg, n, reply);
        oracle_fence(arg, n, reply);

        if (ks_arg_is(&arg[1], "polycard_add_client")) {
            oracle_gave(arg[4].data, reply);
        }

        world.unbound |= (world.emptied || world.unknown)
                         && ks_arg_is(&arg[1], "polycard_settings")
                         && reply->type == REDIS_REPLY_ARRAY
                         && strcmp(reply->element[0]->str, "running") == 0;
    }

    if (server.ks->moves != oracle_moves) {
        oracle_moves = server.ks->moves;
        oracle_look();
    }

    oracle_sync();
}


static int
oracle_meta_is(const char *name, const char *value)
{
    ks_value_t  *meta;
    ks_field_t  *field;

    meta = world_value("meta");
    field = meta && meta->type == KS_HASH
            ? ks_hash_find(meta, name, strlen(name)) : NULL;

    return field && ks_str_is(field->value, value, strlen(value));
}


/* the gateway reads who is there when the first sync is over, and when somebody
 * wants hooks again: of what changed meanwhile it was not told */

static void
oracle_sync(void)
{
    unsigned  done;

    done = oracle_meta_is("sync", "done") && oracle_meta_is("hooks", "1");

    if (done && !oracle_is_synced && !world.announce) {
        gateway_reads(server.ks);
    }

    oracle_is_synced = done;
}


/* those that do not give the lease away, and write for who holds it */

static void
oracle_fence(const ks_arg_t *arg, size_t n, const redisReply *reply)
{
    size_t             i, len;
    const ks_value_t  *value;

    static const char *const  fenced[] = {
        "next", "due", "accept", "refuse", "hold", "accept_held",
        "refuse_held", "outage", "sweep_index", "sweep_groups", "sweep_scan",
        "swept", "broken", "settings", NULL
    };

    for (i = 0; fenced[i]; i++) {
        if (strcmp(arg[1].data + 9, fenced[i]) == 0) {
            break;
        }
    }

    if (fenced[i] == NULL || reply->type == REDIS_REPLY_ERROR) {
        return;
    }

    value = world_value("lease");
    len = arg[4].len;

    if (value == NULL || value->type != KS_STRING || value->string->len <= len
        || memcmp(value->string->data, arg[4].data, len) != 0
        || value->string->data[len] != ' ')
    {
        sim_wrong("done for who has no lease", "%s of %s", fenced[i],
                  arg[4].data);
    }
}


static void
oracle_look(void)
{
    size_t          i, n;
    hook_t         *hook;
    unsigned        is_ended;
    hook_t *const  *about;

    /* an operator has ended the hooks: those that wait are removed */

    is_ended = oracle_meta_is("ended", "1");
    world.ended |= is_ended;

    hooks_look(server.ks, oracle_meddles, oracle_told);

    about = hooks_about(&n);

    for (i = 0; i < n; i++) {
        hook = about[i];

        if (hook->places > 1) {
            sim_wrong("a hook in several places", "%s of %s", hook->name,
                      hook->key);
        }

        if (hook->place != HOOK_GONE || hook->before == HOOK_GONE) {
            continue;
        }

        if (oracle_meddles
            || (hook->before == HOOK_DEAD && oracle_was_forgotten(hook->key)))
        {
            hook->meddled = 1;
            continue;
        }

        if (!hook->posted && !is_ended) {
            sim_wrong("lost: gone and never accepted", "%s of %s", hook->name,
                      hook->key);
        }
    }
}


static void
oracle_told(hook_t *hook, const ks_entry_t *entry)
{
    sim_say("hook %s of %s: %s %s", hook->name, hook->key, hook->object,
            hook->action);

    if (oracle_meddles) {
        return;
    }

    money_told(hook, entry);

    if (strcmp(hook->action, "deleted") == 0
        && strcmp(hook->object, "bonuses") != 0)
    {
        oracle_deletion(hook);

    } else {
        oracle_true(hook, entry);
    }
}


/* the guard's promise: no more in an hour than a share of the clients, and 20,
 * but for what an operator has released */

static void
oracle_deletion(const hook_t *hook)
{
    size_t       i, n, limit;
    int64_t      now;
    ks_value_t  *clients;

    clients = world_value("clients");
    now = server_time();

    if (clients && clients->n + 1 > oracle_most) {
        oracle_most = clients->n + 1;
    }

    if (oracle_ndeleted < ORACLE_DELETED) {
        oracle_deleted[oracle_ndeleted++] = now;
    }

    for (i = 0, n = 0; i < oracle_ndeleted; i++) {
        n += oracle_deleted[i] > now - ORACLE_HOUR;
    }

    limit = (oracle_most + world.nphones) * world.delete_guard / 100;
    limit = limit > ORACLE_LEAST ? limit : ORACLE_LEAST;

    if (n > limit + oracle_released && world.delete_guard < 100
        && !world.skewed && !world.meddled)
    {
        sim_wrong("more deletions than the guard lets pass",
                  "%zu, limit %zu, share %u, of %s", n, limit,
                  world.delete_guard, hook->key);
    }
}


/* what is announced of a client's card is what its record says, or said */

static void
oracle_true(const hook_t *hook, const ks_entry_t *entry)
{
    char               name[64];
    ks_key_t          *key;
    ks_field_t        *field;
    const ks_str_t    *told;

    if (strcmp(hook->object, "clients") != 0) {
        return;
    }

    snprintf(name, sizeof(name), WORLD_PREFIX "client:%s", hook->key);

    key = ks_find(server.ks, name, strlen(name));
    told = hooks_field(entry, "barcode");

    if (told == NULL) {
        sim_wrong("a client without a card is told", "%s", hook->name);
        return;
    }

    if (strcmp(hook->action, "added") != 0) {
        return;
    }

    field = key && key->value->type == KS_HASH
            ? ks_hash_find(key->value, "barcode", 7) : NULL;

    if (field && strstr(field->value->data, told->data)) {
        return;
    }

    /* one that has broken counts as announced: so it is announced again */

    if (key && (field == NULL || field->value->len == 0)
        && oracle_is_retelling && oracle_is_announced(hook->key, told))
    {
        return;
    }

    sim_wrong("added, and is not there", "%s of %s", hook->name, hook->key);
}


/* with that card, before the call that is under way */

static int
oracle_is_announced(const char *phone, const ks_str_t *card)
{
    char         text[64];
    ks_field_t  *shadow;

    shadow = gateway_shadow(server.ks, phone);
    snprintf(text, sizeof(text), "\"%s\"", card->data);

    return shadow && strstr(shadow->value->data, text);
}


/* none goes before what is older of its key and was not accepted */

static void
oracle_sent(delivery_t *delivery)
{
    char           *body;
    size_t          i, n, size;
    hook_t         *hook, *older;
    ks_value_t     *lease;
    hook_t *const  *about;

    lease_sent(delivery);

    hook = hooks_find(delivery->id);

    if (hook == NULL) {
        sim_wrong("a hook that was never written is sent", "%s",
                  delivery->id);
        return;
    }

    size = strlen(delivery->object) + strlen(delivery->action)
           + strlen(delivery->data) + 3;
    body = sim_alloc(size);
    snprintf(body, size, "%s %s %s", delivery->object, delivery->action,
             delivery->data);

    if (hook->sent && strcmp(hook->sent, body) != 0) {
        sim_wrong("one id, two bodies", "%s: %s, %s", hook->name, hook->sent,
                  body);
    }

    hook->sent = body;

    lease = world_value("lease");

    /* What Redis has lost is in no order.  What was dead or removed and is back
     * has lost its turn to those of before, which may be in flight: its key is
     * announced once more, behind them (hook/told.h): settled.c checks it.
     * An outbox that somebody has written into begins again, with ids by the
     * clock. */

    if ((world.meddled && world.skewed) || hook->requeued || server.dead
        || (hook->lost && hook->place == HOOK_GONE)
        || lease == NULL || lease->type != KS_STRING
        || strtoll(lease->string->data, NULL, 10) != delivery->fence)
    {
        return;
    }

    about = hooks_about(&n);

    for (i = 0; i < n; i++) {
        older = about[i];

        if ((older->place == HOOK_OUTBOX || older->place == HOOK_HELD)
            && !older->posted && !older->requeued
            && !(older->back && hook->early)
            && ks_id_compare(&older->id, &hook->id) < 0
            && strcmp(older->key, hook->key) == 0)
        {
            sim_wrong("order", "%s before %s of %s", hook->name, older->name,
                      hook->key);
        }
    }
}
