
#include "hook/told.h"
#include "hook/doubt.h"
#include "redis/connection.h"


/* ms, while Redis is there: if replication lags more, an operator must act */
#define NGX_POLYCARD_TOLD_TIME   60000

#define NGX_POLYCARD_TOLD_LEAST  256
#define NGX_POLYCARD_TOLD_MOST   65536


static ngx_int_t ngx_polycard_told_room(ngx_polycard_told_t *told);
static void ngx_polycard_told_drop(ngx_polycard_told_t *told);
static ngx_polycard_told_entry_t *ngx_polycard_told_entry(
    ngx_polycard_told_t *told, ngx_uint_t i);
static void ngx_polycard_told_forget(ngx_polycard_told_t *told);
static void ngx_polycard_told_moved(ngx_polycard_told_t *told,
    const ngx_polycard_server_t *server);
static void ngx_polycard_told_merge(ngx_polycard_told_t *told);
static unsigned ngx_polycard_told_is_one(const ngx_polycard_told_entry_t *one,
    const ngx_polycard_told_entry_t *two);
static int ngx_libc_cdecl ngx_polycard_told_compare(const void *one,
    const void *two);
static unsigned ngx_polycard_told_waits(ngx_polycard_told_t *told,
    const ngx_polycard_told_entry_t *entry);
static void ngx_polycard_told_anew(ngx_polycard_told_t *told);
static void ngx_polycard_told_answer(ngx_polycard_store_call_t *call);
static void ngx_polycard_told_mark(ngx_polycard_told_t *told, ngx_uint_t done);
static void ngx_polycard_told_log_loss(ngx_polycard_told_t *told);


void
ngx_polycard_told_add(ngx_polycard_told_t *told, ngx_uint_t epoch,
    const ngx_str_t *key, const ngx_str_t *card, unsigned deleted)
{
    ngx_polycard_told_entry_t  *entry;

    if (key->len > NGX_POLYCARD_DISPATCH_KEY
        || ngx_polycard_told_room(told) != NGX_OK)
    {
        return;
    }

    entry = ngx_polycard_told_entry(told, told->n);

    entry->time = ngx_current_msec;
    entry->epoch = epoch;
    entry->deleted = (deleted != 0);
    entry->key_len = (u_char) key->len;
    ngx_memcpy(entry->key, key->data, key->len);

    entry->card_len = 0;

    if (card->len <= NGX_POLYCARD_TOLD_CARD) {
        entry->card_len = (u_char) card->len;
        ngx_memcpy(entry->card, card->data, card->len);
    }

    /* an answer that arrived after the server has changed */

    if (epoch != told->epoch) {
        told->late = 1;
        told->more = 1;
    }

    told->n++;
}


/* makes room for one more, by dropping old ones, or by a larger ring */

static ngx_int_t
ngx_polycard_told_room(ngx_polycard_told_t *told)
{
    ngx_uint_t                  i, size;
    ngx_polycard_told_entry_t  *ring;

    ngx_polycard_told_forget(told);

    if (told->n < told->size) {
        return NGX_OK;
    }

    if (told->size == NGX_POLYCARD_TOLD_MOST) {

        /* one that a call uses is not dropped */

        if (told->call.op && told->begin == 0) {
            return NGX_DECLINED;
        }

        ngx_polycard_told_drop(told);
        return NGX_OK;
    }

    size = told->size ? told->size * 4 : NGX_POLYCARD_TOLD_LEAST;

    ring = ngx_alloc(size * sizeof(ngx_polycard_told_entry_t),
                     ngx_cycle->log);
    if (ring == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < told->n; i++) {
        ring[i] = *ngx_polycard_told_entry(told, i);
    }

    if (told->ring) {
        ngx_free(told->ring);
    }

    told->ring = ring;
    told->size = size;
    told->first = 0;

    return NGX_OK;
}


/* the oldest one */

static void
ngx_polycard_told_drop(ngx_polycard_told_t *told)
{
    told->first = (told->first + 1) % told->size;
    told->begin -= (told->begin > 0);
    told->next -= (told->next > 0);
    told->n--;
}


static ngx_polycard_told_entry_t *
ngx_polycard_told_entry(ngx_polycard_told_t *told, ngx_uint_t i)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): an entry has its ring */
    return &told->ring[(told->first + i) % told->size];
}


void
ngx_polycard_told_close(ngx_polycard_told_t *told)
{
    ngx_polycard_store_cancel(&told->call);

    if (told->ring) {
        ngx_free(told->ring);
    }

    told->ring = NULL;
    told->size = 0;
    told->n = 0;
    told->begin = 0;
    told->next = 0;
    told->late = 0;
}


/* drops old ones, unless they wait to be announced again */

static void
ngx_polycard_told_forget(ngx_polycard_told_t *told)
{
    if (told->late) {
        return;
    }

    /* while Redis is away none gets older: what it had not copied is lost
     * however late the next server comes */

    while (told->n > 0
           && (ngx_msec_int_t) (told->heard
                                - ngx_polycard_told_entry(told, 0)->time)
              >= NGX_POLYCARD_TOLD_TIME)
    {
        ngx_polycard_told_drop(told);
    }
}


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
    if (!ngx_polycard_role_goes_on(&told->server, server)) {

        ngx_polycard_told_forget(told);

        told->epoch++;
        told->begin = 0;
        told->next = 0;
        told->late = 1;
        told->logged = 0;

        ngx_polycard_told_merge(told);
    }

    told->server = *server;
}


/* Of several hooks of a key the last one counts, with the card of an earlier
 * one.  No memory: each of them is announced again. */

static void
ngx_polycard_told_merge(ngx_polycard_told_t *told)
{
    ngx_uint_t                   i;
    ngx_polycard_told_entry_t  **entry, *one, *next;

    if (told->n < 2) {
        return;
    }

    entry = ngx_alloc(told->n * sizeof(ngx_polycard_told_entry_t *),
                      ngx_cycle->log);
    if (entry == NULL) {
        return;
    }

    for (i = 0; i < told->n; i++) {
        entry[i] = ngx_polycard_told_entry(told, i);
        entry[i]->order = i;
    }

    ngx_qsort(entry, told->n, sizeof(ngx_polycard_told_entry_t *),
              ngx_polycard_told_compare);

    for (i = 0; i + 1 < told->n; i++) {
        one = entry[i];
        next = entry[i + 1];

        if (!ngx_polycard_told_is_one(one, next)) {
            continue;
        }

        one->epoch = 0;

        if (next->card_len == 0) {
            next->card_len = one->card_len;
            ngx_memcpy(next->card, one->card, one->card_len);
        }
    }

    ngx_free(entry);
}


static unsigned
ngx_polycard_told_is_one(const ngx_polycard_told_entry_t *one,
    const ngx_polycard_told_entry_t *two)
{
    return one->key_len == two->key_len
           && ngx_memcmp(one->key, two->key, one->key_len) == 0;
}


static int ngx_libc_cdecl
ngx_polycard_told_compare(const void *one, const void *two)
{
    int                               rc;
    const ngx_polycard_told_entry_t  *a, *b;

    a = *(ngx_polycard_told_entry_t *const *) one;
    b = *(ngx_polycard_told_entry_t *const *) two;

    if (a->key_len != b->key_len) {
        return (a->key_len < b->key_len) ? -1 : 1;
    }

    rc = ngx_memcmp(a->key, b->key, a->key_len);

    return rc ? rc : ((a->order < b->order) ? -1 : 1);
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
