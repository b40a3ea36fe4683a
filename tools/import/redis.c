
#include "import/redis.h"
#include "import/terminal.h"

#include <stdarg.h>
#include <string.h>


static redisReply *polycard_redis_vask(polycard_redis_t *redis,
    const char *fmt, va_list args);
static int polycard_redis_flush(polycard_redis_t *redis);
static int polycard_redis_lost(polycard_redis_t *redis);


int
polycard_redis_open(polycard_redis_t *redis, const polycard_options_t *o)
{
    memset(redis, 0, sizeof(polycard_redis_t));

    redis->most = POLYCARD_PIPELINE_MAX;

    return polycard_server_open(&redis->server, o);
}


void
polycard_redis_close(polycard_redis_t *redis)
{
    polycard_server_close(&redis->server);
}


int
polycard_redis_mismatch(const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR) {
        polycard_say("redis: %s%s", reply->str,
                     polycard_redis_hint(reply->str));
    } else {
        polycard_say("redis: an unexpected answer");
    }

    return NGX_POLYCARD_ERROR;
}


redisReply *
polycard_redis_ask(polycard_redis_t *redis, const char *fmt, ...)
{
    va_list      args;
    redisReply  *reply;

    va_start(args, fmt);
    reply = polycard_redis_vask(redis, fmt, args);
    va_end(args);

    return reply;
}


redisReply *
polycard_redis_ask_argv(polycard_redis_t *redis, int argc, const char **argv,
    const size_t *lens)
{
    redisReply  *reply;

    reply = redisCommandArgv(redis->server.context, argc, argv, lens);

    if (reply == NULL) {
        (void) polycard_redis_lost(redis);
    }

    return reply;
}


redisReply *
polycard_redis_expect(polycard_redis_t *redis, int type, const char *fmt, ...)
{
    va_list      args;
    redisReply  *reply;

    va_start(args, fmt);
    reply = polycard_redis_vask(redis, fmt, args);
    va_end(args);

    if (reply && reply->type != type) {
        (void) polycard_redis_mismatch(reply);
        freeReplyObject(reply);
        return NULL;
    }

    return reply;
}


static redisReply *
polycard_redis_vask(polycard_redis_t *redis, const char *fmt, va_list args)
{
    redisReply  *reply;

    reply = redisvCommand(redis->server.context, fmt, args);

    if (reply == NULL) {
        (void) polycard_redis_lost(redis);
    }

    return reply;
}


void
polycard_redis_handle(polycard_redis_t *redis,
    polycard_redis_handler_pt handler, void *data)
{
    redis->handler = handler;
    redis->data = data;
    redis->most = POLYCARD_PIPELINE_MAX;
}


void
polycard_redis_bound(polycard_redis_t *redis, size_t most)
{
    redis->most = most;
}


int
polycard_redis_send(polycard_redis_t *redis, int argc, const char **argv,
    const size_t *lens, uint64_t tag)
{
    size_t  i, step;

    step = redis->most / POLYCARD_PIPELINE_PART;

    if (redis->waiting >= redis->most
        && polycard_redis_collect(redis, redis->most - step)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (redisAppendCommandArgv(redis->server.context, argc, argv, lens)
        != REDIS_OK)
    {
        return polycard_redis_lost(redis);
    }

    i = (redis->first + redis->waiting++) % POLYCARD_PIPELINE_MAX;
    redis->tag[i] = tag;

    if (++redis->unsent < step) {
        return NGX_POLYCARD_OK;
    }

    return polycard_redis_flush(redis);
}


int
polycard_redis_collect(polycard_redis_t *redis, size_t left)
{
    int          rc;
    uint64_t     tag;
    redisReply  *reply;

    if (polycard_redis_flush(redis) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    while (redis->waiting > left) {

        if (redisGetReply(redis->server.context, (void **) &reply) != REDIS_OK
            || reply == NULL)
        {
            return polycard_redis_lost(redis);
        }

        tag = redis->tag[redis->first];
        redis->first = (redis->first + 1) % POLYCARD_PIPELINE_MAX;
        redis->waiting--;

        rc = redis->handler(redis->data, tag, reply);

        freeReplyObject(reply);

        if (rc != NGX_POLYCARD_OK) {
            return rc;
        }
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_redis_flush(polycard_redis_t *redis)
{
    int  done;

    done = 0;

    while (!done) {
        if (redisBufferWrite(redis->server.context, &done) != REDIS_OK) {
            return polycard_redis_lost(redis);
        }
    }

    redis->unsent = 0;

    return NGX_POLYCARD_OK;
}


static int
polycard_redis_lost(polycard_redis_t *redis)
{
    const char  *reason;

    reason = polycard_redis_reason(redis->server.context);

    polycard_say("redis \"%s\" is lost: %s", redis->server.address,
                 *reason ? reason : "no memory");

    return NGX_POLYCARD_ERROR;
}
