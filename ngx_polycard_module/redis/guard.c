
#include "redis/connections.h"
#include "redis/guard.h"
#include "counters/lineage.h"


#define NGX_POLYCARD_GUARD_TIME  500


static void ngx_polycard_guard_timer_handler(ngx_event_t *ev);
static void ngx_polycard_guard_ask(ngx_polycard_redis_t *redis);
static void ngx_polycard_guard_answer(ngx_polycard_op_t *op,
    redisReply *reply);


void
ngx_polycard_guard_init(ngx_polycard_redis_t *redis)
{
    redis->guard.handler = ngx_polycard_guard_timer_handler;
    redis->guard.data = redis;
    redis->guard.log = ngx_cycle->log;
    redis->guard.cancelable = 1;
}


void
ngx_polycard_guard_start(ngx_polycard_redis_t *redis)
{
    ngx_polycard_set_timer(&redis->guard, NGX_POLYCARD_GUARD_TIME);
}


void
ngx_polycard_guard_stop(ngx_polycard_redis_t *redis)
{
    if (redis->guard.timer_set) {
        ngx_del_timer(&redis->guard);
    }
}


static void
ngx_polycard_guard_timer_handler(ngx_event_t *ev)
{
    ngx_polycard_redis_t  *redis;

    redis = ev->data;

    /* the next connection starts it again when it is ready */

    if (redis->state != NGX_POLYCARD_REDIS_READY || ngx_exiting) {
        return;
    }

    if (!redis->asked) {
        ngx_polycard_guard_ask(redis);
    }

    ngx_add_timer(ev, NGX_POLYCARD_GUARD_TIME);
}


static void
ngx_polycard_guard_ask(ngx_polycard_redis_t *redis)
{
    size_t              size;
    ngx_polycard_op_t  *op;

    size = sizeof(NGX_POLYCARD_ROLE_QUESTION) - 1;

    op = ngx_polycard_op_create(redis, size);
    if (op == NULL) {
        return;
    }

    ngx_polycard_op_add(op, ngx_cpymem(op->last, NGX_POLYCARD_ROLE_QUESTION,
                                       size));

    op->background = 1;
    op->handler = ngx_polycard_guard_answer;

    redis->asked = (ngx_polycard_op_submit(op) == NGX_OK);
}


static void
ngx_polycard_guard_answer(ngx_polycard_op_t *op, redisReply *reply)
{
    const char             *reason;
    ngx_polycard_redis_t   *redis;
    ngx_polycard_server_t   server;

    redis = op->redis;
    redis->asked = 0;

    if (reply == NULL) {
        return;
    }

    ngx_polycard_role_server(reply, &server);
    reason = ngx_polycard_role_refusal(reply);

    if (reason) {
        ngx_polycard_redis_leave_all(redis, &server, reason);
        return;
    }

    if (ngx_polycard_role_differs(&redis->server, &server)) {

        /* it was a replica meanwhile, with other data, and promoted again */
        redis->server = server;
    }

    redis->server.offset = server.offset;

    ngx_polycard_lineage_note(redis->market, &server);
    (void) ngx_polycard_redis_is_over(redis);
}
