
#include "redis/queue.h"
#include "ngx_polycard_socket.h"


/* how long a process that ends waits until Redis has read what it sent */
#define NGX_POLYCARD_REDIS_END  500


static void ngx_polycard_queue_watch_handler(ngx_event_t *ev);
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

    /* somebody waits: a leaving worker must not go before the timer is due */
    redis->timer.cancelable = 0;
}


void
ngx_polycard_queue_watch(ngx_polycard_redis_t *redis)
{
    ngx_event_t  *ev;

    ev = &redis->watcher;

    /*
     * A leaving worker stays for those who wait, and for nobody else: neither
     * for callers who have left nor for a reply that only we want.
     */

    redis->timer.cancelable = ngx_queue_empty(&redis->waiting);
    ev->cancelable = (redis->wanted == 0);

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
ngx_polycard_queue_take(ngx_polycard_redis_t *redis, ngx_queue_t *taken)
{
    ngx_queue_init(taken);

    if (!ngx_queue_empty(&redis->waiting)) {
        ngx_queue_add(taken, &redis->waiting);
        ngx_queue_init(&redis->waiting);
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
ngx_polycard_queue_send(ngx_queue_t *taken)
{
    while (!ngx_queue_empty(taken)) {
        ngx_polycard_op_send(ngx_polycard_queue_next(taken));
    }
}


void
ngx_polycard_queue_fail(ngx_queue_t *taken, ngx_uint_t status)
{
    while (!ngx_queue_empty(taken)) {
        ngx_polycard_op_fail(ngx_polycard_queue_next(taken), status);
    }
}


void
ngx_polycard_queue_flush(ngx_polycard_redis_t *redis)
{
    if (redis && redis->state == NGX_POLYCARD_REDIS_READY) {
        redisAsyncHandleWrite(redis->ac);

        if (redis->expected) {
            ngx_polycard_socket_end(redis->ac->c.fd, NGX_POLYCARD_REDIS_END);
        }
    }
}
