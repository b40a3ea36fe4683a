
#include "redis/copies.h"
#include "redis/connections.h"
#include "redis/error.h"
#include "redis/store_internal.h"


#define NGX_POLYCARD_COPIES_SUBJECT  "wait for replicas"

/* seconds that the key written for it stays */
#define NGX_POLYCARD_COPIES_TIME     3600


/* one who waits */

struct ngx_polycard_copy_s {
    ngx_queue_t                  queue;
    ngx_polycard_copies_t       *copies;
    ngx_polycard_store_added_t  *added;      /* NULL: nobody any more */
    ngx_polycard_server_t        server;     /* where it was written */
    u_char                       text[1];    /* of the reply: code, ETag */
};


/* of a worker and a market */

struct ngx_polycard_copies_s {
    ngx_polycard_market_t       *market;
    ngx_queue_t                  waiting;    /* for the next WAIT */
    ngx_queue_t                  asked;      /* for the one under way */
    ngx_uint_t                   n;          /* in both */
    ngx_polycard_redis_t        *redis;
    unsigned                     busy:1;     /* one is under way */
    unsigned                     written:1;  /* ... after a write */
    unsigned                     few:1;      /* it was logged */
};


static ngx_polycard_copies_t *ngx_polycard_copies_get(
    ngx_polycard_market_t *market);
static void ngx_polycard_copies_keep(ngx_polycard_str_t *text, u_char *place);
static void ngx_polycard_copies_ask(ngx_polycard_copies_t *copies);
static ngx_int_t ngx_polycard_copies_send(ngx_polycard_copies_t *copies);
static void ngx_polycard_copies_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static ngx_uint_t ngx_polycard_copies_wrote(ngx_polycard_copies_t *copies,
    redisReply *reply);
static ngx_uint_t ngx_polycard_copies_enough(ngx_polycard_copies_t *copies,
    redisReply *reply);
static void ngx_polycard_copies_end(ngx_polycard_copies_t *copies,
    ngx_queue_t *queue, ngx_int_t status);


ngx_int_t
ngx_polycard_copies_wait(ngx_polycard_store_added_t *added,
    const ngx_polycard_server_t *server)
{
    ngx_polycard_copy_t    *copy;
    ngx_polycard_copies_t  *copies;

    copies = ngx_polycard_copies_get(added->call.market);

    if (copies == NULL || copies->n >= NGX_POLYCARD_OP_MAX) {
        return NGX_DECLINED;
    }

    copy = ngx_alloc(sizeof(ngx_polycard_copy_t) + added->code.len
                     + added->etag.len, ngx_cycle->log);
    if (copy == NULL) {
        return NGX_DECLINED;
    }

    copy->copies = copies;
    copy->added = added;
    copy->server = *server;

    ngx_polycard_copies_keep(&added->code, copy->text);
    ngx_polycard_copies_keep(&added->etag, copy->text + added->code.len);
    added->call.copy = copy;

    ngx_queue_insert_tail(&copies->waiting, &copy->queue);
    copies->n++;

    if (!copies->busy) {
        ngx_polycard_copies_ask(copies);
    }

    return NGX_OK;
}


/* the reply goes meanwhile */

static void
ngx_polycard_copies_keep(ngx_polycard_str_t *text, u_char *place)
{
    if (text->len) {
        ngx_memcpy(place, text->data, text->len);
        text->data = place;
    }
}


void
ngx_polycard_copies_cancel(ngx_polycard_copy_t *copy)
{
    copy->added->call.copy = NULL;
    copy->added = NULL;
}


static ngx_polycard_copies_t *
ngx_polycard_copies_get(ngx_polycard_market_t *market)
{
    ngx_polycard_copies_t  *copies;

    copies = market->worker->copies;

    if (copies) {
        return copies;
    }

    copies = ngx_pcalloc(ngx_cycle->pool, sizeof(ngx_polycard_copies_t));
    if (copies == NULL) {
        return NULL;
    }

    copies->market = market;
    ngx_queue_init(&copies->waiting);
    ngx_queue_init(&copies->asked);

    copies->redis = ngx_polycard_redis_get(market, NGX_POLYCARD_REDIS_COPIES);
    if (copies->redis == NULL) {
        return NULL;
    }

    market->worker->copies = copies;

    return copies;
}


/* those who come meanwhile are for the next one */

static void
ngx_polycard_copies_ask(ngx_polycard_copies_t *copies)
{
    if (ngx_queue_empty(&copies->waiting)) {
        return;
    }

    if (ngx_polycard_copies_send(copies) == NGX_OK) {
        ngx_queue_add(&copies->asked, &copies->waiting);
        ngx_queue_init(&copies->waiting);
        copies->busy = 1;
        return;
    }

    ngx_polycard_copies_end(copies, &copies->waiting,
                            NGX_HTTP_SERVICE_UNAVAILABLE);
}


/*
 * WAIT is for what its own connection has written, and Redis' stream of changes
 * is one for all: what was written before this key has arrived before it.
 */

static ngx_int_t
ngx_polycard_copies_send(ngx_polycard_copies_t *copies)
{
    u_char             *p;
    ngx_str_t          *prefix;
    ngx_polycard_op_t  *op;

    prefix = &copies->market->key_prefix;

    op = ngx_polycard_op_create(copies->redis, 2 * NGX_POLYCARD_COMMAND_HEAD
                                + ngx_polycard_command_size(prefix->len
                                                            + 16)
                                + 7 * ngx_polycard_command_size(
                                                             NGX_INT64_LEN));
    if (op == NULL) {
        return NGX_DECLINED;
    }

    copies->written = 1;

    p = ngx_polycard_command_start(op->last, 5);
    p = ngx_polycard_command_arg(p, "SET", 3);
    p = ngx_polycard_command_join(p, prefix, "copies", 6);
    p = ngx_polycard_command_arg(p, "1", 1);
    p = ngx_polycard_command_arg(p, "EX", 2);
    p = ngx_polycard_command_number(p, NGX_POLYCARD_COPIES_TIME);
    ngx_polycard_op_add(op, p);

    p = ngx_polycard_command_start(op->last, 3);
    p = ngx_polycard_command_arg(p, "WAIT", 4);
    p = ngx_polycard_command_number(p, copies->market->replicas);
    p = ngx_polycard_command_number(p, copies->market->replicas_time);
    ngx_polycard_op_add(op, p);

    op->handler = ngx_polycard_copies_handler;
    op->data = copies;

    return ngx_polycard_op_submit(op);
}


static void
ngx_polycard_copies_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_int_t               status;
    ngx_queue_t             asked;
    ngx_polycard_copies_t  *copies;

    copies = op->data;

    if (reply && op->left) {
        if (!ngx_polycard_copies_wrote(copies, reply)) {
            copies->written = 0;
        }

        return;
    }

    if (reply == NULL) {
        status = op->status;

    } else {
        status = copies->written && ngx_polycard_copies_enough(copies, reply)
                 ? NGX_OK : NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    ngx_queue_init(&asked);

    if (!ngx_queue_empty(&copies->asked)) {
        ngx_queue_add(&asked, &copies->asked);
        ngx_queue_init(&copies->asked);
    }

    copies->busy = 0;
    ngx_polycard_copies_ask(copies);

    ngx_polycard_copies_end(copies, &asked, status);
}


/* else WAIT would not be for it */

static ngx_uint_t
ngx_polycard_copies_wrote(ngx_polycard_copies_t *copies, redisReply *reply)
{
    if (reply->type == REDIS_REPLY_STATUS) {
        return 1;
    }

    ngx_polycard_error_log(copies->redis, NGX_POLYCARD_COPIES_SUBJECT, reply);

    return 0;
}


static ngx_uint_t
ngx_polycard_copies_enough(ngx_polycard_copies_t *copies, redisReply *reply)
{
    ngx_polycard_market_t  *market;

    market = copies->market;

    if (reply->type != REDIS_REPLY_INTEGER) {
        ngx_polycard_error_log(copies->redis, NGX_POLYCARD_COPIES_SUBJECT,
                               reply);
        return 0;
    }

    ngx_polycard_error_clear(copies->redis, NGX_POLYCARD_COPIES_SUBJECT);

    if (reply->integer >= (int64_t) market->replicas) {

        if (copies->few) {
            copies->few = 0;
            ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                          "redis \"%V\" of polycard market \"%V\" has its "
                          "replicas again", copies->redis->discovery.name,
                          &market->name);
        }

        return 1;
    }

    if (!copies->few) {
        copies->few = 1;
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" has only %L "
                      "of %ui replicas in time, clients cannot be added",
                      copies->redis->discovery.name, &market->name,
                      (int64_t) reply->integer, market->replicas);
    }

    return 0;
}


static void
ngx_polycard_copies_end(ngx_polycard_copies_t *copies, ngx_queue_t *queue,
    ngx_int_t status)
{
    ngx_queue_t                 *q;
    ngx_polycard_copy_t         *copy;
    ngx_polycard_store_added_t  *added;

    while (!ngx_queue_empty(queue)) {
        q = ngx_queue_head(queue);
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): freed ones left */
        ngx_queue_remove(q);

        copy = ngx_queue_data(q, ngx_polycard_copy_t, queue);
        copies->n--;

        added = copy->added;

        if (added) {
            added->call.copy = NULL;

            /* replicas of another server do not have it */

            added->call.status =
                    (status == NGX_OK
                     && ngx_polycard_role_differs(&copy->server,
                                                  &copies->redis->server))
                    ? NGX_HTTP_SERVICE_UNAVAILABLE : status;

            added->call.handler(&added->call);
        }

        ngx_free(copy);
    }
}
