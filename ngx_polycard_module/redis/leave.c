
#include "redis/connections.h"
#include "redis/error.h"
#include "counters/denial.h"


/* ms at least between leaving two servers */
#define NGX_POLYCARD_REDIS_LEAVE   1000

/* ms for replies of a server that is no longer a master */
#define NGX_POLYCARD_REDIS_HURRY   200


static ngx_uint_t ngx_polycard_redis_may_leave(ngx_polycard_redis_t *redis);
static void ngx_polycard_redis_go(ngx_polycard_redis_t *redis);


void
ngx_polycard_redis_leave(ngx_polycard_redis_t *redis, const char *reason)
{
    if (ngx_polycard_redis_may_leave(redis)) {
        ngx_polycard_error_reason(redis->reason, reason);
        ngx_polycard_redis_go(redis);
    }
}


static ngx_uint_t
ngx_polycard_redis_may_leave(ngx_polycard_redis_t *redis)
{
    return redis->state == NGX_POLYCARD_REDIS_READY
           && ngx_current_msec - redis->left >= NGX_POLYCARD_REDIS_LEAVE;
}


ngx_uint_t
ngx_polycard_redis_heed(ngx_polycard_redis_t *redis, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ERROR) {
        return 0;
    }

    /* a missing right is noted where something fails for it */

    if (ngx_strncmp(reply->str, "NOPERM", 6) != 0) {
        ngx_polycard_denial_note(redis->market, reply->str);
    }

    if (ngx_strncmp(reply->str, "READONLY", 8) == 0) {
        ngx_polycard_redis_leave_all(redis, &redis->server, reply->str);
        return 0;
    }

    if (ngx_polycard_role_denied(reply)) {
        ngx_polycard_redis_leave(redis, reply->str);
        return 0;
    }

    /*
     * The first one that says so says where, the others the same.  One that is
     * not followed must not count as followed.
     */

    if (ngx_polycard_redis_may_leave(redis)
        && ngx_polycard_discovery_follow(&redis->discovery, reply->str)
           == NGX_OK)
    {
        ngx_polycard_redis_leave(redis, reply->str);
    }

    return redis->state == NGX_POLYCARD_REDIS_LEAVING
           && redis->conf->seeds
           && ngx_strncmp(reply->str, "MOVED ", 6) == 0;
}


/* redis->reason says why */

static void
ngx_polycard_redis_go(ngx_polycard_redis_t *redis)
{
    redis->left = ngx_current_msec;
    redis->state = NGX_POLYCARD_REDIS_LEAVING;

    ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                  "leaving redis \"%V\" of polycard market \"%V\": %s",
                  redis->discovery.name, &redis->market->name, redis->reason);

    if (ngx_queue_empty(&redis->sent)) {
        ngx_polycard_redis_drop(redis, NULL);
    }
}


void
ngx_polycard_redis_expire(ngx_polycard_redis_t *redis)
{
    if (redis->state == NGX_POLYCARD_REDIS_LEAVING) {
        ngx_polycard_redis_set_timer(redis, NGX_POLYCARD_REDIS_HURRY);
    }
}


/* Sentinels say where the master is: one that hangs is not waited for long */

void
ngx_polycard_redis_moved(ngx_polycard_redis_t *redis,
    const ngx_polycard_place_said_t *said, ngx_polycard_ask_t *ask)
{
    if (ngx_polycard_discovery_is(&redis->discovery, ask)) {
        return;
    }

    switch (redis->state) {

    case NGX_POLYCARD_REDIS_BACKOFF:
        ngx_polycard_redis_set_timer(redis, 1);
        break;

    case NGX_POLYCARD_REDIS_CONNECTING:

        if (redis->channel.connection) {
            ngx_polycard_redis_drop(redis, NULL);

        } else {
            ngx_polycard_discovery_restart(&redis->discovery);
        }

        break;

    case NGX_POLYCARD_REDIS_READY:

        *ngx_snprintf(redis->reason, NGX_POLYCARD_REASON_LEN - 1,
                      "Sentinel names another master, %V:%d", &said->host,
                      (int) said->port) = '\0';

        ngx_polycard_redis_go(redis);

        ngx_polycard_redis_expire(redis);

        break;

    default:
        break;
    }
}
