
#include "redis/connection.h"
#include "redis/error.h"
#include "redis/event.h"
#include "redis/greeting.h"
#include "redis/library.h"
#include "redis/queue.h"
#include "status/count.h"


/* of one reply, arrived and made of that; and when none is expected */
#define NGX_POLYCARD_REDIS_BUFFER  (64 * 1024 * 1024)
#define NGX_POLYCARD_REDIS_NOISE   (64 * 1024)


static void ngx_polycard_redis_cleanup(void *data);
static void ngx_polycard_redis_timer_handler(ngx_event_t *ev);
static void ngx_polycard_redis_connect(ngx_polycard_redis_t *redis);
static void ngx_polycard_redis_connect_to(void *data, const char *text);
static ngx_int_t ngx_polycard_redis_attach(ngx_polycard_redis_t *redis,
    redisAsyncContext *ac);
static void ngx_polycard_redis_connected(const redisAsyncContext *ac,
    int status);
static void ngx_polycard_redis_handshake(redisAsyncContext *ac, void *reply,
    void *data);
static void ngx_polycard_redis_ready(ngx_polycard_redis_t *redis);
static ngx_int_t ngx_polycard_redis_check(void *data, ngx_connection_t *c);
static void ngx_polycard_redis_gone(void *data, redisAsyncContext *ac);
static void ngx_polycard_redis_failed(ngx_polycard_redis_t *redis,
    ngx_msec_t delay);
static void ngx_polycard_redis_log_down(ngx_polycard_redis_t *redis);
static void ngx_polycard_redis_set_timer(ngx_polycard_redis_t *redis,
    ngx_msec_t delay);


ngx_polycard_redis_t *
ngx_polycard_redis_get(ngx_polycard_market_t *market)
{
    ngx_pool_cleanup_t    *cln;
    ngx_polycard_redis_t  *redis;

    if (market->redis) {
        return market->redis;
    }

    cln = ngx_pool_cleanup_add(ngx_cycle->pool, sizeof(ngx_polycard_redis_t));
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_polycard_redis_cleanup;

    redis = cln->data;
    ngx_memzero(redis, sizeof(ngx_polycard_redis_t));

    redis->market = market;
    redis->conf = &market->redis_conf;

    ngx_polycard_queue_init(redis);

    redis->timer.handler = ngx_polycard_redis_timer_handler;
    redis->timer.data = redis;
    redis->timer.log = ngx_cycle->log;
    redis->timer.cancelable = 1;

    redis->resolve.conf = redis->conf;
    redis->resolve.handler = ngx_polycard_redis_connect_to;
    redis->resolve.data = redis;

    market->redis = redis;

    ngx_polycard_redis_set_timer(redis, 1);

    return redis;
}


/* a worker closes before; a single process drops its old cycle's pool */

static void
ngx_polycard_redis_cleanup(void *data)
{
    ngx_polycard_redis_close(data);
}


void
ngx_polycard_redis_close(ngx_polycard_redis_t *redis)
{
    ngx_queue_t  failed;

    if (redis == NULL || redis->finished) {
        return;
    }

    redis->finished = 1;

    ngx_polycard_resolve_cancel(&redis->resolve);

    if (redis->ac) {
        redis->state = NGX_POLYCARD_REDIS_CLOSING;
        redisAsyncFree(redis->ac);
    }

    redis->state = NGX_POLYCARD_REDIS_BACKOFF;

    if (redis->timer.timer_set) {
        ngx_del_timer(&redis->timer);
    }

    if (redis->watcher.timer_set) {
        ngx_del_timer(&redis->watcher);
    }

    ngx_polycard_queue_take(redis, &failed);
    ngx_polycard_queue_fail(&failed, NGX_HTTP_SERVICE_UNAVAILABLE);

    ngx_polycard_reader_free(&redis->reader);
    ngx_polycard_resolve_free(&redis->resolve);
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


static void
ngx_polycard_redis_set_timer(ngx_polycard_redis_t *redis, ngx_msec_t delay)
{
    redis->timer.cancelable = ngx_queue_empty(&redis->waiting);

    ngx_polycard_set_timer(&redis->timer, delay);
}


static void
ngx_polycard_redis_timer_handler(ngx_event_t *ev)
{
    ngx_polycard_redis_t  *redis;

    redis = ev->data;

    switch (redis->state) {

    case NGX_POLYCARD_REDIS_IDLE:
    case NGX_POLYCARD_REDIS_BACKOFF:

        if (ngx_exiting && ngx_queue_empty(&redis->waiting)) {

            /* only if somebody still asks */
            redis->state = NGX_POLYCARD_REDIS_IDLE;

        } else {
            ngx_polycard_redis_connect(redis);
        }

        break;

    case NGX_POLYCARD_REDIS_CONNECTING:
        ngx_polycard_redis_drop(redis, "connecting timed out");
        break;

    case NGX_POLYCARD_REDIS_READY:
        ngx_polycard_redis_drop(redis, "no memory");
        break;

    default:
        break;
    }
}


void
ngx_polycard_redis_doubt(ngx_polycard_redis_t *redis)
{
    ngx_polycard_redis_set_timer(redis, 1);
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

    if (ngx_polycard_url_is_unix(&redis->conf->url)) {
        ngx_polycard_redis_connect_to(redis,
                                     (char *) redis->conf->url.host.data);

    } else {
        ngx_polycard_resolve_start(&redis->resolve);
    }
}


static void
ngx_polycard_redis_connect_to(void *data, const char *text)
{
    ngx_polycard_redis_t *redis = data;

    redisAsyncContext  *ac;

    if (text == NULL) {
        ngx_polycard_redis_drop(redis, "host not found");
        return;
    }

    if (ngx_polycard_url_is_unix(&redis->conf->url)) {
        ac = redisAsyncConnectUnix(text);

    } else {
        ac = redisAsyncConnect(text, redis->conf->url.port);
    }

    if (ac == NULL) {
        ngx_polycard_redis_drop(redis, "no memory");
        return;
    }

    if (ac->err) {
        ngx_polycard_redis_drop(redis, ac->errstr);
        redisAsyncFree(ac);
        return;
    }

    if (ngx_polycard_redis_attach(redis, ac) != NGX_OK) {
        redisAsyncFree(ac);
        ngx_polycard_redis_drop(redis, "no free connection of the worker");
    }
}


static ngx_int_t
ngx_polycard_redis_attach(ngx_polycard_redis_t *redis, redisAsyncContext *ac)
{
    if (ngx_polycard_event_attach(ac, ngx_polycard_redis_check,
                                  ngx_polycard_redis_gone, redis)
        == NULL)
    {
        return NGX_ERROR;
    }

    ac->data = redis;

    redis->ac = ac;
    redis->expected = 0;

    ngx_polycard_reader_attach(&redis->reader, ac->c.reader, &redis->expected,
                               NGX_POLYCARD_REDIS_BUFFER);

    /* also arms the write event by which the end of connecting is seen */
    redisAsyncSetConnectCallback(ac, ngx_polycard_redis_connected);

    return NGX_OK;
}


static void
ngx_polycard_redis_connected(const redisAsyncContext *ac, int status)
{
    ngx_uint_t                i;
    ngx_polycard_redis_t     *redis;
    ngx_polycard_greeting_t   greeting;

    redis = ac->data;

    if (status != REDIS_OK) {

        /* hiredis frees the context: ngx_polycard_redis_gone() */
        return;
    }

    if (ngx_polycard_greeting_create(&greeting, redis->conf) != NGX_OK) {

        /* hiredis 0.14 forbids to end it here: the time-out does */
        return;
    }

    for (i = 0; i < greeting.n; i++) {
        redisAsyncFormattedCommand(redis->ac, ngx_polycard_redis_handshake,
                                   redis, (char *) greeting.command[i].data,
                                   greeting.command[i].len);
    }

    redis->handshake = greeting.n;
    redis->expected += greeting.n;

    ngx_polycard_greeting_free(&greeting);
}


static void
ngx_polycard_redis_handshake(redisAsyncContext *ac, void *data, void *privdata)
{
    redisReply            *reply = data;
    ngx_polycard_redis_t  *redis = privdata;

    const char  *refusal;

    redis->expected--;

    if (reply == NULL || redis->state != NGX_POLYCARD_REDIS_CONNECTING) {
        return;
    }

    refusal = ngx_polycard_greeting_refusal(reply);

    if (refusal) {
        ngx_polycard_redis_drop(redis, refusal);
        return;
    }

    if (--redis->handshake == 0) {
        ngx_polycard_redis_ready(redis);
    }
}


static void
ngx_polycard_redis_ready(ngx_polycard_redis_t *redis)
{
    ngx_queue_t  waiting;

    ngx_del_timer(&redis->timer);

    redis->state = NGX_POLYCARD_REDIS_READY;
    redis->was_ready = 1;

    ngx_polycard_backoff_ready(&redis->backoff);
    ngx_polycard_status_connected(redis->market, redis->lost);
    ngx_memzero(redis->trouble, sizeof(redis->trouble));

    if (redis->down) {
        redis->down = 0;
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" is back",
                      &redis->conf->address, &redis->market->name);
    }

    ngx_polycard_queue_take(redis, &waiting);
    ngx_polycard_queue_send(&waiting);

    ngx_polycard_library_check(redis);
}


/* before hiredis reads */

static ngx_int_t
ngx_polycard_redis_check(void *data, ngx_connection_t *c)
{
    ngx_polycard_redis_t *redis = data;

    size_t  max;

    if (c->close) {

        /* worker_shutdown_timeout */

        if (redis->farewell) {
            redis->farewell(redis->market);
        }

        ngx_polycard_redis_close(redis);
        return NGX_DONE;
    }

    max = redis->expected ? NGX_POLYCARD_REDIS_BUFFER
                          : NGX_POLYCARD_REDIS_NOISE;

    if (redis->ac->c.reader->len > max) {
        ngx_polycard_redis_drop(redis, "a reply that is too long");
        return NGX_DONE;
    }

    return NGX_OK;
}


void
ngx_polycard_redis_drop(ngx_polycard_redis_t *redis, const char *reason)
{
    ngx_msec_t  delay;

    ngx_polycard_error_reason(redis->reason, reason);
    ngx_polycard_resolve_cancel(&redis->resolve);

    if (redis->ac == NULL) {
        delay = ngx_polycard_backoff_failed(&redis->backoff);
        ngx_polycard_redis_failed(redis, delay);
        return;
    }

    redis->state = NGX_POLYCARD_REDIS_CLOSING;

    /* inside a callback of hiredis this happens when the callback returns */
    redisAsyncFree(redis->ac);
}


static void
ngx_polycard_redis_gone(void *data, redisAsyncContext *ac)
{
    ngx_polycard_redis_t *redis = data;

    ngx_msec_t  delay;

    redis->ac = NULL;

    if (redis->was_ready) {
        redis->lost = 1;
        ngx_polycard_status_disconnected(redis->market);
    }

    if (redis->finished) {
        return;
    }

    if (redis->reason[0] == '\0') {
        ngx_polycard_error_reason(redis->reason, ac->c.err == REDIS_ERR_OOM
                                             ? "a reply that is too large, or "
                                               "that nobody asked for"
                                             : ac->c.errstr);
    }

    delay = redis->was_ready ? ngx_polycard_backoff_lost(&redis->backoff)
                             : ngx_polycard_backoff_failed(&redis->backoff);

    if (delay) {
        ngx_polycard_redis_failed(redis, delay);
        return;
    }

    /* it worked until now: try again at once, and let operations wait */

    ngx_polycard_redis_log_down(redis);

    redis->state = NGX_POLYCARD_REDIS_IDLE;
    ngx_polycard_redis_set_timer(redis, 1);
}


static void
ngx_polycard_redis_failed(ngx_polycard_redis_t *redis, ngx_msec_t delay)
{
    ngx_queue_t  failed;

    redis->state = NGX_POLYCARD_REDIS_BACKOFF;
    ngx_polycard_queue_take(redis, &failed);

    ngx_polycard_redis_log_down(redis);
    ngx_polycard_redis_set_timer(redis, delay);

    ngx_polycard_queue_fail(&failed, NGX_HTTP_SERVICE_UNAVAILABLE);
}


/* one line when it goes, later attempts are for those who look at "info" */

static void
ngx_polycard_redis_log_down(ngx_polycard_redis_t *redis)
{
    ngx_uint_t  level;

    level = ngx_polycard_error_level(&redis->down, (char *) redis->reason);

    ngx_log_error(level, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" is away: %s",
                  &redis->conf->address, &redis->market->name, redis->reason);
}
