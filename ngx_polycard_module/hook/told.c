
#include "hook/told_internal.h"
#include "redis/connection.h"


static void ngx_polycard_told_moved(ngx_polycard_told_t *told,
    const ngx_polycard_server_t *server);
static unsigned ngx_polycard_told_is_lost(ngx_polycard_told_t *told,
    const ngx_polycard_server_t *server);
static unsigned ngx_polycard_told_waits(ngx_polycard_told_t *told,
    const ngx_polycard_told_entry_t *entry);
static void ngx_polycard_told_anew(ngx_polycard_told_t *told);
static void ngx_polycard_told_answer(ngx_polycard_store_call_t *call);
static void ngx_polycard_told_mark(ngx_polycard_told_t *told, ngx_uint_t done);
static void ngx_polycard_told_log_loss(ngx_polycard_told_t *told);


void
ngx_polycard_told_look(ngx_polycard_told_t *told)
{
    ngx_polycard_redis_t  *redis;

    redis = told->market->worker->redis[NGX_POLYCARD_REDIS_WRITES];

    if (redis->state != NGX_POLYCARD_REDIS_READY) {
        return;
    }

    /* it may not say which one it is */

    if (told->epoch == 0 && redis->server.run[0]) {
        told->server = redis->server;
        told->epoch = 1;

    } else if (ngx_polycard_role_differs(&told->server, &redis->server)) {

        ngx_polycard_told_moved(told, &redis->server);

    } else {
        ngx_polycard_told_measure(told, redis->server.offset);
    }

    told->heard = ngx_current_msec;
}


void
ngx_polycard_told_tick(ngx_polycard_told_t *told)
{
    ngx_polycard_told_look(told);

    if (told->late && told->call.op == NULL) {
        ngx_polycard_told_anew(told);
    }
}


static void
ngx_polycard_told_moved(ngx_polycard_told_t *told,
    const ngx_polycard_server_t *server)
{
    if (ngx_polycard_role_goes_on(&told->server, server)) {
        ngx_memcpy(told->former, told->server.history,
                   NGX_POLYCARD_SERVER_ID);

    } else {
        ngx_polycard_told_forget(told);

        told->logged = 0;

        if (ngx_polycard_told_is_lost(told, server)) {
            told->logged = 1;
            ngx_polycard_doubt_raise(told->doubt);
        }

        told->former[0] = '\0';
        told->forgotten = 0;
        told->behind = 0;
        told->open = 0;

        told->epoch++;
        told->begin = 0;
        told->next = 0;
        told->late = 1;

        ngx_polycard_told_merge(told);
    }

    told->server = *server;
}


/* Hooks that are forgotten were written to the old server after this one had
 * heard of it last.  A server that has long been without a replica begins
 * another history, in which it goes on counting. */

static unsigned
ngx_polycard_told_is_lost(ngx_polycard_told_t *told,
    const ngx_polycard_server_t *server)
{
    return ngx_polycard_role_lacks(server, told->server.history,
                                   told->forgotten)
           || ngx_polycard_role_lacks(server, told->former, told->forgotten);
}


/* is it to be announced again, at this server? */

static unsigned
ngx_polycard_told_waits(ngx_polycard_told_t *told,
    const ngx_polycard_told_entry_t *entry)
{
    return entry->epoch != 0 && entry->epoch != told->epoch;
}


/* sends some of those of another server; none: reports that these were all */

static void
ngx_polycard_told_anew(ngx_polycard_told_t *told)
{
    ngx_str_t                  *argument;
    ngx_polycard_told_entry_t  *entry;
    ngx_str_t                   arguments[3 * NGX_POLYCARD_TOLD_BATCH];

    argument = arguments;

    told->nsent = 0;
    told->begin = told->next;
    told->asked = told->epoch;
    told->more = 0;

    for ( /* void */ ; told->next < told->n; told->next++) {

        if (told->nsent == NGX_POLYCARD_TOLD_BATCH) {
            break;
        }

        entry = ngx_polycard_told_entry(told, told->next);

        if (!ngx_polycard_told_waits(told, entry)) {
            continue;
        }

        told->nsent++;

        argument[0].data = entry->key;
        argument[0].len = entry->key_len;

        if (entry->deleted) {
            ngx_str_set(&argument[1], "deleted");
        } else {
            ngx_str_set(&argument[1], "changed");
        }

        argument[2].data = entry->card;
        argument[2].len = entry->card_len;
        argument += 3;
    }

    told->call.market = told->market;
    told->call.handler = ngx_polycard_told_answer;
    told->call.data = told;
    told->call.background = 1;

    if (ngx_polycard_store_function(&told->call, "retell", arguments,
                                    argument - arguments)
        != NGX_OK)
    {
        told->next = 0;
    }
}


/* how many were processed, and how many of these cannot be announced */

static void
ngx_polycard_told_answer(ngx_polycard_store_call_t *call)
{
    ngx_uint_t            done;
    ngx_polycard_told_t  *told;

    told = call->data;

    /* asked of a server that is another one since: it is lost with that */

    if (call->status != NGX_OK || told->asked != told->epoch) {
        told->next = 0;
        return;
    }

    done = ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 0));

    ngx_polycard_told_mark(told, done);

    if (ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 1))
        > 0)
    {
        ngx_polycard_told_log_loss(told);
    }

    told->found(told->data);

    if (done < told->nsent) {

        /* no room: again in a second */
        told->next = 0;

    } else if (told->nsent > 0) {
        ngx_polycard_told_anew(told);

    } else {
        /* those that have arrived meanwhile are next */
        told->late = told->more;
    }
}


/*
 * The first ones of the call are announced at this server, and are only as safe
 * there as a hook: if that is lost, they are announced once more.
 */

static void
ngx_polycard_told_mark(ngx_polycard_told_t *told, ngx_uint_t done)
{
    ngx_uint_t                  i;
    ngx_polycard_told_entry_t  *entry;

    for (i = told->begin; i < told->next && done > 0; i++) {
        entry = ngx_polycard_told_entry(told, i);

        if (ngx_polycard_told_waits(told, entry)) {
            entry->epoch = told->epoch;
            entry->time = ngx_current_msec;
            entry->offset = told->server.offset;
            told->open = ngx_min(told->open, i);
            done--;
        }
    }
}


static void
ngx_polycard_told_log_loss(ngx_polycard_told_t *told)
{
    if (told->logged) {
        return;
    }

    told->logged = 1;

    ngx_polycard_doubt_log(told->market);
}
