
#include "redis/connections.h"
#include "counters/lineage.h"


static ngx_int_t ngx_polycard_redis_look_out(ngx_polycard_redis_t *redis);
static void ngx_polycard_redis_said(void *data,
    const ngx_polycard_place_said_t *said, ngx_polycard_ask_t *ask);
static void ngx_polycard_redis_cleanup(void *data);


ngx_int_t
ngx_polycard_redis_start(ngx_polycard_market_t *market)
{
    ngx_uint_t  kind;

    for (kind = 0; kind < NGX_POLYCARD_REDIS_KINDS; kind++) {

        if (kind == NGX_POLYCARD_REDIS_COPIES && market->replicas == 0) {
            continue;
        }

        if (ngx_polycard_redis_get(market, (ngx_polycard_redis_kind_e) kind)
            == NULL)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_polycard_redis_t *
ngx_polycard_redis_get(ngx_polycard_market_t *market,
    ngx_polycard_redis_kind_e kind)
{
    ngx_pool_cleanup_t    *cln;
    ngx_polycard_redis_t  *redis;

    if (market->worker->redis[kind]) {
        return market->worker->redis[kind];
    }

    cln = ngx_pool_cleanup_add(ngx_cycle->pool, sizeof(ngx_polycard_redis_t));
    if (cln == NULL) {
        return NULL;
    }

    redis = cln->data;
    ngx_memzero(redis, sizeof(ngx_polycard_redis_t));

    redis->kind = kind;
    redis->market = market;
    redis->conf = &market->redis_conf;

    if (ngx_polycard_redis_init(redis) != NGX_OK) {
        return NULL;
    }

    cln->handler = ngx_polycard_redis_cleanup;

    if (kind == NGX_POLYCARD_REDIS_READS
        && ngx_polycard_redis_look_out(redis) != NGX_OK)
    {
        ngx_polycard_redis_close(redis);
        return NULL;
    }

    market->worker->redis[kind] = redis;

    return redis;
}


ngx_str_t *
ngx_polycard_redis_name(ngx_polycard_market_t *market)
{
    ngx_polycard_redis_t  *redis;

    redis = market->worker->redis[NGX_POLYCARD_REDIS_WRITES];

    return redis ? redis->discovery.name : &market->redis_conf.address;
}


/* one for all of them */

static ngx_int_t
ngx_polycard_redis_look_out(ngx_polycard_redis_t *redis)
{
    if (redis->conf->sentinels == NULL) {
        return NGX_OK;
    }

    redis->lookout = ngx_polycard_lookout_start(redis->conf->sentinels,
                                                ngx_polycard_redis_said,
                                                redis->market);

    return redis->lookout ? NGX_OK : NGX_ERROR;
}


static void
ngx_polycard_redis_said(void *data, const ngx_polycard_place_said_t *said,
    ngx_polycard_ask_t *ask)
{
    ngx_polycard_market_t *market = data;

    ngx_uint_t  kind;

    for (kind = 0; kind < NGX_POLYCARD_REDIS_KINDS; kind++) {

        if (market->worker->redis[kind]) {
            ngx_polycard_redis_moved(market->worker->redis[kind], said, ask);
        }
    }
}


/* a worker closes it before; a single process destroys its old cycle's pool */

static void
ngx_polycard_redis_cleanup(void *data)
{
    ngx_polycard_redis_close(data);
}


void
ngx_polycard_redis_end(ngx_polycard_market_t *market)
{
    ngx_uint_t  kind;

    for (kind = 0; kind < NGX_POLYCARD_REDIS_KINDS; kind++) {
        ngx_polycard_redis_close(market->worker->redis[kind]);
    }
}


void
ngx_polycard_redis_back(ngx_polycard_market_t *market)
{
    ngx_uint_t             kind;
    ngx_polycard_redis_t  *redis;

    for (kind = 0; kind < NGX_POLYCARD_REDIS_KINDS; kind++) {
        redis = market->worker->redis[kind];

        if (redis == NULL) {
            continue;
        }

        ngx_memzero(redis->trouble, sizeof(redis->trouble));
        redis->troubles = 0;

        if (redis->state == NGX_POLYCARD_REDIS_BACKOFF && !redis->finished) {
            ngx_polycard_redis_set_timer(redis, 1);
        }
    }
}


/* a master that hangs is left by all as soon as one has found the next */

void
ngx_polycard_redis_together(ngx_polycard_redis_t *redis)
{
    ngx_uint_t             kind;
    ngx_polycard_redis_t  *other;

    for (kind = 0; kind < NGX_POLYCARD_REDIS_KINDS; kind++) {
        other = redis->market->worker->redis[kind];

        if (other
            && other != redis
            && other->state == NGX_POLYCARD_REDIS_READY
            && ngx_polycard_role_differs(&other->server, &redis->server))
        {
            ngx_polycard_redis_leave(other, "another server was found");
            ngx_polycard_redis_expire(other);
        }
    }
}


ngx_uint_t
ngx_polycard_redis_is_over(ngx_polycard_redis_t *redis)
{
    if (!ngx_polycard_lineage_is_over(redis->market, &redis->server)) {
        return 0;
    }

    ngx_polycard_redis_leave_all(redis, &redis->server,
                                 "another server has taken its place");

    return 1;
}


void
ngx_polycard_redis_leave_all(ngx_polycard_redis_t *redis,
    const ngx_polycard_server_t *server, const char *reason)
{
    ngx_uint_t             kind;
    ngx_polycard_redis_t  *other;

    for (kind = 0; kind < NGX_POLYCARD_REDIS_KINDS; kind++) {
        other = redis->market->worker->redis[kind];

        if (other
            && server->run[0]
            && ngx_memcmp(other->server.run, server->run,
                          NGX_POLYCARD_SERVER_ID)
               == 0)
        {
            ngx_polycard_redis_leave(other, reason);
        }
    }

    ngx_polycard_redis_leave(redis, reason);
}
