
#include "redis/connections.h"
#include "redis/error.h"
#include "redis/library.h"

#include "ngx_polycard_library.h"


/* ms between attempts to load while another library has the name */
#define NGX_POLYCARD_LIBRARY_AGAIN  1000


static void ngx_polycard_library_ask(ngx_polycard_redis_t *redis,
    ngx_polycard_op_pt handler);
static void ngx_polycard_library_version_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static void ngx_polycard_library_send(ngx_polycard_redis_t *redis,
    ngx_uint_t replace);
static void ngx_polycard_library_loaded_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static void ngx_polycard_library_again_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static void ngx_polycard_library_taken(ngx_polycard_redis_t *redis,
    const char *name);


ngx_int_t
ngx_polycard_library_version(void)
{
    return NGX_POLYCARD_LIBRARY_VERSION;
}


int64_t
ngx_polycard_library_known(const ngx_polycard_market_t *market)
{
    const ngx_polycard_redis_t  *redis;

    redis = market->worker->redis[NGX_POLYCARD_REDIS_WRITES];

    return redis ? redis->library : 0;
}


void
ngx_polycard_library_doubt(ngx_polycard_redis_t *redis)
{
    if (redis->library >= NGX_POLYCARD_LIBRARY_VERSION) {
        ngx_polycard_library_check(redis);
    }
}


void
ngx_polycard_library_check(ngx_polycard_redis_t *redis)
{
    ngx_polycard_library_ask(redis, ngx_polycard_library_version_handler);
}


static void
ngx_polycard_library_ask(ngx_polycard_redis_t *redis,
    ngx_polycard_op_pt handler)
{
    u_char             *p;
    ngx_str_t          *prefix;
    ngx_polycard_op_t  *op;

    prefix = &redis->market->key_prefix;

    op = ngx_polycard_op_create(redis, NGX_POLYCARD_COMMAND_HEAD
                                          + ngx_polycard_command_size(32) * 3
                                          + ngx_polycard_command_size(
                                                               prefix->len));
    if (op == NULL) {
        return;
    }

    p = ngx_polycard_command_start(op->last, 4);
    p = ngx_polycard_command_arg(p, "FCALL", 5);
    p = ngx_polycard_command_arg(p, "polycard_version", 16);
    p = ngx_polycard_command_arg(p, "1", 1);
    p = ngx_polycard_command_arg(p, prefix->data, prefix->len);

    ngx_polycard_op_add(op, p);

    op->background = 1;
    op->handler = handler;

    /* declined: the next connection asks again */
    (void) ngx_polycard_op_submit(op);
}


static void
ngx_polycard_library_version_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_polycard_redis_t  *redis;

    redis = op->redis;

    if (reply == NULL) {
        return;
    }

    if (ngx_polycard_error_no_function(reply)) {
        ngx_polycard_library_send(redis, 0);
        return;
    }

    if (reply->type != REDIS_REPLY_INTEGER) {
        ngx_polycard_error_log(redis, "tell the library's version", reply);
        return;
    }

    ngx_polycard_error_clear(redis, "tell the library's version");

    redis->taken = 0;
    redis->library = reply->integer;

    if (reply->integer < NGX_POLYCARD_LIBRARY_VERSION) {
        ngx_polycard_library_send(redis, 1);

    } else if (reply->integer > NGX_POLYCARD_LIBRARY_VERSION && !redis->old) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" has version "
                      "%L of the library, newer than this module's %d",
                      redis->discovery.name, &redis->market->name,
                      (int64_t) reply->integer, NGX_POLYCARD_LIBRARY_VERSION);
    }

    redis->old = (reply->integer > NGX_POLYCARD_LIBRARY_VERSION);
}


void
ngx_polycard_library_load(ngx_polycard_redis_t *redis)
{
    redis = ngx_polycard_redis_get(redis->market, NGX_POLYCARD_REDIS_WRITES);

    if (redis == NULL) {
        return;
    }

    if (!redis->taken
        || ngx_current_msec - redis->loaded >= NGX_POLYCARD_LIBRARY_AGAIN)
    {
        ngx_polycard_library_send(redis, 0);
    }
}


static void
ngx_polycard_library_send(ngx_polycard_redis_t *redis, ngx_uint_t replace)
{
    u_char             *p;
    ngx_polycard_op_t  *op;

    op = ngx_polycard_op_create(redis, NGX_POLYCARD_COMMAND_HEAD
                                + ngx_polycard_command_size(32) * 3
                                + ngx_polycard_command_size(
                                           NGX_POLYCARD_LIBRARY_TEXT_LEN));
    if (op == NULL) {
        return;
    }

    p = ngx_polycard_command_start(op->last, replace ? 4 : 3);
    p = ngx_polycard_command_arg(p, "FUNCTION", 8);
    p = ngx_polycard_command_arg(p, "LOAD", 4);

    if (replace) {
        p = ngx_polycard_command_arg(p, "REPLACE", 7);
    }

    p = ngx_polycard_command_arg(p, ngx_polycard_library_text,
                                 NGX_POLYCARD_LIBRARY_TEXT_LEN);

    ngx_polycard_op_add(op, p);

    op->background = 1;
    op->handler = ngx_polycard_library_loaded_handler;

    redis->loaded = ngx_current_msec;

    (void) ngx_polycard_op_submit(op);
}


static void
ngx_polycard_library_loaded_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_polycard_redis_t  *redis;

    redis = op->redis;

    if (reply == NULL) {
        return;
    }

    if (reply->type == REDIS_REPLY_STRING) {
        ngx_polycard_error_clear(redis, "load the library");

        redis->taken = 0;
        redis->library = NGX_POLYCARD_LIBRARY_VERSION;

        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "version %d of the library was loaded into redis \"%V\" "
                      "of polycard market \"%V\"",
                      NGX_POLYCARD_LIBRARY_VERSION, redis->discovery.name,
                      &redis->market->name);
        return;
    }

    if (ngx_polycard_error_is(reply, "ERR Library 'polycard' already exists"))
    {
        /* another worker was faster, or it is another library */
        ngx_polycard_library_ask(redis, ngx_polycard_library_again_handler);
        return;
    }

    if (ngx_polycard_error_is(reply, "ERR Function polycard_")) {
        ngx_polycard_library_taken(redis, reply->str + sizeof("ERR ") - 1);
        return;
    }

    ngx_polycard_error_log(redis, "load the library", reply);
}


static void
ngx_polycard_library_again_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    if (reply && ngx_polycard_error_no_function(reply)) {
        ngx_polycard_library_taken(op->redis, "Library 'polycard' already "
                                              "exists");
        return;
    }

    ngx_polycard_library_version_handler(op, reply);
}


/* the other library is kept: somebody may need it */

static void
ngx_polycard_library_taken(ngx_polycard_redis_t *redis, const char *name)
{
    u_char  reason[NGX_POLYCARD_REASON_LEN];

    if (redis->taken) {
        return;
    }

    redis->taken = 1;

    ngx_polycard_error_reason(reason, name);

    ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" has another library "
                  "with the same name, clients cannot be added: %s",
                  redis->discovery.name, &redis->market->name, reason);
}
