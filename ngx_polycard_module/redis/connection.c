
#include "redis/connection.h"
#include "redis/error.h"
#include "redis/event.h"
#include "redis/library.h"


#define NGX_POLYCARD_BACKOFF_MIN  50
#define NGX_POLYCARD_BACKOFF_MAX  5000

/* a connection that lived shorter than this did not work */
#define NGX_POLYCARD_REDIS_STABLE  1000

/* of what has arrived and is no whole reply yet; and when none is expected */
#define NGX_POLYCARD_REDIS_BUFFER  (64 * 1024 * 1024)
#define NGX_POLYCARD_REDIS_NOISE   (64 * 1024)


static void ngx_polycard_redis_cleanup(void *data);
static void ngx_polycard_redis_timer_handler(ngx_event_t *ev);
static void ngx_polycard_redis_watch_handler(ngx_event_t *ev);
static void ngx_polycard_redis_connect(ngx_polycard_redis_t *redis);
static void ngx_polycard_redis_connect_to(void *data, const char *text);
static ngx_int_t ngx_polycard_redis_attach(ngx_polycard_redis_t *redis,
    redisAsyncContext *ac);
static void ngx_polycard_redis_connected(const redisAsyncContext *ac,
    int status);
static void ngx_polycard_redis_handshake(redisAsyncContext *ac, void *reply,
    void *data);
static void ngx_polycard_redis_greet(ngx_polycard_redis_t *redis);
static void ngx_polycard_redis_ready(ngx_polycard_redis_t *redis);
static void ngx_polycard_redis_take_waiting(ngx_polycard_redis_t *redis,
    ngx_queue_t *taken);
static ngx_int_t ngx_polycard_redis_check(void *data, ngx_connection_t *c);
static void ngx_polycard_redis_drop(ngx_polycard_redis_t *redis,
    const char *reason);
static void ngx_polycard_redis_set_reason(ngx_polycard_redis_t *redis,
    const char *reason);
static void ngx_polycard_redis_gone(void *data, redisAsyncContext *ac);
static void ngx_polycard_redis_failed(ngx_polycard_redis_t *redis);
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

    ngx_queue_init(&redis->waiting);
    ngx_queue_init(&redis->sent);

    redis->timer.handler = ngx_polycard_redis_timer_handler;
    redis->timer.data = redis;
    redis->timer.log = ngx_cycle->log;
    redis->timer.cancelable = 1;

    redis->watcher.handler = ngx_polycard_redis_watch_handler;
    redis->watcher.data = redis;
    redis->watcher.log = ngx_cycle->log;

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
    if (redis == NULL || redis->finished) {
        return;
    }

    redis->finished = 1;

    ngx_polycard_resolve_cancel(&redis->resolve);

    if (redis->ac) {
        redis->state = NGX_POLYCARD_REDIS_CLOSING;
        redisAsyncFree(redis->ac);
    }

    ngx_polycard_redis_failed(redis);
    ngx_polycard_reader_free(&redis->reader);
    ngx_polycard_resolve_free(&redis->resolve);
}


void
ngx_polycard_redis_flush(ngx_polycard_redis_t *redis)
{
    if (redis && redis->state == NGX_POLYCARD_REDIS_READY) {
        redisAsyncHandleWrite(redis->ac);
    }
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
ngx_polycard_redis_enqueue(ngx_polycard_redis_t *redis, ngx_polycard_op_t *op)
{
    ngx_queue_insert_tail(&redis->waiting, &op->queue);

    /* somebody waits: a leaving worker must not go before the timer is due */
    redis->timer.cancelable = 0;
}


static void
ngx_polycard_redis_set_timer(ngx_polycard_redis_t *redis, ngx_msec_t delay)
{
    if (redis->timer.timer_set) {

        /* nginx takes a new time near the old one for the same */
        ngx_del_timer(&redis->timer);
    }

    redis->timer.cancelable = ngx_queue_empty(&redis->waiting);

    ngx_add_timer(&redis->timer, delay);
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
ngx_polycard_redis_watch(ngx_polycard_redis_t *redis)
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
ngx_polycard_redis_watch_handler(ngx_event_t *ev)
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

    ngx_polycard_reader_attach(&redis->reader, ac->c.reader, &redis->expected);

    /* also arms the write event by which the end of connecting is seen */
    redisAsyncSetConnectCallback(ac, ngx_polycard_redis_connected);

    return NGX_OK;
}


static void
ngx_polycard_redis_connected(const redisAsyncContext *ac, int status)
{
    ngx_polycard_redis_t  *redis;

    redis = ac->data;

    /* after an error hiredis frees the context: ngx_polycard_redis_gone() */

    if (status == REDIS_OK) {
        ngx_polycard_redis_greet(redis);
    }
}


/* AUTH, SELECT where the database is not 0, PING, in one write */

static void
ngx_polycard_redis_greet(ngx_polycard_redis_t *redis)
{
    size_t                      size;
    u_char                     *p, *command;
    ngx_polycard_redis_conf_t  *conf;

    conf = redis->conf;

    size = 2 * NGX_POLYCARD_COMMAND_HEAD + ngx_polycard_command_size(6)
           + ngx_polycard_command_size(conf->user.len)
           + ngx_polycard_command_size(conf->password.len)
           + ngx_polycard_command_size(NGX_INT64_LEN) + 1;

    command = ngx_calloc(size, ngx_cycle->log);
    if (command == NULL) {

        /* hiredis 0.14 forbids to end it here: the time-out does */
        return;
    }

    redis->handshake = 1;

    if (conf->password.len) {
        p = ngx_polycard_command_start(command, conf->user.len ? 3 : 2);
        p = ngx_polycard_command_arg(p, "AUTH", 4);

        if (conf->user.len) {
            p = ngx_polycard_command_arg(p, conf->user.data, conf->user.len);
        }

        p = ngx_polycard_command_arg(p, conf->password.data,
                                     conf->password.len);

        redis->handshake++;
        redisAsyncFormattedCommand(redis->ac, ngx_polycard_redis_handshake,
                                   redis, (char *) command, p - command);
        ngx_explicit_memzero(command, p - command);
    }

    if (conf->database) {
        p = ngx_polycard_command_start(command, 2);
        p = ngx_polycard_command_arg(p, "SELECT", 6);
        p = ngx_polycard_command_number(p, conf->database);

        redis->handshake++;
        redisAsyncFormattedCommand(redis->ac, ngx_polycard_redis_handshake,
                                   redis, (char *) command, p - command);
    }

    ngx_free(command);

    redisAsyncFormattedCommand(redis->ac, ngx_polycard_redis_handshake, redis,
                               "*1\r\n$4\r\nPING\r\n",
                               sizeof("*1\r\n$4\r\nPING\r\n") - 1);

    redis->expected += redis->handshake;
}


static void
ngx_polycard_redis_handshake(redisAsyncContext *ac, void *data, void *privdata)
{
    redisReply            *reply = data;
    ngx_polycard_redis_t  *redis = privdata;

    redis->expected--;

    if (reply == NULL || redis->state != NGX_POLYCARD_REDIS_CONNECTING) {
        return;
    }

    if (reply->type != REDIS_REPLY_STATUS) {
        ngx_polycard_redis_drop(redis, reply->type == REDIS_REPLY_ERROR
                                       ? reply->str
                                       : "an answer that is no Redis'");
        return;
    }

    if (--redis->handshake == 0) {
        ngx_polycard_redis_ready(redis);
    }
}


static void
ngx_polycard_redis_ready(ngx_polycard_redis_t *redis)
{
    ngx_queue_t  *q, waiting;

    ngx_del_timer(&redis->timer);

    redis->state = NGX_POLYCARD_REDIS_READY;
    redis->was_ready = 1;
    redis->ready_time = ngx_current_msec;

    ngx_memzero(redis->trouble, sizeof(redis->trouble));

    if (redis->down) {
        redis->down = 0;
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" is back",
                      &redis->conf->address, &redis->market->name);
    }

    ngx_polycard_redis_take_waiting(redis, &waiting);

    while (!ngx_queue_empty(&waiting)) {
        q = ngx_queue_head(&waiting);
        ngx_queue_remove(q);

        ngx_polycard_op_send(ngx_queue_data(q, ngx_polycard_op_t, queue));
    }

    ngx_polycard_library_check(redis);
}


/* for sending or failing them, which may let others wait */

static void
ngx_polycard_redis_take_waiting(ngx_polycard_redis_t *redis,
    ngx_queue_t *taken)
{
    ngx_queue_init(taken);

    if (!ngx_queue_empty(&redis->waiting)) {
        ngx_queue_add(taken, &redis->waiting);
        ngx_queue_init(&redis->waiting);
    }
}


/* before hiredis reads */

static ngx_int_t
ngx_polycard_redis_check(void *data, ngx_connection_t *c)
{
    ngx_polycard_redis_t *redis = data;

    size_t  max;

    if (c->close) {

        /* worker_shutdown_timeout */
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


/*
 * Ends the connection, or the attempt to make one.  What was sent fails with
 * redis->status.
 */

static void
ngx_polycard_redis_drop(ngx_polycard_redis_t *redis, const char *reason)
{
    ngx_polycard_redis_set_reason(redis, reason);

    ngx_polycard_resolve_cancel(&redis->resolve);

    if (redis->ac == NULL) {
        ngx_polycard_redis_failed(redis);
        return;
    }

    redis->state = NGX_POLYCARD_REDIS_CLOSING;

    /* inside a callback of hiredis this happens when the callback returns */
    redisAsyncFree(redis->ac);
}


static void
ngx_polycard_redis_set_reason(ngx_polycard_redis_t *redis, const char *reason)
{
    size_t  len;

    len = ngx_polycard_error_clean(redis->reason, sizeof(redis->reason) - 1,
                                   reason);
    redis->reason[len] = '\0';
}


static void
ngx_polycard_redis_gone(void *data, redisAsyncContext *ac)
{
    ngx_polycard_redis_t *redis = data;

    redis->ac = NULL;

    if (redis->finished) {
        return;
    }

    if (redis->reason[0] == '\0') {
        ngx_polycard_redis_set_reason(redis, ac->c.err == REDIS_ERR_OOM
                                             ? "a reply that is too large, or "
                                               "that nobody asked for"
                                             : ac->c.errstr);
    }

    if (!redis->was_ready) {
        ngx_polycard_redis_failed(redis);
        return;
    }

    if (ngx_current_msec - redis->ready_time < NGX_POLYCARD_REDIS_STABLE) {

        /* what was waited before it worked does not count */

        redis->backoff = redis->relapse;
        ngx_polycard_redis_failed(redis);
        redis->relapse = redis->backoff;

        return;
    }

    /* it worked until now: try again at once, and let operations wait */

    ngx_polycard_redis_log_down(redis);

    redis->state = NGX_POLYCARD_REDIS_IDLE;
    redis->backoff = 0;
    redis->relapse = 0;

    ngx_polycard_redis_set_timer(redis, 1);
}


static void
ngx_polycard_redis_failed(ngx_polycard_redis_t *redis)
{
    ngx_queue_t         *q, failed;
    ngx_msec_t           delay;
    ngx_polycard_op_t   *op;

    redis->state = NGX_POLYCARD_REDIS_BACKOFF;

    ngx_polycard_redis_take_waiting(redis, &failed);

    if (redis->finished) {
        if (redis->timer.timer_set) {
            ngx_del_timer(&redis->timer);
        }

        if (redis->watcher.timer_set) {
            ngx_del_timer(&redis->watcher);
        }

    } else {
        ngx_polycard_redis_log_down(redis);

        redis->backoff = ngx_min(ngx_max(redis->backoff * 2,
                                         NGX_POLYCARD_BACKOFF_MIN),
                                 NGX_POLYCARD_BACKOFF_MAX);

        delay = redis->backoff - redis->backoff / 5
                + ngx_random() % (redis->backoff * 2 / 5 + 1);

        ngx_polycard_redis_set_timer(redis, delay);
    }

    while (!ngx_queue_empty(&failed)) {
        q = ngx_queue_head(&failed);
        ngx_queue_remove(q);

        op = ngx_queue_data(q, ngx_polycard_op_t, queue);
        ngx_polycard_op_fail(op, NGX_HTTP_SERVICE_UNAVAILABLE);
    }
}


/* one line when it goes, later attempts are for those who look at "info" */

static void
ngx_polycard_redis_log_down(ngx_polycard_redis_t *redis)
{
    ngx_uint_t  level;

    level = redis->down ? NGX_LOG_INFO : NGX_LOG_ERR;

    ngx_log_error(level, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" is away: %s",
                  &redis->conf->address, &redis->market->name, redis->reason);

    redis->down = 1;
}
