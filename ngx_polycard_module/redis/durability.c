
#include "counters/count.h"
#include "redis/connection.h"
#include "redis/durability.h"
#include "redis/error.h"
#include "redis/role.h"
#include "redis/store_internal.h"


/* seconds without a replica after which there is none */
#define NGX_POLYCARD_DURABILITY_ALONE  600


static void ngx_polycard_durability_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static void ngx_polycard_durability_denied(ngx_polycard_redis_t *redis,
    redisReply *reply);
static void ngx_polycard_durability_look(ngx_polycard_redis_t *redis,
    redisReply *reply);
static void ngx_polycard_durability_log_aof(ngx_polycard_redis_t *redis,
    unsigned forgets);
static void ngx_polycard_durability_log_policy(ngx_polycard_redis_t *redis,
    unsigned evicts, ngx_str_t *policy);
static void ngx_polycard_durability_replicas(ngx_polycard_redis_t *redis,
    redisReply *reply);
static void ngx_polycard_durability_alone(ngx_polycard_redis_t *redis);
static void ngx_polycard_durability_log_bare(ngx_polycard_redis_t *redis,
    unsigned bare);
static void ngx_polycard_durability_log_pool(ngx_polycard_redis_t *redis);


/* INFO persistence memory replication: CONFIG would show the same, but also
 * secrets */

ngx_int_t
ngx_polycard_durability_check(ngx_polycard_store_call_t *call)
{
    u_char             *p;
    ngx_polycard_op_t  *op;

    op = ngx_polycard_store_op(call, NGX_POLYCARD_REDIS_READS,
                               NGX_POLYCARD_COMMAND_HEAD
                                        + 4 * ngx_polycard_command_size(16),
                               ngx_polycard_durability_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    p = ngx_polycard_command_start(op->last, 4);
    p = ngx_polycard_command_arg(p, "INFO", 4);
    p = ngx_polycard_command_arg(p, "persistence", 11);
    p = ngx_polycard_command_arg(p, "memory", 6);
    p = ngx_polycard_command_arg(p, "replication", 11);

    ngx_polycard_op_add(op, p);

    /* an exiting worker does not wait for it */
    op->background = 1;

    return ngx_polycard_store_submit(call, op);
}


static void
ngx_polycard_durability_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_polycard_store_call_t  *call;

    call = op->data;
    call->op = NULL;

    if (reply == NULL) {
        call->status = op->status;

    } else if (reply->type != REDIS_REPLY_STRING) {

        ngx_polycard_durability_denied(op->redis, reply);
        call->status = NGX_DECLINED;

    } else {
        ngx_polycard_durability_look(op->redis, reply);
        call->status = NGX_OK;
    }

    call->handler(call);
}


/* no rights, or a renamed command */

static void
ngx_polycard_durability_denied(ngx_polycard_redis_t *redis, redisReply *reply)
{
    u_char  *end;
    u_char   text[NGX_POLYCARD_REASON_LEN + NGX_POLYCARD_RIGHTS_LEN];

    ngx_polycard_counts_setup(redis->market, NGX_POLYCARD_COUNTS_NONE,
                              NGX_POLYCARD_COUNTS_NONE);

    if (redis->silent || reply->type != REDIS_REPLY_ERROR) {
        return;
    }

    redis->silent = 1;

    end = text + ngx_polycard_error_clean(text, NGX_POLYCARD_REASON_LEN,
                                          reply->str);
    end = ngx_polycard_error_rights(end, redis->market, reply->str);

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" does not show "
                  "how it is set up: %*s",
                  redis->discovery.name, &redis->market->name,
                  (size_t) (end - text), text);
}


static void
ngx_polycard_durability_look(ngx_polycard_redis_t *redis, redisReply *reply)
{
    int64_t    append_only, evicts;
    ngx_str_t  aof, memory, policy;

    append_only = NGX_POLYCARD_COUNTS_NONE;
    evicts = NGX_POLYCARD_COUNTS_NONE;

    if (ngx_polycard_role_field(reply, "\naof_enabled:", &aof) == NGX_OK) {
        append_only = (aof.data[0] != '0');
        ngx_polycard_durability_log_aof(redis, !append_only);
    }

    if (ngx_polycard_role_field(reply, "\nmaxmemory:", &memory) == NGX_OK
        && ngx_polycard_role_field(reply, "\nmaxmemory_policy:", &policy)
           == NGX_OK)
    {
        evicts = (memory.len != 1 || memory.data[0] != '0')
                 && ngx_strncmp(policy.data, "noeviction", 10) != 0;
        ngx_polycard_durability_log_policy(redis, evicts == 1, &policy);
    }

    ngx_polycard_counts_setup(redis->market, append_only, evicts);
    ngx_polycard_durability_replicas(redis, reply);
}


static void
ngx_polycard_durability_log_aof(ngx_polycard_redis_t *redis, unsigned forgets)
{
    if (forgets == redis->forgets) {
        return;
    }

    redis->forgets = (forgets != 0);

    if (forgets) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" has no append "
                      "only file: its restart would lose clients, and hooks "
                      "that wait", redis->discovery.name,
                      &redis->market->name);

    } else {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" has an append "
                      "only file now", redis->discovery.name,
                      &redis->market->name);
    }
}


static void
ngx_polycard_durability_log_policy(ngx_polycard_redis_t *redis,
    unsigned evicts, ngx_str_t *policy)
{
    if (evicts == redis->evicts) {
        return;
    }

    redis->evicts = (evicts != 0);

    if (evicts) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" evicts records "
                      "when its memory is full: its maxmemory-policy is \"%V\"",
                      redis->discovery.name, &redis->market->name, policy);

    } else {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" evicts no "
                      "records any more", redis->discovery.name,
                      &redis->market->name);
    }
}


/*
 * A master that is cut off from its replicas goes on, while one of them takes
 * over: all writes that it takes meanwhile are lost, unless
 * min-replicas-to-write and its lag limit that.  Only then does INFO count the
 * good ones.
 */

static void
ngx_polycard_durability_replicas(ngx_polycard_redis_t *redis,
    redisReply *reply)
{
    unsigned    bare;
    ngx_str_t   good;
    ngx_uint_t  any;

    any = ngx_polycard_role_has_replica(reply);
    bare = (ngx_polycard_role_field(reply, "\nmin_slaves_good_slaves:", &good)
            != NGX_OK);

    if (bare && !any) {
        ngx_polycard_durability_alone(redis);
        return;
    }

    ngx_polycard_counts_bare(redis->market, bare);
    ngx_polycard_durability_log_bare(redis, bare);

    if (any && redis->market->cards.mode == NGX_POLYCARD_CARDS_POOL) {
        ngx_polycard_durability_log_pool(redis);
    }
}


/* all of them may be gone for a moment; another worker may have seen them */

static void
ngx_polycard_durability_alone(ngx_polycard_redis_t *redis)
{
    time_t  seen;

    seen = ngx_polycard_counts_bare_at(redis->market);

    if (seen == 0 || ngx_time() - seen < NGX_POLYCARD_DURABILITY_ALONE) {
        return;
    }

    redis->bare = 0;
    ngx_polycard_counts_bare(redis->market, 0);

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" has had no replicas "
                  "for 10 minutes", redis->discovery.name,
                  &redis->market->name);
}


static void
ngx_polycard_durability_log_bare(ngx_polycard_redis_t *redis, unsigned bare)
{
    if (bare == redis->bare) {
        return;
    }

    redis->bare = (bare != 0);

    if (bare) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" has replicas, "
                      "and takes writes without them: its "
                      "min-replicas-to-write is 0", redis->discovery.name,
                      &redis->market->name);

    } else {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" takes no writes "
                      "without its replicas any more", redis->discovery.name,
                      &redis->market->name);
    }
}


/* a list goes back with all other lost data, and issues its numbers again */

static void
ngx_polycard_durability_log_pool(ngx_polycard_redis_t *redis)
{
    if (redis->pooled) {
        return;
    }

    redis->pooled = 1;

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "polycard market \"%V\" takes card numbers from a pool, and "
                  "redis \"%V\" has replicas: one that takes over may issue "
                  "the last numbers again", &redis->market->name,
                  redis->discovery.name);
}
