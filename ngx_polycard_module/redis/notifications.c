
#include "redis/connection.h"
#include "redis/error.h"
#include "redis/notifications.h"
#include "redis/store_internal.h"


#define NGX_POLYCARD_NOTIFICATIONS_NAME     "notify-keyspace-events"

/* "A" means all of these */
#define NGX_POLYCARD_NOTIFICATIONS_A        "ghxe$"

/* Redis knows about 20 classes */
#define NGX_POLYCARD_NOTIFICATIONS_MAX      64

#define NGX_POLYCARD_NOTIFICATIONS_SUBJECT  "ask for notify-keyspace-events"


static ngx_polycard_op_t *ngx_polycard_notifications_op(
    ngx_polycard_store_call_t *call, const char *verb, const ngx_str_t *value,
    ngx_polycard_op_pt handler);
static void ngx_polycard_notifications_get_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static void ngx_polycard_notifications_check(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op, redisReply *reply);
static ngx_int_t ngx_polycard_notifications_value(const redisReply *reply,
    ngx_str_t *value);
static void ngx_polycard_notifications_merge(ngx_str_t *merged,
    const ngx_str_t *value);
static void ngx_polycard_notifications_set_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static ngx_int_t ngx_polycard_notifications_reply(
    ngx_polycard_store_call_t *call, ngx_polycard_op_t *op,
    redisReply *reply);
static ngx_uint_t ngx_polycard_notifications_denied(redisReply *reply);
static void ngx_polycard_notifications_decline(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op);
static void ngx_polycard_notifications_done(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op);


ngx_int_t
ngx_polycard_notifications_ensure(ngx_polycard_store_call_t *call)
{
    ngx_polycard_op_t  *op;

    op = ngx_polycard_notifications_op(call, "GET", NULL,
                                      ngx_polycard_notifications_get_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    return ngx_polycard_store_submit(call, op);
}


/* CONFIG GET of the setting, or CONFIG SET to the value; NULL: no memory */

static ngx_polycard_op_t *
ngx_polycard_notifications_op(ngx_polycard_store_call_t *call,
    const char *verb, const ngx_str_t *value, ngx_polycard_op_pt handler)
{
    u_char             *p;
    size_t              size;
    ngx_polycard_op_t  *op;

    size = NGX_POLYCARD_COMMAND_HEAD + 3 * ngx_polycard_command_size(32)
           + ngx_polycard_command_size(value ? value->len : 0);

    op = ngx_polycard_store_op(call, NGX_POLYCARD_REDIS_READS, size, handler);
    if (op == NULL) {
        return NULL;
    }

    p = ngx_polycard_command_start(op->last, value ? 4 : 3);
    p = ngx_polycard_command_arg(p, "CONFIG", 6);
    p = ngx_polycard_command_arg(p, verb, ngx_strlen(verb));
    p = ngx_polycard_command_arg(p, NGX_POLYCARD_NOTIFICATIONS_NAME,
                                 sizeof(NGX_POLYCARD_NOTIFICATIONS_NAME) - 1);

    if (value) {
        p = ngx_polycard_command_arg(p, value->data, value->len);
    }

    ngx_polycard_op_add(op, p);

    /* an exiting worker does not wait for it */
    op->background = 1;

    return op;
}


static void
ngx_polycard_notifications_get_handler(ngx_polycard_op_t *op,
    redisReply *reply)
{
    ngx_polycard_store_call_t  *call;

    call = op->data;

    if (ngx_polycard_notifications_reply(call, op, reply) == NGX_OK) {
        ngx_polycard_notifications_check(call, op, reply);

        if (call->op) {

            /* CONFIG SET is pending */
            return;
        }
    }

    call->handler(call);
}


static void
ngx_polycard_notifications_check(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op, redisReply *reply)
{
    u_char      text[NGX_POLYCARD_NOTIFICATIONS_MAX
                     + sizeof(NGX_POLYCARD_NOTIFICATIONS)];
    ngx_int_t   rc;
    ngx_str_t   value, merged;

    rc = ngx_polycard_notifications_value(reply, &value);

    if (rc == NGX_ERROR) {
        ngx_polycard_store_mismatch(call, op, reply,
                                    NGX_POLYCARD_NOTIFICATIONS_SUBJECT);
        return;
    }

    if (rc == NGX_DECLINED) {
        ngx_polycard_notifications_decline(call, op);
        return;
    }

    merged.data = text;
    ngx_polycard_notifications_merge(&merged, &value);

    if (merged.len == value.len) {
        ngx_polycard_notifications_done(call, op);
        return;
    }

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "notify-keyspace-events of redis \"%V\" of polycard market "
                  "\"%V\" was set to \"%V\", from \"%V\"",
                  op->redis->discovery.name, &op->redis->market->name,
                  &merged, &value);

    op = ngx_polycard_notifications_op(call, "SET", &merged,
                                      ngx_polycard_notifications_set_handler);

    if (op == NULL || ngx_polycard_store_submit(call, op) != NGX_OK) {
        call->status = NGX_HTTP_SERVICE_UNAVAILABLE;
    }
}


/* NGX_DECLINED: Redis does not show it */

static ngx_int_t
ngx_polycard_notifications_value(const redisReply *reply, ngx_str_t *value)
{
    size_t             i;
    const redisReply  *text;

    if (reply->type != REDIS_REPLY_ARRAY) {
        return NGX_ERROR;
    }

    if (reply->elements == 0) {
        return NGX_DECLINED;
    }

    text = reply->element[reply->elements - 1];

    if (reply->elements != 2 || text->type != REDIS_REPLY_STRING
        || text->len > NGX_POLYCARD_NOTIFICATIONS_MAX)
    {
        return NGX_ERROR;
    }

    /* fit for a log */

    for (i = 0; i < text->len; i++) {
        if (text->str[i] <= 0x20 || text->str[i] >= 0x7f) {
            return NGX_ERROR;
        }
    }

    value->data = (u_char *) text->str;
    value->len = text->len;

    return NGX_OK;
}


/* all of the administrator's classes, followed by those that are missing */

static void
ngx_polycard_notifications_merge(ngx_str_t *merged, const ngx_str_t *value)
{
    u_char      *p, *last;
    ngx_uint_t   all;
    const char  *class;

    last = value->data + value->len;
    all = (ngx_strlchr(value->data, last, 'A') != NULL);

    p = ngx_cpymem(merged->data, value->data, value->len);

    for (class = NGX_POLYCARD_NOTIFICATIONS; *class; class++) {
        if (ngx_strlchr(value->data, last, *class) == NULL
            && !(all && ngx_strchr(NGX_POLYCARD_NOTIFICATIONS_A, *class)))
        {
            *p++ = *class;
        }
    }

    merged->len = p - merged->data;
}


static void
ngx_polycard_notifications_set_handler(ngx_polycard_op_t *op,
    redisReply *reply)
{
    ngx_polycard_store_call_t  *call;

    call = op->data;

    if (ngx_polycard_notifications_reply(call, op, reply) == NGX_OK) {

        if (reply->type == REDIS_REPLY_STATUS) {
            ngx_polycard_notifications_done(call, op);

        } else {
            ngx_polycard_store_mismatch(call, op, reply,
                                        NGX_POLYCARD_NOTIFICATIONS_SUBJECT);
        }
    }

    call->handler(call);
}


/* NGX_OK: look at the reply; NGX_ERROR: the call has ended with its status */

static ngx_int_t
ngx_polycard_notifications_reply(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op, redisReply *reply)
{
    if (reply && ngx_polycard_notifications_denied(reply)) {
        ngx_polycard_notifications_decline(call, op);
        return NGX_ERROR;
    }

    return ngx_polycard_store_reply(call, op, reply,
                                    NGX_POLYCARD_NOTIFICATIONS_SUBJECT);
}


/* no rights, a renamed command, a protected setting: not to be tried again */

static ngx_uint_t
ngx_polycard_notifications_denied(redisReply *reply)
{
    return ngx_polycard_error_is(reply, "NOPERM")
           || ngx_polycard_error_is(reply, "ERR");
}


static void
ngx_polycard_notifications_decline(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op)
{
    ngx_polycard_redis_t  *redis;

    redis = op->redis;

    call->op = NULL;
    call->status = NGX_DECLINED;

    if (redis->mute) {
        return;
    }

    redis->mute = 1;

    ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" does not allow "
                  "notify-keyspace-events to be set", redis->discovery.name,
                  &redis->market->name);
}


static void
ngx_polycard_notifications_done(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op)
{
    op->redis->mute = 0;

    ngx_polycard_error_clear(op->redis, NGX_POLYCARD_NOTIFICATIONS_SUBJECT);

    call->op = NULL;
    call->status = NGX_OK;
}
