
#include "redis/error.h"
#include "redis/library.h"
#include "redis/store_emitter.h"
#include "redis/store_internal.h"


#define NGX_POLYCARD_STORE_NAME     64

#define NGX_POLYCARD_STORE_SUBJECT  "move hooks"


static void ngx_polycard_store_function_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static ngx_uint_t ngx_polycard_store_rejected(ngx_polycard_op_t *op,
    redisReply *reply, const char *subject);


ngx_int_t
ngx_polycard_store_function(ngx_polycard_store_call_t *call, const char *name,
    const ngx_str_t *argument, ngx_uint_t n)
{
    size_t              size, len;
    u_char             *p, function[NGX_POLYCARD_STORE_NAME];
    ngx_str_t          *prefix;
    ngx_uint_t          i;
    ngx_polycard_op_t  *op;

    prefix = &call->market->key_prefix;

    size = NGX_POLYCARD_COMMAND_HEAD
           + 3 * ngx_polycard_command_size(NGX_POLYCARD_STORE_NAME)
           + ngx_polycard_command_size(prefix->len);

    for (i = 0; i < n; i++) {
        size += ngx_polycard_command_size(argument[i].len);
    }

    op = ngx_polycard_store_op(call, call->reads ? NGX_POLYCARD_REDIS_READS
                                                 : NGX_POLYCARD_REDIS_WRITES,
                               size,
                               ngx_polycard_store_function_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    len = ngx_snprintf(function, NGX_POLYCARD_STORE_NAME, "polycard_%s", name)
          - function;

    p = ngx_polycard_command_start(op->last, 4 + n);
    p = ngx_polycard_command_arg(p, "FCALL", 5);
    p = ngx_polycard_command_arg(p, function, len);
    p = ngx_polycard_command_arg(p, "1", 1);
    p = ngx_polycard_command_arg(p, prefix->data, prefix->len);

    for (i = 0; i < n; i++) {
        p = ngx_polycard_command_arg(p, argument[i].data, argument[i].len);
    }

    ngx_polycard_op_add(op, p);

    return ngx_polycard_store_submit(call, op);
}


static void
ngx_polycard_store_function_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    const char                 *subject;
    ngx_polycard_store_call_t  *call;

    call = op->data;
    call->reply = reply;
    subject = call->office ? NGX_POLYCARD_STORE_OFFICE
                           : NGX_POLYCARD_STORE_SUBJECT;

    if (reply && ngx_polycard_error_is(reply, "FENCED")) {
        call->op = NULL;
        call->status = NGX_POLYCARD_STORE_FENCED;
        call->handler(call);
        return;
    }

    if (reply && ngx_polycard_error_no_function(reply)) {

        /* at a first start, or after FUNCTION FLUSH: the caller tries again */

        ngx_polycard_library_load(op->redis);

        call->op = NULL;
        call->status = NGX_HTTP_SERVICE_UNAVAILABLE;
        call->handler(call);
        return;
    }

    if (reply && call->office && ngx_polycard_store_refused(reply)) {
        call->op = NULL;
        call->status = NGX_POLYCARD_STORE_REFUSED;
        call->handler(call);
        return;
    }

    if (reply && ngx_polycard_store_rejected(op, reply, subject)) {
        call->op = NULL;
        call->status = NGX_POLYCARD_STORE_REJECTED;
        call->handler(call);
        return;
    }

    if (ngx_polycard_store_reply(call, op, reply, subject) == NGX_OK) {
        ngx_polycard_error_worked(op->redis, subject);
        call->status = NGX_OK;
    }

    call->handler(call);
}


/*
 * An error with one of the functions' own first words; an ERR of Redis, or of a
 * fault in a function, is not one.
 */

ngx_uint_t
ngx_polycard_store_refused(redisReply *reply)
{
    ngx_uint_t  i;

    static const char  *words[] = {
        "ERR ", "NOTFOUND ", "CONFLICT ", "STALE ", "REUSED ", "UNAVAILABLE ",
        "BROKEN "
    };

    if (reply->type != REDIS_REPLY_ERROR
        || ngx_strstr(reply->str, "script")
        || ngx_strstr(reply->str, "command"))
    {
        return 0;
    }

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (ngx_polycard_error_is(reply, words[i])) {
            return 1;
        }
    }

    return 0;
}


/*
 * An error of the call itself, not of the server (READONLY, OOM,
 * LOADING ...).  BADKEY is about a key of one client or group: the
 * functions keep a list of these, which hook/broken.c logs.
 */

static ngx_uint_t
ngx_polycard_store_rejected(ngx_polycard_op_t *op, redisReply *reply,
    const char *subject)
{
    if (ngx_polycard_error_is(reply, "BADKEY ")) {
        return 1;
    }

    if (!ngx_polycard_error_is(reply, "ERR ")
        && !ngx_polycard_error_is(reply, "WRONGTYPE ")
        && !ngx_polycard_error_is(reply, "NOPERM "))
    {
        return 0;
    }

    ngx_polycard_error_log(op->redis, subject, reply);
    ngx_polycard_library_doubt(op->redis);

    return 1;
}


ngx_int_t
ngx_polycard_store_canary(ngx_polycard_store_call_t *call, int64_t heard)
{
    u_char             *p;
    ngx_str_t          *prefix;
    ngx_polycard_op_t  *op;

    prefix = &call->market->key_prefix;

    op = ngx_polycard_store_op(call, NGX_POLYCARD_REDIS_WRITES,
                               NGX_POLYCARD_COMMAND_HEAD
                               + ngx_polycard_command_size(prefix->len
                                                           + 16)
                               + 5 * ngx_polycard_command_size(
                                                             NGX_INT64_LEN),
                               ngx_polycard_store_function_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    p = ngx_polycard_command_start(op->last, 6);
    p = ngx_polycard_command_arg(p, "HSET", 4);
    p = ngx_polycard_command_join(p, prefix, "canary", 6);
    p = ngx_polycard_command_arg(p, "n", 1);
    p = ngx_polycard_command_number(p, ngx_time());
    p = ngx_polycard_command_arg(p, "heard", 5);
    p = ngx_polycard_command_number(p, heard);

    ngx_polycard_op_add(op, p);

    return ngx_polycard_store_submit(call, op);
}


ngx_uint_t
ngx_polycard_store_count(const redisReply *reply)
{
    return (reply && reply->type == REDIS_REPLY_ARRAY) ? reply->elements : 0;
}


redisReply *
ngx_polycard_store_part(const redisReply *reply, ngx_uint_t i)
{
    return (i < ngx_polycard_store_count(reply)) ? reply->element[i] : NULL;
}


/* numbers are integers, or strings if Lua has made them so */

int64_t
ngx_polycard_store_integer(const redisReply *reply)
{
    int64_t             n;
    ngx_polycard_str_t  text;

    if (reply && reply->type == REDIS_REPLY_INTEGER) {
        return reply->integer;
    }

    ngx_polycard_store_text(reply, &text);

    return (ngx_polycard_number_parse_integer(&text, &n) == NGX_POLYCARD_OK)
           ? n : 0;
}


void
ngx_polycard_store_text(const redisReply *reply, ngx_polycard_str_t *text)
{
    text->data = (u_char *) "";
    text->len = 0;

    if (reply && (reply->type == REDIS_REPLY_STRING
                  || reply->type == REDIS_REPLY_STATUS))
    {
        text->data = (u_char *) reply->str;
        text->len = reply->len;
    }
}
