
#include "redis/queue.h"


/* how long an exiting process waits until Redis has read what it sent */
#define NGX_POLYCARD_REDIS_END  500


static void ngx_polycard_queue_watch_handler(ngx_event_t *ev);
static void ngx_polycard_queue_take(ngx_queue_t *queue, ngx_queue_t *taken);
static ngx_polycard_op_t *ngx_polycard_queue_next(ngx_queue_t *taken);


void
ngx_polycard_queue_init(ngx_polycard_redis_t *redis)
{
    ngx_queue_init(&redis->waiting);
    ngx_queue_init(&redis->sent);

    redis->watcher.handler = ngx_polycard_queue_watch_handler;
    redis->watcher.data = redis;
    redis->watcher.log = ngx_cycle->log;
}


void
ngx_polycard_queue_wait(ngx_polycard_redis_t *redis, ngx_polycard_op_t *op)
{
    ngx_queue_insert_tail(&redis->waiting, &op->queue);

    /* an operation waits: an exiting worker must not end before the timer */
    redis->timer.cancelable = 0;

    if (redis->state == NGX_POLYCARD_REDIS_LEAVING) {
        redis->watcher.cancelable = 0;
    }
}


void
ngx_polycard_queue_watch(ngx_polycard_redis_t *redis)
{
    ngx_event_t  *ev;

    ev = &redis->watcher;

    /*
     * An exiting worker stays only for callers that wait: neither for
     * callers that are gone nor for a reply that only the module needs.
     */

    redis->timer.cancelable = ngx_queue_empty(&redis->waiting);
    ev->cancelable = (redis->wanted == 0 && redis->timer.cancelable);

    if (!ngx_queue_empty(&redis->sent) && !ev->timer_set) {
        ngx_add_timer(ev, redis->conf->timeout);
    }
}


static void
ngx_polycard_queue_watch_handler(ngx_event_t *ev)
{
    ngx_msec_t             age;
    ngx_queue_t           *q;
    ngx_polycard_op_t     *op;
    ngx_polycard_redis_t  *redis;

    redis = ev->data;

    if (ngx_queue_empty(&redis->sent)) {
        return;
    }

    q = ngx_queue_head(&redis->sent);
    op = ngx_queue_data(q, ngx_polycard_op_t, queue);

    age = ngx_current_msec - op->start;

    if (age < redis->conf->timeout) {
        ngx_add_timer(ev, redis->conf->timeout - age);
        return;
    }

    redis->status = NGX_HTTP_GATEWAY_TIME_OUT;
    ngx_polycard_redis_drop(redis, "a command timed out");
}


void
ngx_polycard_queue_send(ngx_polycard_redis_t *redis)
{
    ngx_queue_t         waiting;
    ngx_polycard_op_t  *op;

    ngx_polycard_queue_take(&redis->waiting, &waiting);

    while (!ngx_queue_empty(&waiting)) {
        op = ngx_polycard_queue_next(&waiting);

        if (ngx_polycard_op_send(op) != NGX_OK) {
            ngx_polycard_op_fail(op, NGX_HTTP_SERVICE_UNAVAILABLE);
        }
    }
}


void
ngx_polycard_queue_fail(ngx_queue_t *queue, ngx_uint_t status)
{
    ngx_queue_t  failed;

    ngx_polycard_queue_take(queue, &failed);

    while (!ngx_queue_empty(&failed)) {
        ngx_polycard_op_fail(ngx_polycard_queue_next(&failed), status);
    }
}


static void
ngx_polycard_queue_take(ngx_queue_t *queue, ngx_queue_t *taken)
{
    ngx_queue_init(taken);

    if (!ngx_queue_empty(queue)) {
        ngx_queue_add(taken, queue);
        ngx_queue_init(queue);
    }
}


static ngx_polycard_op_t *
ngx_polycard_queue_next(ngx_queue_t *taken)
{
    ngx_queue_t  *q;

    q = ngx_queue_head(taken);
    ngx_queue_remove(q);

    return ngx_queue_data(q, ngx_polycard_op_t, queue);
}


void
ngx_polycard_queue_flush(ngx_polycard_redis_t *redis)
{
    if (redis && redis->state == NGX_POLYCARD_REDIS_READY) {
        ngx_polycard_channel_flush(&redis->channel, NGX_POLYCARD_REDIS_END);
    }
}
