
/* When all is well: what is left to be done, and who disagrees with whom. */

#include "whole/oracle.h"
#include "whole/gateway.h"
#include "whole/hooks.h"
#include "whole/office.h"
#include "server/server.h"

#include <stdlib.h>


static char      settled_reason[256];


static const char *settled_keyspace(void);
static const char *settled_taken(void);
static const char *settled_captured(void);
static const char *settled_listed(const char *index, const char *incomplete,
    const char *prefix, const char *id);
static const char *settled_client(const char *phone);
static const char *settled_compare(const gateway_client_t *client,
    unsigned which, const ks_value_t *hash);
static int settled_excused(const char *key);
static int settled_hears(void);
static int settled_is_left(const char *phone);
static const char *settled_normal(const char *name, const char *value);


const char *
oracle_settled(void)
{
    char         id[16];
    size_t       i;
    const char  *reason;

    reason = settled_keyspace();

    for (i = 0; i < world.nphones + 4 && reason == NULL; i++) {
        reason = settled_client(world_phone(i));
    }

    for (i = 0; i < world.nphones + 4 && reason == NULL; i++) {
        reason = settled_listed("clients", "incomplete", "client:",
                                world_phone(i));
    }

    for (i = 0; i < world.ngroups && reason == NULL; i++) {
        snprintf(id, sizeof(id), "%zu", i);
        reason = settled_listed("groups", "incomplete_groups", "group:", id);
    }

    if (reason == NULL) {
        reason = settled_taken();
    }

    return reason ? reason : settled_captured();
}


/* the market has in its books who was registered by Polycard */

static const char *
settled_taken(void)
{
    const char  *phone;

    registered_ends();
    phone = oracle_untaken(oracle_was_forgotten);

    if (phone == NULL) {
        return NULL;
    }

    snprintf(settled_reason, sizeof(settled_reason),
             "the market has not heard that %s was registered", phone);

    return settled_reason;
}


/* nothing waits, and nothing is counted that is not there */

static const char *
settled_keyspace(void)
{
    ks_field_t  *field;
    ks_value_t  *value;

    value = world_value("lease");

    if (value == NULL) {
        return "nobody has the lease";
    }

    value = world_value("meta");
    field = value ? ks_hash_find(value, "sync", 4) : NULL;

    if (field == NULL) {
        return "no settings";
    }

    if (!ks_str_is(field->value, "done", 4)) {
        return "the first sync is not over";
    }

    if (hooks_count(HOOK_OUTBOX)) {
        return "hooks wait in the outbox";
    }

    if (hooks_count(HOOK_HELD)) {
        return "hooks wait on hold";
    }

    field = ks_hash_find(value, "held", 4);

    if (field && !ks_str_is(field->value, "0", 1)) {
        return "hooks on hold are counted that are not there";
    }

    if (world_value("retry") || world_value("held")) {
        return "keys are on hold without hooks";
    }

    value = world_value("gone");

    if (value && value->n && world.delete_guard == 100) {
        return "deletions wait";
    }

    return NULL;
}


/* a record that anybody would capture again: nothing comes of it */

static const char *
settled_captured(void)
{
    size_t       i;
    redisReply  *reply;
    ks_t        *before;
    const char  *reason;

    reason = NULL;
    before = server_dump();

    for (i = 0; i < world.nphones + 4 && reason == NULL; i++) {
        reply = server_callf("FCALL polycard_capture 1 %s %s", WORLD_PREFIX,
                             world_phone(i));

        if (reply && reply->type == REDIS_REPLY_INTEGER && reply->integer) {
            snprintf(settled_reason, sizeof(settled_reason),
                     "%s was not captured", world_phone(i));
            reason = settled_reason;
        }

        if (reply) {
            ks_reply_free(reply);
        }
    }

    server_forget_dump(before);

    return reason;
}


/* those of whom the gateway cannot know: hooks were taken away, or are dead */

static int
settled_excused(const char *key)
{
    hook_t  *hook;

    /* an operator has told all of who is there again */

    if (world.meddled || world.went_back) {
        return 0;
    }

    for (hook = hooks_first(); hook; hook = hook->next) {
        if ((hook->meddled || hook->lost || hook->place == HOOK_DEAD
             || hook->requeued)
            && strcmp(hook->key, key) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* was the gateway told of all who are gone? */

static int
settled_hears(void)
{
    return !world.meddled && !world.went_back && !world.ended
           && world_value("gone") == NULL;
}


/* hooks that are over leave nothing of those who are gone */

static int
settled_is_left(const char *phone)
{
    if (!world.off || gateway_shadow(server.ks, phone) == NULL) {
        return 0;
    }

    snprintf(settled_reason, sizeof(settled_reason),
             "the hooks were ended, and something of %s is left", phone);

    return 1;
}


static int
settled_has(const char *name, const char *id)
{
    ks_value_t  *set;

    set = world_value(name);

    return set && set->type == KS_ZSET
           && ks_zset_rank(set, id, strlen(id)) >= 0;
}


/* the office finds each record in one of two lists */

static const char *
settled_listed(const char *index, const char *incomplete, const char *prefix,
    const char *id)
{
    int          known, unknown;
    char         name[64];
    ks_value_t  *value;
    const char  *reason;

    snprintf(name, sizeof(name), "%s%s", prefix, id);

    value = world_value(name);
    known = settled_has(index, id);
    unknown = settled_has(incomplete, id);

    if (known && unknown) {
        reason = "is in both lists";

    } else if (unknown && value == NULL) {
        reason = "is gone, and listed";

    } else if (value && !known && !unknown) {
        reason = "is in no list";

    } else {
        return NULL;
    }

    snprintf(settled_reason, sizeof(settled_reason), "%s %s", name, reason);

    return settled_reason;
}


static const char *
settled_client(const char *phone)
{
    char               name[64];
    unsigned           which;
    const char        *reason;
    ks_value_t        *value;
    ks_field_t        *card;
    gateway_client_t  *client;

    snprintf(name, sizeof(name), "client:%s", phone);
    value = world_value(name);

    if (value == NULL && settled_is_left(phone)) {
        return settled_reason;
    }

    if (!world.process[0].market.hook.url.len || settled_excused(phone)) {
        return NULL;
    }
    client = gateway_client(phone);

    if (client == NULL) {
        return NULL;
    }

    for (which = 0; which < 2; which++) {

        if (which == 0 && client->late) {
            continue;
        }

        if (value == NULL) {
            if (client->state[which] == GATEWAY_PRESENT && settled_hears()) {
                snprintf(settled_reason, sizeof(settled_reason),
                         "the gateway does not know that %s is gone", phone);
                return settled_reason;
            }

            continue;
        }

        card = value->type == KS_HASH ? ks_hash_find(value, "barcode", 7)
                                      : NULL;

        if (card == NULL || card->value->len == 0) {
            continue;
        }

        if (client->state[which] != GATEWAY_PRESENT) {
            snprintf(settled_reason, sizeof(settled_reason),
                     "the gateway does not know that %s is there", phone);
            return settled_reason;
        }

        reason = settled_compare(client, which, value);

        if (reason) {
            return reason;
        }
    }

    return NULL;
}


static const char *
settled_compare(const gateway_client_t *client, unsigned which,
    const ks_value_t *hash)
{
    size_t       i;
    const char  *told, *there;
    ks_field_t  *field;

    for (i = 0; i < 10; i++) {
        told = client->field[which][i];

        if (told == NULL) {
            continue;
        }

        field = ks_hash_find(hash, gateway_fields[i],
                             strlen(gateway_fields[i]));
        there = settled_normal(gateway_fields[i],
                               field ? field->value->data : "");

        if (there && strcmp(there, settled_normal(gateway_fields[i], told))) {
            snprintf(settled_reason, sizeof(settled_reason),
                     "%s of %s is %s, and the gateway knows %s",
                     gateway_fields[i], client->key, there, told);
            return settled_reason;
        }
    }

    return NULL;
}


/* NULL: it cannot be read, and counts as it was told */

static const char *
settled_normal(const char *name, const char *value)
{
    char    *end;
    double   number;

    static char      text[4][64];
    static unsigned  turn;

    if (strcmp(name, "sex") == 0) {
        return strcmp(value, "x") == 0 ? NULL : value;
    }

    if (strcmp(name, "birthday") == 0) {
        return strcmp(value, "20230230") == 0 ? NULL : value;
    }

    if (strcmp(name, "bonus") && strcmp(name, "discount")) {
        return value;
    }

    if (*value == '\0') {
        return "0";
    }

    if (strchr(value, ',') || strchr(value, 'x')) {
        return NULL;
    }

    number = strtod(value, &end);
    turn = (turn + 1) % 4;
    snprintf(text[turn], sizeof(text[turn]), "%.2f", number);

    return strcmp(text[turn], "-0.00") == 0 || strcmp(text[turn], "0.00") == 0
           ? "0" : text[turn];
}
