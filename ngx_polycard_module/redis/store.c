
/* what all calls share, and reading records; other calls are in store_*.c */


#include "redis/connections.h"
#include "redis/copies.h"
#include "redis/error.h"
#include "redis/store.h"
#include "redis/store_internal.h"


static void ngx_polycard_store_record_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static void ngx_polycard_store_values(ngx_polycard_store_records_t *records,
    redisReply *reply);


ngx_polycard_op_t *
ngx_polycard_store_op(ngx_polycard_store_call_t *call,
    ngx_polycard_redis_kind_e kind, size_t size, ngx_polycard_op_pt handler)
{
    ngx_polycard_op_t     *op;
    ngx_polycard_redis_t  *redis;

    redis = ngx_polycard_redis_get(call->market, kind);
    if (redis == NULL) {
        return NULL;
    }

    op = ngx_polycard_op_create(redis, size);
    if (op == NULL) {
        return NULL;
    }

    op->handler = handler;
    op->data = call;
    op->background = call->background;

    return op;
}


ngx_int_t
ngx_polycard_store_submit(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op)
{
    call->op = op;

    if (ngx_polycard_op_submit(op) == NGX_OK) {
        return NGX_OK;
    }

    call->op = NULL;

    return NGX_DECLINED;
}


ngx_int_t
ngx_polycard_store_read_client(ngx_polycard_store_records_t *records,
    const ngx_polycard_str_t *phone)
{
    ngx_str_t  id;

    id.len = phone->len;
    id.data = phone->data;

    return ngx_polycard_store_read_records(records, &ngx_polycard_client, &id,
                                           1);
}


ngx_int_t
ngx_polycard_store_read_records(ngx_polycard_store_records_t *records,
    const ngx_polycard_table_t *table, const ngx_str_t *id, ngx_uint_t n)
{
    u_char                       *p;
    size_t                        size;
    ngx_uint_t                    i;
    ngx_polycard_op_t            *op;
    ngx_polycard_store_conf_t    *conf;
    ngx_polycard_store_record_t  *record;

    conf = records->call.market->store;
    record = (table == &ngx_polycard_client) ? &conf->client : &conf->group;
    size = 0;

    for (i = 0; i < n; i++) {
        size += record->head.len + record->fields.len
                + ngx_polycard_command_size(record->key.len + id[i].len);
    }

    op = ngx_polycard_store_op(&records->call, NGX_POLYCARD_REDIS_READS, size,
                               ngx_polycard_store_record_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    for (i = 0; i < n; i++) {
        p = ngx_cpymem(op->last, record->head.data, record->head.len);
        p = ngx_polycard_command_join(p, &record->key, id[i].data, id[i].len);
        p = ngx_cpymem(p, record->fields.data, record->fields.len);

        ngx_polycard_op_add(op, p);
    }

    ngx_memzero(records->value, sizeof(records->value));
    records->index = 0;
    records->fields = table->n - 1;

    return ngx_polycard_store_submit(&records->call, op);
}


static void
ngx_polycard_store_record_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_polycard_store_call_t     *call;
    ngx_polycard_store_records_t  *records;

    call = op->data;
    records = op->data;

    if (ngx_polycard_store_reply(call, op, reply, "read a record") != NGX_OK) {
        call->handler(call);
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {

        /* WRONGTYPE: the key is not a record */
        call->status = NGX_ERROR;

    } else if (reply->type == REDIS_REPLY_ARRAY
               && reply->elements == records->fields)
    {
        ngx_polycard_store_values(records, reply);
        ngx_polycard_error_clear(op->redis, "read a record");

    } else {
        ngx_polycard_store_mismatch(call, op, reply, "read a record");
    }

    /* the handler may free the call once op is NULL */

    records->index++;
    call->handler(call);
}


static void
ngx_polycard_store_values(ngx_polycard_store_records_t *records,
    redisReply *reply)
{
    size_t       i;
    redisReply  *element;

    records->call.status = NGX_DECLINED;

    for (i = 0; i < records->fields; i++) {
        element = reply->element[i];

        if (element->type == REDIS_REPLY_STRING) {
            records->value[i + 1].data = (u_char *) element->str;
            records->value[i + 1].len = element->len;
            records->call.status = NGX_OK;

        } else {
            records->value[i + 1].data = NULL;
            records->value[i + 1].len = 0;
        }
    }
}


/*
 * What all replies have in common: the end of the operation, failures, and
 * errors that mean that Redis cannot answer now.  NGX_OK: use the reply.
 */

ngx_int_t
ngx_polycard_store_reply(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op, redisReply *reply, const char *subject)
{
    if (op->left == 0) {
        call->op = NULL;
    }

    if (reply == NULL) {
        call->status = op->status;
        return NGX_ERROR;
    }

    if (reply->type != REDIS_REPLY_ERROR
        || ngx_polycard_error_is(reply, "WRONGTYPE"))
    {
        return NGX_OK;
    }

    ngx_polycard_error_log(op->redis, subject, reply);

    ngx_polycard_store_cancel(call);
    call->status = NGX_HTTP_SERVICE_UNAVAILABLE;

    return NGX_ERROR;
}


void
ngx_polycard_store_mismatch(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op, redisReply *reply, const char *subject)
{
    ngx_polycard_error_log(op->redis, subject, reply);
    ngx_polycard_redis_distrust(op->redis);

    ngx_polycard_store_cancel(call);
    call->status = NGX_HTTP_SERVICE_UNAVAILABLE;
}


void
ngx_polycard_store_cancel(ngx_polycard_store_call_t *call)
{
    if (call->op) {
        ngx_polycard_op_cancel(call->op);
        call->op = NULL;
    }

    if (call->copy) {
        ngx_polycard_copies_cancel(call->copy);
    }
}
