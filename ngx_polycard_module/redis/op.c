
#include "redis/connection.h"
#include "redis/op.h"
#include "redis/queue.h"


static void ngx_polycard_op_forget(ngx_polycard_op_t *op);
static void ngx_polycard_op_wait_again(ngx_polycard_op_t *op);
static void ngx_polycard_op_free(ngx_polycard_op_t *op);


ngx_polycard_op_t *
ngx_polycard_op_create(ngx_polycard_redis_t *redis, size_t size)
{
    ngx_polycard_op_t  *op;

    op = ngx_alloc(sizeof(ngx_polycard_op_t) + size, ngx_cycle->log);
    if (op == NULL) {
        return NULL;
    }

    ngx_memzero(op, sizeof(ngx_polycard_op_t));

    op->redis = redis;
    op->last = op->bytes;

    return op;
}


void
ngx_polycard_op_add(ngx_polycard_op_t *op, u_char *end)
{
    op->commands++;
    op->last = end;
}


ngx_int_t
ngx_polycard_op_submit(ngx_polycard_op_t *op)
{
    ngx_polycard_redis_t  *redis;

    redis = op->redis;

    op->left = op->commands;
    op->status = NGX_HTTP_SERVICE_UNAVAILABLE;

    if (op->commands == 0
        || (redis->operations >= NGX_POLYCARD_OP_MAX && !op->background)
        || ngx_polycard_redis_wake(redis) != NGX_OK
        || (op->background && redis->state != NGX_POLYCARD_REDIS_READY))
    {
        ngx_polycard_op_free(op);
        return NGX_DECLINED;
    }

    if (redis->state != NGX_POLYCARD_REDIS_READY) {
        ngx_polycard_queue_wait(redis, op);

    } else if (ngx_polycard_op_send(op) != NGX_OK) {
        ngx_polycard_op_free(op);
        return NGX_DECLINED;
    }

    redis->operations++;

    return NGX_OK;
}


ngx_int_t
ngx_polycard_op_send(ngx_polycard_op_t *op)
{
    ngx_polycard_redis_t  *redis;

    redis = op->redis;

    /* nothing is written before a later turn: the caller has returned then */

    if (ngx_polycard_channel_send(&redis->channel, op->bytes,
                                  op->last - op->bytes, op->commands)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    op->sent = 1;
    op->start = ngx_current_msec;
    op->wanted = !op->background;

    redis->wanted += op->wanted;

    ngx_queue_insert_tail(&redis->sent, &op->queue);
    ngx_polycard_queue_watch(redis);

    return NGX_OK;
}


void
ngx_polycard_op_reply(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_uint_t  last;

    last = (--op->left == 0);

    if (op->again && op->handler) {

        if (last) {
            ngx_polycard_op_wait_again(op);
        }

        return;
    }

    if (last) {
        ngx_queue_remove(&op->queue);
        op->redis->operations--;

        ngx_polycard_op_forget(op);
    }

    if (op->handler) {
        op->handler(op, reply);
    }

    if (last) {
        ngx_polycard_op_free(op);
    }
}


void
ngx_polycard_op_repeat(ngx_polycard_op_t *op)
{
    if (op->left == op->commands && !op->background) {
        op->again = 1;
    }
}


static void
ngx_polycard_op_wait_again(ngx_polycard_op_t *op)
{
    ngx_queue_remove(&op->queue);
    ngx_polycard_op_forget(op);

    op->again = 0;
    op->sent = 0;
    op->left = op->commands;

    ngx_polycard_queue_wait(op->redis, op);
}


void
ngx_polycard_op_fail(ngx_polycard_op_t *op, ngx_uint_t status)
{
    op->redis->operations--;

    ngx_polycard_op_forget(op);

    op->left = 0;
    op->status = status;

    if (op->handler) {
        op->handler(op, NULL);
    }

    ngx_polycard_op_free(op);
}


void
ngx_polycard_op_cancel(ngx_polycard_op_t *op)
{
    op->handler = NULL;

    if (op->sent) {
        ngx_polycard_op_forget(op);
        return;
    }

    ngx_queue_remove(&op->queue);
    op->redis->operations--;

    ngx_polycard_queue_watch(op->redis);
    ngx_polycard_op_free(op);
}


/* no caller waits any more for what was sent */

static void
ngx_polycard_op_forget(ngx_polycard_op_t *op)
{
    if (op->wanted) {
        op->wanted = 0;
        op->redis->wanted--;

        ngx_polycard_queue_watch(op->redis);
    }
}


static void
ngx_polycard_op_free(ngx_polycard_op_t *op)
{
    ngx_free(op);
}
