
#include "redis/connection.h"
#include "redis/connections.h"
#include "redis/error.h"
#include "redis/greeting.h"
#include "redis/guard.h"
#include "redis/library.h"
#include "redis/queue.h"
#include "counters/count.h"
#include "counters/lineage.h"
#include "counters/denial.h"


/* bytes of one reply, received and parsed; and when none is expected */
#define NGX_POLYCARD_REDIS_BUFFER  (64 * 1024 * 1024)
#define NGX_POLYCARD_REDIS_NOISE   (64 * 1024)


static void ngx_polycard_redis_timer_handler(ngx_event_t *ev);
static void ngx_polycard_redis_connect(ngx_polycard_redis_t *redis);
static void ngx_polycard_redis_connect_to(void *data,
    struct sockaddr *sockaddr, socklen_t socklen, const char *reason);
static void ngx_polycard_redis_reply(void *data, redisReply *reply);
static void ngx_polycard_redis_answer(ngx_polycard_redis_t *redis,
    redisReply *reply);
static void ngx_polycard_redis_handshake(ngx_polycard_redis_t *redis,
    redisReply *reply);
static void ngx_polycard_redis_ready(ngx_polycard_redis_t *redis,
    const ngx_polycard_server_t *server);
static void ngx_polycard_redis_log_up(ngx_polycard_redis_t *redis,
    ngx_uint_t moved);
static void ngx_polycard_redis_broken(void *data, const char *reason);
static void ngx_polycard_redis_closed(void *data);
static void ngx_polycard_redis_failed(ngx_polycard_redis_t *redis,
    ngx_msec_t delay);
static void ngx_polycard_redis_log_down(ngx_polycard_redis_t *redis);


static const ngx_polycard_channel_handlers_t  ngx_polycard_redis_handlers = {
    ngx_polycard_redis_reply,
    ngx_polycard_redis_broken,
    ngx_polycard_redis_closed
};


ngx_int_t
ngx_polycard_redis_init(ngx_polycard_redis_t *redis)
{
    ngx_polycard_queue_init(redis);
    ngx_polycard_guard_init(redis);

    redis->timer.handler = ngx_polycard_redis_timer_handler;
    redis->timer.data = redis;
    redis->timer.log = ngx_cycle->log;
    redis->timer.cancelable = 1;

    redis->channel.handlers = &ngx_polycard_redis_handlers;
    redis->channel.data = redis;
    redis->channel.parser.max = NGX_POLYCARD_REDIS_BUFFER;
    redis->channel.noise = NGX_POLYCARD_REDIS_NOISE;

    if (ngx_polycard_discovery_init(&redis->discovery, redis->conf,
                                    ngx_polycard_redis_connect_to, redis)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_polycard_redis_set_timer(redis, 1);

    return NGX_OK;
}


void
ngx_polycard_redis_close(ngx_polycard_redis_t *redis)
{
    if (redis == NULL || redis->finished) {
        return;
    }

    redis->finished = 1;

    ngx_polycard_discovery_cancel(&redis->discovery);

    redis->state = NGX_POLYCARD_REDIS_CLOSING;
    ngx_polycard_channel_close(&redis->channel);

    redis->state = NGX_POLYCARD_REDIS_BACKOFF;

    if (redis->timer.timer_set) {
        ngx_del_timer(&redis->timer);
    }

    if (redis->watcher.timer_set) {
        ngx_del_timer(&redis->watcher);
    }

    ngx_polycard_guard_stop(redis);
    ngx_polycard_lookout_stop(redis->lookout);

    ngx_polycard_queue_fail(&redis->waiting, NGX_HTTP_SERVICE_UNAVAILABLE);

    ngx_polycard_channel_free(&redis->channel);
    ngx_polycard_discovery_free(&redis->discovery);
}


ngx_int_t
ngx_polycard_redis_wake(ngx_polycard_redis_t *redis)
{
    if (redis->finished) {
        return NGX_DECLINED;
    }

    if (redis->state == NGX_POLYCARD_REDIS_IDLE) {
        ngx_polycard_redis_connect(redis);
    }

    return (redis->state == NGX_POLYCARD_REDIS_BACKOFF) ? NGX_DECLINED
                                                        : NGX_OK;
}


void
ngx_polycard_redis_set_timer(ngx_polycard_redis_t *redis, ngx_msec_t delay)
{
    redis->timer.cancelable = ngx_queue_empty(&redis->waiting);

    ngx_polycard_set_timer(&redis->timer, delay);
}


static void
ngx_polycard_redis_timer_handler(ngx_event_t *ev)
{
    const char            *reason;
    ngx_polycard_redis_t  *redis;

    redis = ev->data;

    switch (redis->state) {

    case NGX_POLYCARD_REDIS_IDLE:
    case NGX_POLYCARD_REDIS_BACKOFF:

        if (ngx_exiting && ngx_queue_empty(&redis->waiting)) {

            /* reconnects only if an operation needs it */
            redis->state = NGX_POLYCARD_REDIS_IDLE;

        } else {
            ngx_polycard_redis_connect(redis);
        }

        break;

    case NGX_POLYCARD_REDIS_CONNECTING:
        reason = ngx_polycard_discovery_late(&redis->discovery);

        ngx_polycard_redis_drop(redis, reason ? reason
                                : ngx_polycard_channel_late(&redis->channel));
        break;

    case NGX_POLYCARD_REDIS_LEAVING:

        /* those that were sent get no reply: see ngx_polycard_redis_moved() */
        ngx_polycard_redis_drop(redis, NULL);
        break;

    default:
        break;
    }
}


void
ngx_polycard_redis_distrust(ngx_polycard_redis_t *redis)
{
    if (redis->state == NGX_POLYCARD_REDIS_READY) {
        ngx_polycard_redis_drop(redis, "a reply of a wrong type");
    }
}


static void
ngx_polycard_redis_connect(ngx_polycard_redis_t *redis)
{
    redis->state = NGX_POLYCARD_REDIS_CONNECTING;
    redis->status = NGX_HTTP_SERVICE_UNAVAILABLE;
    redis->was_ready = 0;
    redis->reason[0] = '\0';

    ngx_polycard_redis_set_timer(redis, redis->conf->connect_timeout);

    ngx_polycard_discovery_start(&redis->discovery);
}


static void
ngx_polycard_redis_connect_to(void *data, struct sockaddr *sockaddr,
    socklen_t socklen, const char *reason)
{
    ngx_polycard_redis_t *redis = data;

    if (sockaddr == NULL) {
        ngx_polycard_redis_drop(redis, reason);
        return;
    }

    redis->channel.tls = redis->conf->ssl.tls;
    redis->channel.host = redis->discovery.host;

    reason = ngx_polycard_channel_open(&redis->channel, sockaddr, socklen,
                                       redis->discovery.name);
    if (reason) {
        ngx_polycard_redis_drop(redis, reason);
        return;
    }

    redis->handshake = ngx_polycard_greeting_send(&redis->channel,
                                                  redis->conf);

    if (redis->handshake == NGX_ERROR) {
        ngx_polycard_redis_drop(redis, "no memory");
    }
}


static void
ngx_polycard_redis_reply(void *data, redisReply *reply)
{
    ngx_polycard_redis_t *redis = data;

    if (redis->state == NGX_POLYCARD_REDIS_CONNECTING) {
        ngx_polycard_redis_handshake(redis, reply);

    } else if (ngx_queue_empty(&redis->sent)) {
        ngx_polycard_redis_drop(redis, "a reply that nobody asked for");

    } else {
        ngx_polycard_redis_answer(redis, reply);
    }
}


static void
ngx_polycard_redis_answer(ngx_polycard_redis_t *redis, redisReply *reply)
{
    ngx_polycard_op_t  *op;

    op = ngx_queue_data(ngx_queue_head(&redis->sent), ngx_polycard_op_t,
                        queue);

    if (ngx_polycard_redis_heed(redis, reply)) {
        ngx_polycard_op_repeat(op);
    }

    ngx_polycard_op_reply(op, reply);

    if (redis->state == NGX_POLYCARD_REDIS_LEAVING
        && ngx_queue_empty(&redis->sent))
    {
        ngx_polycard_redis_drop(redis, NULL);
    }
}


static void
ngx_polycard_redis_handshake(ngx_polycard_redis_t *redis, redisReply *reply)
{
    const char             *refusal;
    ngx_polycard_server_t   server;

    refusal = ngx_polycard_greeting_refusal(reply, --redis->handshake,
                                            &server);

    if (refusal) {
        if (redis->handshake == 0) {
            ngx_polycard_redis_leave_all(redis, &server, refusal);
        }

        ngx_polycard_redis_drop(redis, refusal);
        return;
    }

    if (redis->handshake == 0) {
        ngx_polycard_redis_ready(redis, &server);
    }
}


static void
ngx_polycard_redis_ready(ngx_polycard_redis_t *redis,
    const ngx_polycard_server_t *server)
{
    ngx_uint_t  moved;

    ngx_del_timer(&redis->timer);

    redis->state = NGX_POLYCARD_REDIS_READY;
    redis->was_ready = 1;

    moved = ngx_polycard_role_differs(&redis->server, server)
            && !ngx_polycard_role_goes_on(&redis->server, server);
    redis->server = *server;

    ngx_polycard_backoff_ready(&redis->backoff);
    ngx_polycard_discovery_ready(&redis->discovery);

    if (redis->kind == NGX_POLYCARD_REDIS_READS) {
        ngx_polycard_counts_connected(redis->market, redis->lost);
    }

    ngx_polycard_redis_log_up(redis, moved);
    ngx_polycard_redis_together(redis);

    ngx_polycard_lineage_note(redis->market, server);

    if (ngx_polycard_redis_is_over(redis)
        && redis->state != NGX_POLYCARD_REDIS_READY)
    {
        return;
    }

    ngx_polycard_guard_start(redis);
    ngx_polycard_queue_send(redis);

    if (redis->kind == NGX_POLYCARD_REDIS_WRITES) {
        ngx_polycard_library_check(redis);
    }
}


/* once for all of the market's */

static void
ngx_polycard_redis_log_up(ngx_polycard_redis_t *redis, ngx_uint_t moved)
{
    ngx_uint_t  *down;

    down = &redis->market->worker->redis_down;

    if (*down) {
        *down = 0;
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" is back",
                      redis->discovery.name, &redis->market->name);

        ngx_polycard_redis_back(redis->market);
    }

    if (moved && redis->kind == NGX_POLYCARD_REDIS_READS) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" is another "
                      "server now, or was restarted",
                      redis->discovery.name, &redis->market->name);
    }
}


static void
ngx_polycard_redis_broken(void *data, const char *reason)
{
    ngx_polycard_redis_t *redis = data;

    if (reason) {
        ngx_polycard_redis_drop(redis, reason);
        return;
    }

    /* worker_shutdown_timeout */

    if (redis->farewell) {
        redis->farewell(redis->market);
    }

    ngx_polycard_redis_close(redis);
}


void
ngx_polycard_redis_drop(ngx_polycard_redis_t *redis, const char *reason)
{
    ngx_msec_t  delay;

    if (redis->state == NGX_POLYCARD_REDIS_CLOSING) {
        return;
    }

    if (reason && redis->state == NGX_POLYCARD_REDIS_CONNECTING) {

        if (ngx_polycard_discovery_follow(&redis->discovery, reason)
            == NGX_OK)
        {
            reason = NULL;

        } else {
            ngx_polycard_discovery_failed(&redis->discovery);
        }
    }

    if (reason) {
        ngx_polycard_error_reason(redis->reason, reason);
    }

    redis->leaving = (reason == NULL);

    ngx_polycard_discovery_cancel(&redis->discovery);

    if (redis->channel.connection == NULL) {
        delay = ngx_polycard_backoff_failed(&redis->backoff);
        ngx_polycard_redis_failed(redis, delay);
        return;
    }

    redis->state = NGX_POLYCARD_REDIS_CLOSING;

    /* from a reply's handler: ngx_polycard_redis_closed() when it returns */
    ngx_polycard_channel_close(&redis->channel);
}


static void
ngx_polycard_redis_closed(void *data)
{
    ngx_polycard_redis_t *redis = data;

    ngx_msec_t  delay;

    ngx_polycard_queue_fail(&redis->sent, redis->status);

    if (redis->was_ready) {
        redis->lost = 1;

        if (redis->kind == NGX_POLYCARD_REDIS_READS) {
            ngx_polycard_counts_disconnected(redis->market);
        }
    }

    if (redis->finished) {
        return;
    }

    if (!redis->leaving) {
        delay = redis->was_ready
                ? ngx_polycard_backoff_lost(&redis->backoff)
                : ngx_polycard_backoff_failed(&redis->backoff);

        if (delay) {
            ngx_polycard_redis_failed(redis, delay);
            return;
        }

        ngx_polycard_redis_log_down(redis);
    }

    /* it worked until now: try again at once, and let operations wait */

    redis->state = NGX_POLYCARD_REDIS_IDLE;
    ngx_polycard_redis_set_timer(redis, 1);
}


static void
ngx_polycard_redis_failed(ngx_polycard_redis_t *redis, ngx_msec_t delay)
{
    redis->state = NGX_POLYCARD_REDIS_BACKOFF;

    ngx_polycard_denial_note(redis->market, (char *) redis->reason);
    ngx_polycard_redis_log_down(redis);
    ngx_polycard_redis_set_timer(redis, delay);

    ngx_polycard_queue_fail(&redis->waiting, NGX_HTTP_SERVICE_UNAVAILABLE);
    ngx_polycard_queue_watch(redis);
}


/* one line when it is lost, later attempts at "info" */

static void
ngx_polycard_redis_log_down(ngx_polycard_redis_t *redis)
{
    ngx_uint_t  level;

    if (redis->kind == NGX_POLYCARD_REDIS_READS) {
        ngx_polycard_counts_away(redis->market);
    }

    level = ngx_polycard_error_level(&redis->market->worker->redis_down,
                                     (char *) redis->reason);

    ngx_log_error(level, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" is away: %s",
                  redis->discovery.name, &redis->market->name, redis->reason);
}
