
/* GET hooks: what polycard_status says of them, as JSON */


#include "operator/answer.h"
#include "core/office_answer.h"

#include <cjson/cJSON.h>


static redisReply *ngx_polycard_operator_find_value(redisReply *reply,
    const char *name);
static ngx_int_t ngx_polycard_operator_add_hooks(cJSON *json,
    redisReply *reply);
static ngx_int_t ngx_polycard_operator_add_outage(cJSON *json,
    redisReply *reply);
static ngx_int_t ngx_polycard_operator_add_deletions(cJSON *json,
    redisReply *reply);
static ngx_int_t ngx_polycard_operator_add_resend(cJSON *json,
    redisReply *reply);
static ngx_int_t ngx_polycard_operator_put_number(cJSON *json,
    const char *member, redisReply *reply, const char *name);
static ngx_int_t ngx_polycard_operator_put_time(cJSON *json,
    const char *member, redisReply *reply, const char *name);
static ngx_int_t ngx_polycard_operator_put_text(cJSON *json,
    const char *member, redisReply *reply, const char *name);


/*
 * The text is cJSON's: of a request's pool it is a copy, so that there is one
 * way to free it.
 */

ngx_int_t
ngx_polycard_operator_answer_hooks(ngx_polycard_operator_t *op,
    redisReply *reply)
{
    char       *text;
    cJSON      *json;
    size_t      len;
    u_char     *copy;
    ngx_int_t   rc;

    json = cJSON_CreateObject();
    copy = NULL;
    len = 0;

    rc = (cJSON_AddStringToObject(json, "market",
                                  (char *) op->ctx.market->name.data) == NULL)
         || ngx_polycard_operator_add_hooks(json, reply) != NGX_OK
         || ngx_polycard_operator_add_outage(json, reply) != NGX_OK
         || ngx_polycard_operator_add_deletions(json, reply) != NGX_OK
         || ngx_polycard_operator_add_resend(json, reply) != NGX_OK;

    text = rc ? NULL : cJSON_PrintUnformatted(json);
    cJSON_Delete(json);

    if (text) {
        len = ngx_strlen(text);
        copy = ngx_pnalloc(op->ctx.request->pool, len);
    }

    if (copy) {
        ngx_memcpy(copy, text, len);
    }

    cJSON_free(text);

    return copy ? ngx_polycard_request_answer_bytes(&op->ctx, copy, copy + len)
                : NGX_HTTP_SERVICE_UNAVAILABLE;
}


static ngx_int_t
ngx_polycard_operator_add_hooks(cJSON *json, redisReply *reply)
{
    int64_t  age;
    cJSON   *item;

    age = ngx_polycard_operator_status(reply, "outbox_age");
    item = (age < 0) ? cJSON_CreateNull()
                     : cJSON_CreateNumber((double) age / 1000.0);

    if (!cJSON_AddItemToObject(json, "outbox_age", item)) {
        cJSON_Delete(item);
        return NGX_ERROR;
    }

    return (ngx_polycard_operator_put_number(json, "outbox", reply, "outbox")
            == NGX_OK
            && ngx_polycard_operator_put_number(json, "held", reply, "held")
               == NGX_OK
            && ngx_polycard_operator_put_number(json, "held_keys", reply,
                                                "held_keys")
               == NGX_OK
            && ngx_polycard_operator_put_number(json, "dead", reply, "dead")
               == NGX_OK
            && ngx_polycard_operator_put_time(json, "last_accepted", reply,
                                              "accepted")
               == NGX_OK)
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_polycard_operator_add_outage(cJSON *json, redisReply *reply)
{
    cJSON  *outage;

    if (ngx_polycard_operator_status(reply, "outage") == 0) {
        return cJSON_AddNullToObject(json, "outage") ? NGX_OK : NGX_ERROR;
    }

    outage = cJSON_AddObjectToObject(json, "outage");

    return (outage
            && ngx_polycard_operator_put_time(outage, "since", reply, "outage")
               == NGX_OK
            && ngx_polycard_operator_put_text(outage, "reason", reply,
                                              "outage_reason")
               == NGX_OK
            && ngx_polycard_operator_put_time(outage, "next_try", reply,
                                              "outage_next")
               == NGX_OK)
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_polycard_operator_add_deletions(cJSON *json, redisReply *reply)
{
    cJSON  *deletions;

    deletions = cJSON_AddObjectToObject(json, "deletions");

    return (deletions
            && ngx_polycard_operator_put_text(deletions, "guard", reply,
                                              "guard")
               == NGX_OK
            && ngx_polycard_operator_put_number(deletions, "waiting", reply,
                                                "deletions_waiting")
               == NGX_OK
            && ngx_polycard_operator_put_number(deletions, "confirmed", reply,
                                                "deletions_confirmed")
               == NGX_OK)
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_polycard_operator_add_resend(cJSON *json, redisReply *reply)
{
    cJSON  *resend;

    if (ngx_polycard_operator_status(reply, "resend") < 0) {
        return cJSON_AddNullToObject(json, "resend") ? NGX_OK : NGX_ERROR;
    }

    resend = cJSON_AddObjectToObject(json, "resend");

    return (resend
            && ngx_polycard_operator_put_number(resend, "hooks", reply,
                                                "resend")
               == NGX_OK
            && ngx_polycard_operator_put_number(resend, "left", reply,
                                                "resend_left")
               == NGX_OK)
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_polycard_operator_put_number(cJSON *json, const char *member,
    redisReply *reply, const char *name)
{
    return cJSON_AddNumberToObject(json, member,
                      (double) ngx_polycard_operator_status(reply, name))
           ? NGX_OK : NGX_ERROR;
}


/* null where there is no such time */

static ngx_int_t
ngx_polycard_operator_put_time(cJSON *json, const char *member,
    redisReply *reply, const char *name)
{
    int64_t  ms;
    u_char   time[NGX_POLYCARD_OPERATOR_TIME + 1];

    ms = ngx_polycard_operator_status(reply, name);

    if (ms <= 0) {
        return cJSON_AddNullToObject(json, member) ? NGX_OK : NGX_ERROR;
    }

    *ngx_polycard_operator_print_time(time, ms) = '\0';

    return cJSON_AddStringToObject(json, member, (char *) time)
           ? NGX_OK : NGX_ERROR;
}


/* words of ours, and a reason, which is visible ASCII; null: there is none */

static ngx_int_t
ngx_polycard_operator_put_text(cJSON *json, const char *member,
    redisReply *reply, const char *name)
{
    redisReply  *value;

    value = ngx_polycard_operator_find_value(reply, name);

    return ((value && value->type == REDIS_REPLY_STRING && value->len)
            ? cJSON_AddStringToObject(json, member, value->str)
            : cJSON_AddNullToObject(json, member))
           ? NGX_OK : NGX_ERROR;
}


int64_t
ngx_polycard_operator_status(redisReply *reply, const char *name)
{
    return ngx_polycard_store_integer(
                            ngx_polycard_operator_find_value(reply, name));
}


static redisReply *
ngx_polycard_operator_find_value(redisReply *reply, const char *name)
{
    ngx_uint_t          i;
    ngx_polycard_str_t  text;

    for (i = 0; i + 1 < ngx_polycard_store_count(reply); i += 2) {
        ngx_polycard_store_text(ngx_polycard_store_part(reply, i), &text);

        if (text.len == ngx_strlen(name)
            && ngx_strncmp(text.data, name, text.len) == 0)
        {
            return ngx_polycard_store_part(reply, i + 1);
        }
    }

    return NULL;
}
