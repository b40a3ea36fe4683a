
#include "core/phone.h"
#include "import/missing.h"
#include "import/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define MISSING_PAGE           500

/* as in redis-scripts/market.lua */
#define MISSING_GUARD_DEFAULT  10


static int polycard_missing_walk(polycard_missing_t *missing,
    const char *index);
static int polycard_missing_cardless(polycard_missing_t *missing);
static int polycard_missing_notice(polycard_missing_t *missing);
static int polycard_missing_allowed(polycard_missing_t *missing);
static int polycard_missing_refuse(const polycard_missing_t *missing);
static int polycard_missing_ask(void *data, const char *phone, size_t len);
static int polycard_missing_each_of(polycard_missing_t *missing,
    polycard_walk_t *walk, polycard_missing_each_pt each, void *data);
static int polycard_missing_page(polycard_missing_t *missing,
    polycard_walk_t *walk, polycard_missing_each_pt each, void *data);
static int polycard_missing_stays(polycard_missing_t *missing,
    const ngx_polycard_str_t *phone, unsigned *stays);
static int polycard_missing_count(void *data, const char *phone, size_t len);
static int polycard_missing_send(void *data, const char *phone, size_t len);
static int polycard_missing_deleted(void *data, uint64_t tag,
    const redisReply *reply);


int
polycard_missing_open(polycard_missing_t *missing, polycard_redis_t *redis,
    const polycard_options_t *o, polycard_table_t *named)
{
    memset(missing, 0, sizeof(polycard_missing_t));

    missing->options = o;
    missing->redis = redis;
    missing->named = named;

    if (o->delete_missing
        && polycard_kept_open(&missing->kept, redis, o) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return (polycard_missing_walk(missing, "clients") == NGX_POLYCARD_OK)
           ? polycard_missing_cardless(missing) : NGX_POLYCARD_ERROR;
}


static int
polycard_missing_walk(polycard_missing_t *missing, const char *index)
{
    polycard_walk_t  *walk;

    walk = &missing->walk[missing->walks++];
    polycard_walk_init(walk, missing->redis, missing->options->prefix, index);

    return polycard_walk_limit(walk);
}


/* if that index is broken all others go on (docs/keyspace.md) */

static int
polycard_missing_cardless(polycard_missing_t *missing)
{
    unsigned     broken;
    redisReply  *reply;

    reply = polycard_redis_ask(missing->redis, "ZCARD %sincomplete",
                               missing->options->prefix);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    broken = (reply->type == REDIS_REPLY_ERROR
              && strncmp(reply->str, "WRONGTYPE", 9) == 0);

    freeReplyObject(reply);

    return broken ? NGX_POLYCARD_OK
                  : polycard_missing_walk(missing, "incomplete");
}


void
polycard_missing_close(polycard_missing_t *missing)
{
    size_t  i;

    for (i = 0; i < missing->walks; i++) {
        polycard_walk_free(&missing->walk[i]);
    }

    polycard_kept_close(&missing->kept);
}


int
polycard_missing_hold(polycard_missing_t *missing, const uint64_t *n)
{
    size_t  i;

    if (polycard_missing_allowed(missing) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    for (i = 0; i < POLYCARD_MISSING_WALKS && missing->held == 0; i++) {
        if ((long long) n[i] > missing->bound[i].allowed
            && !missing->options->force)
        {
            missing->held = n[i];
            missing->held_at = i;
        }
    }

    return NGX_POLYCARD_OK;
}


unsigned
polycard_missing_is_held(const polycard_missing_t *missing)
{
    return missing->nameless || missing->held;
}


int
polycard_missing_delete(polycard_missing_t *missing)
{
    size_t   i;
    uint64_t n[POLYCARD_MISSING_WALKS];

    missing->missing = 0;

    for (i = 0; i < POLYCARD_MISSING_WALKS; i++) {
        missing->bound[i].missing = 0;
    }

    if (polycard_missing_look(missing) != NGX_POLYCARD_OK
        || polycard_missing_each(missing, polycard_missing_count, missing)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (missing->nameless) {
        polycard_say("nobody is deleted or moved: a refused record has no "
                     "readable phone");
        return POLYCARD_REFUSED;
    }

    for (i = 0; i < POLYCARD_MISSING_WALKS; i++) {
        n[i] = missing->bound[i].missing;
    }

    if (missing->held == 0
        && polycard_missing_hold(missing, n) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (missing->held) {
        return polycard_missing_refuse(missing);
    }

    if (missing->draft) {
        return NGX_POLYCARD_OK;
    }

    polycard_redis_handle(missing->redis, polycard_missing_deleted, missing);

    return (polycard_missing_each(missing, polycard_missing_send, missing)
            == NGX_POLYCARD_OK)
           ? polycard_missing_notice(missing) : NGX_POLYCARD_ERROR;
}


static int
polycard_missing_refuse(const polycard_missing_t *missing)
{
    const polycard_missing_bound_t  *bound;

    bound = &missing->bound[missing->held_at];

    polycard_say("nobody is deleted or moved: the phones of %llu of %lld "
                 "clients%s are not in the file, and no more than %lld may go "
                 "at once; --force lets them go",
                 (unsigned long long) missing->held, bound->clients,
                 missing->held_at ? " without a card" : "", bound->allowed);

    return POLYCARD_REFUSED;
}


/* the guard of the functions decides what Polycard is told */

static int
polycard_missing_notice(polycard_missing_t *missing)
{
    redisReply  *reply;

    reply = polycard_redis_ask(missing->redis, "HEXISTS %smeta guard",
                               missing->options->prefix);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    if (reply->type == REDIS_REPLY_INTEGER && reply->integer) {
        polycard_say("so many clients are gone that Polycard is not told of "
                     "all, until polycard_confirm_deletions is called");
    }

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}


/*
 * How many may be deleted by the bound of the guard (contract, B17): many who
 * have no card are no reason for more of the others.
 */

static int
polycard_missing_allowed(polycard_missing_t *missing)
{
    int                        share;
    size_t                     i;
    redisReply                *reply;
    polycard_missing_bound_t  *bound;

    reply = polycard_redis_ask(missing->redis, "HGET %smeta delete_guard",
                               missing->options->prefix);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    share = (reply->type == REDIS_REPLY_STRING) ? atoi(reply->str)
                                                : MISSING_GUARD_DEFAULT;
    freeReplyObject(reply);

    for (i = 0; i < missing->walks; i++) {
        bound = &missing->bound[i];
        bound->clients = polycard_walk_count(&missing->walk[i]);

        if (bound->clients == -1) {
            return NGX_POLYCARD_ERROR;
        }

        bound->allowed = bound->clients * share / 100;

        if (bound->allowed < POLYCARD_MISSING_LEAST) {
            bound->allowed = POLYCARD_MISSING_LEAST;
        }
    }

    return NGX_POLYCARD_OK;
}


int
polycard_missing_look(polycard_missing_t *missing)
{
    if (missing->looked) {
        return NGX_POLYCARD_OK;
    }

    missing->looked = 1;

    polycard_redis_handle(missing->redis, polycard_kept_answer,
                          &missing->kept);

    return polycard_missing_each(missing, polycard_missing_ask, missing);
}


static int
polycard_missing_ask(void *data, const char *phone, size_t len)
{
    polycard_missing_t  *missing;

    missing = data;

    return polycard_kept_ask(&missing->kept, phone, len);
}


int
polycard_missing_each(polycard_missing_t *missing,
    polycard_missing_each_pt each, void *data)
{
    int  rc;

    rc = NGX_POLYCARD_OK;
    missing->keeps = 0;

    for (missing->at = 0;
         rc == NGX_POLYCARD_OK && missing->at < missing->walks;
         missing->at++)
    {
        rc = polycard_missing_each_of(missing, &missing->walk[missing->at],
                                      each, data);
    }

    return rc;
}


static int
polycard_missing_each_of(polycard_missing_t *missing, polycard_walk_t *walk,
    polycard_missing_each_pt each, void *data)
{
    int  rc;

    (void) strcpy(walk->from, "-inf");

    for ( ;; ) {
        rc = polycard_stopped ? NGX_POLYCARD_ERROR
                              : polycard_walk_next(walk, MISSING_PAGE);

        if (rc == POLYCARD_END) {
            return NGX_POLYCARD_OK;
        }

        if (rc != POLYCARD_RECORD
            || polycard_missing_page(missing, walk, each, data)
               != NGX_POLYCARD_OK
            || polycard_redis_collect(missing->redis, 0) != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }
}


static int
polycard_missing_page(polycard_missing_t *missing, polycard_walk_t *walk,
    polycard_missing_each_pt each, void *data)
{
    size_t              i;
    unsigned            stays;
    ngx_polycard_str_t  phone;

    for (i = 0; i < walk->n; i++) {
        phone.data = (u_char *) polycard_walk_member(walk, i, &phone.len);

        if (ngx_polycard_phone_check(&phone) != NGX_POLYCARD_OK) {
            continue;
        }

        if (polycard_missing_stays(missing, &phone, &stays)
            != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        if (!stays && each(data, (char *) phone.data, phone.len)
                      != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_missing_stays(polycard_missing_t *missing,
    const ngx_polycard_str_t *phone, unsigned *stays)
{
    if (polycard_named_has(missing->named, (char *) phone->data, phone->len,
                           stays)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (*stays) {
        return NGX_POLYCARD_OK;
    }

    if (polycard_kept_has(&missing->kept, phone, stays)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    missing->keeps += *stays;

    return NGX_POLYCARD_OK;
}


static int
polycard_missing_count(void *data, const char *phone, size_t len)
{
    polycard_missing_t       *missing;
    polycard_draft_client_t   client;

    missing = data;
    client.known = 0;

    if (missing->draft
        && polycard_draft_client(missing->draft, phone, &client)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (!client.known || client.there) {
        missing->missing++;
        missing->bound[missing->at].missing++;
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_missing_send(void *data, const char *phone, size_t len)
{
    size_t               lens[5];
    const char          *argv[5];
    polycard_missing_t  *missing;

    missing = data;

    argv[0] = "FCALL";
    lens[0] = 5;
    argv[1] = "polycard_delete_client";
    lens[1] = 22;
    argv[2] = "1";
    lens[2] = 1;
    argv[3] = missing->options->prefix;
    lens[3] = strlen(missing->options->prefix);
    argv[4] = phone;
    lens[4] = len;

    return polycard_redis_send(missing->redis, 5, argv, lens, 0);
}


static int
polycard_missing_deleted(void *data, uint64_t tag, const redisReply *reply)
{
    polycard_missing_t  *missing;

    missing = data;

    if (reply->type != REDIS_REPLY_INTEGER) {
        return polycard_redis_mismatch(reply);
    }

    missing->deleted += reply->integer;

    return NGX_POLYCARD_OK;
}


void
polycard_missing_print(const polycard_missing_t *missing, unsigned trial)
{
    (void) printf("%-14s%llu\n", trial ? "missing" : "deleted",
                  (unsigned long long) (trial ? missing->missing
                                              : missing->deleted));

    if (missing->keeps) {
        (void) printf("%-14s%llu (registered with Polycard, not in the file "
                      "yet)\n", "kept", (unsigned long long) missing->keeps);
    }
}
