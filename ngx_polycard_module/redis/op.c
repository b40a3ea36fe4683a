
#include "redis/connection.h"
#include "redis/op.h"
#include "redis/queue.h"


static void ngx_polycard_op_reply(redisAsyncContext *ac, void *reply,
    void *data);
static void ngx_polycard_op_forget(ngx_polycard_op_t *op);
static void ngx_polycard_op_free(ngx_polycard_op_t *op);


ngx_polycard_op_t *
ngx_polycard_op_create(ngx_polycard_redis_t *redis, ngx_uint_t commands,
    size_t size)
{
    size_t              head;
    ngx_polycard_op_t  *op;

    head = sizeof(ngx_polycard_op_t) + commands * sizeof(uint32_t);

    /* hiredis looks at the byte behind a command's first argument */
    op = ngx_alloc(head + size + 1, ngx_cycle->log);
    if (op == NULL) {
        return NULL;
    }

    ngx_memzero(op, sizeof(ngx_polycard_op_t));

    op->redis = redis;
    op->start_of_bytes = (u_char *) op + head;
    op->last = op->start_of_bytes;

    return op;
}


void
ngx_polycard_op_add(ngx_polycard_op_t *op, u_char *end)
{
    op->length[op->commands++] = (uint32_t) (end - op->last);
    op->last = end;
    *end = '\0';
}


ngx_int_t
ngx_polycard_op_submit(ngx_polycard_op_t *op)
{
    ngx_polycard_redis_t  *redis;

    redis = op->redis;

    op->left = op->commands;
    op->status = NGX_HTTP_SERVICE_UNAVAILABLE;

    if ((redis->operations >= NGX_POLYCARD_OP_MAX && !op->background)
        || ngx_polycard_redis_wake(redis) != NGX_OK
        || (op->background && redis->state != NGX_POLYCARD_REDIS_READY))
    {
        ngx_polycard_op_free(op);
        return NGX_DECLINED;
    }

    redis->operations++;

    if (redis->state == NGX_POLYCARD_REDIS_READY) {
        ngx_polycard_op_send(op);

    } else {
        ngx_polycard_queue_wait(redis, op);
    }

    return NGX_OK;
}


void
ngx_polycard_op_send(ngx_polycard_op_t *op)
{
    u_char                *p;
    ngx_uint_t             i;
    ngx_polycard_redis_t  *redis;

    redis = op->redis;
    p = op->start_of_bytes;

    for (i = 0; i < op->commands; i++) {
        if (redisAsyncFormattedCommand(redis->ac, ngx_polycard_op_reply, op,
                                       (char *) p, op->length[i])
            != REDIS_OK)
        {
            ngx_polycard_redis_doubt(redis);
            break;
        }

        p += op->length[i];
        op->expected++;
    }

    redis->expected += op->expected;

    if (op->expected == 0) {

        /* the context is on its way out: wait for the next one */
        ngx_polycard_queue_wait(redis, op);
        return;
    }

    op->sent = 1;
    op->start = ngx_current_msec;
    op->wanted = !op->background;

    redis->wanted += op->wanted;

    ngx_queue_insert_tail(&redis->sent, &op->queue);
    ngx_polycard_queue_watch(redis);
}


static void
ngx_polycard_op_reply(redisAsyncContext *ac, void *reply, void *data)
{
    ngx_polycard_op_t  *op = data;

    ngx_uint_t             last;
    ngx_polycard_redis_t  *redis;

    redis = op->redis;

    redis->expected--;
    last = (--op->expected == 0);

    if (reply == NULL) {
        op->left = 0;
        op->status = redis->status;

    } else if (op->left) {
        op->left--;
    }

    if (reply == NULL || last) {
        ngx_polycard_op_forget(op);
    }

    if (last) {
        ngx_queue_remove(&op->queue);
        redis->operations--;
    }

    if (op->handler) {
        ngx_polycard_op_pt  handler = op->handler;

        if (reply == NULL) {
            op->handler = NULL;
        }

        handler(op, reply);
    }

    if (last) {
        ngx_polycard_op_free(op);
    }
}


void
ngx_polycard_op_fail(ngx_polycard_op_t *op, ngx_uint_t status)
{
    op->redis->operations--;

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


/* nobody waits any more for what was sent */

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
