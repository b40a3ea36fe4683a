
/* reading: records, lists and the barcode index; writing is in store_add.c */


#include "redis/connection.h"
#include "redis/error.h"
#include "redis/store.h"
#include "redis/store_internal.h"


#define NGX_POLYCARD_STORE_GROUPS_MAX  10000

/* the index of card numbers is spread by the last bytes of the number */
#define NGX_POLYCARD_STORE_BUCKET      3


static ngx_int_t ngx_polycard_store_init_record(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_store_record_t *record,
    const ngx_polycard_table_t *table, const char *name);
static ngx_int_t ngx_polycard_store_key(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_str_t *key, const char *name);
static void ngx_polycard_store_record_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static void ngx_polycard_store_values(ngx_polycard_store_call_t *call,
    redisReply *reply);
static void ngx_polycard_store_find_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static ngx_int_t ngx_polycard_store_found(ngx_polycard_store_call_t *call,
    redisReply *reply);
static void ngx_polycard_store_list_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static int64_t ngx_polycard_store_position(const char *score);


ngx_int_t
ngx_polycard_store_init(ngx_conf_t *cf, ngx_polycard_market_t *market)
{
    ngx_polycard_store_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_polycard_store_conf_t));
    if (conf == NULL) {
        return NGX_ERROR;
    }

    market->store = conf;

    if (ngx_polycard_store_init_record(cf, market, &conf->client,
                                       &ngx_polycard_client, "client:")
        != NGX_OK
        || ngx_polycard_store_init_record(cf, market, &conf->group,
                                          &ngx_polycard_group, "group:")
           != NGX_OK
        || ngx_polycard_store_key(cf, market, &conf->clients, "clients")
           != NGX_OK
        || ngx_polycard_store_key(cf, market, &conf->groups, "groups")
           != NGX_OK
        || ngx_polycard_store_key(cf, market, &conf->barcodes, "barcodes:")
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* HMGET of the fields in the table's order: all but the key is ready made */

static ngx_int_t
ngx_polycard_store_init_record(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_store_record_t *record, const ngx_polycard_table_t *table,
    const char *name)
{
    u_char                     *p;
    size_t                      size, i;
    const ngx_polycard_str_t   *field;

    if (ngx_polycard_store_key(cf, market, &record->key, name) != NGX_OK) {
        return NGX_ERROR;
    }

    size = NGX_POLYCARD_COMMAND_HEAD + ngx_polycard_command_size(5);

    for (i = 1; i < table->n; i++) {
        size += ngx_polycard_command_size(table->attribute[i].name.len);
    }

    p = ngx_pnalloc(cf->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    record->head.data = p;
    p = ngx_polycard_command_start(p, table->n + 1);
    p = ngx_polycard_command_arg(p, "HMGET", 5);
    record->head.len = p - record->head.data;

    record->fields.data = p;

    for (i = 1; i < table->n; i++) {
        field = &table->attribute[i].name;
        p = ngx_polycard_command_arg(p, field->data, field->len);
    }

    record->fields.len = p - record->fields.data;

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_store_key(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_str_t *key, const char *name)
{
    u_char  *p;
    size_t   len;

    len = ngx_strlen(name);

    key->len = market->key_prefix.len + len;

    key->data = ngx_pnalloc(cf->pool, key->len);
    if (key->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(key->data, market->key_prefix.data, market->key_prefix.len);
    ngx_memcpy(p, name, len);

    return NGX_OK;
}


ngx_polycard_op_t *
ngx_polycard_store_op(ngx_polycard_store_call_t *call, ngx_uint_t commands,
    size_t size, ngx_polycard_op_pt handler)
{
    ngx_polycard_op_t     *op;
    ngx_polycard_redis_t  *redis;

    redis = ngx_polycard_redis_get(call->market);
    if (redis == NULL) {
        return NULL;
    }

    op = ngx_polycard_op_create(redis, commands, size);
    if (op == NULL) {
        return NULL;
    }

    op->handler = handler;
    op->data = call;

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
ngx_polycard_store_client(ngx_polycard_store_call_t *call,
    const ngx_polycard_str_t *phone)
{
    ngx_str_t  id;

    id.len = phone->len;
    id.data = phone->data;

    return ngx_polycard_store_records(call, &ngx_polycard_client, &id, 1);
}


ngx_int_t
ngx_polycard_store_records(ngx_polycard_store_call_t *call,
    const ngx_polycard_table_t *table, const ngx_str_t *id, ngx_uint_t n)
{
    u_char                       *p;
    size_t                        size;
    ngx_uint_t                    i;
    ngx_polycard_op_t            *op;
    ngx_polycard_store_record_t  *record;

    record = (table == &ngx_polycard_client) ? &call->market->store->client
                                             : &call->market->store->group;
    size = 0;

    for (i = 0; i < n; i++) {
        size += record->head.len + record->fields.len
                + ngx_polycard_command_size(record->key.len + id[i].len);
    }

    op = ngx_polycard_store_op(call, n, size,
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

    ngx_memzero(call->value, sizeof(call->value));
    call->index = 0;
    call->items = table->n - 1;

    return ngx_polycard_store_submit(call, op);
}


static void
ngx_polycard_store_record_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_polycard_store_call_t  *call;

    call = op->data;

    if (ngx_polycard_store_reply(call, op, reply, "read a record") != NGX_OK) {
        call->handler(call);
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {

        /* WRONGTYPE: whatever is stored there is no record */
        call->status = NGX_ERROR;

    } else if (reply->type == REDIS_REPLY_ARRAY
               && reply->elements == call->items)
    {
        ngx_polycard_store_values(call, reply);
        ngx_polycard_error_clear(op->redis, "read a record");

    } else {
        ngx_polycard_store_mismatch(call, op, reply, "read a record");
    }

    /* the handler may give the call's memory back once op is NULL */

    call->index++;
    call->handler(call);
}


static void
ngx_polycard_store_values(ngx_polycard_store_call_t *call, redisReply *reply)
{
    size_t       i;
    redisReply  *element;

    call->status = NGX_DECLINED;

    for (i = 0; i < call->items; i++) {
        element = reply->element[i];

        if (element->type == REDIS_REPLY_STRING) {
            call->value[i + 1].data = (u_char *) element->str;
            call->value[i + 1].len = element->len;
            call->status = NGX_OK;

        } else {
            call->value[i + 1].data = NULL;
            call->value[i + 1].len = 0;
        }
    }
}


/*
 * What all replies have in common: the end of the operation, failures, and
 * errors that say that Redis cannot answer now.  NGX_OK: look at the reply.
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


ngx_int_t
ngx_polycard_store_find(ngx_polycard_store_call_t *call,
    const ngx_polycard_str_t *barcode)
{
    u_char             *p;
    size_t              len;
    ngx_str_t          *key;
    ngx_polycard_op_t  *op;

    key = &call->market->store->barcodes;

    op = ngx_polycard_store_op(call, 1, NGX_POLYCARD_COMMAND_HEAD
                               + ngx_polycard_command_size(4)
                               + ngx_polycard_command_size(
                                        key->len + NGX_POLYCARD_STORE_BUCKET)
                               + ngx_polycard_command_size(barcode->len),
                               ngx_polycard_store_find_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    len = ngx_min(barcode->len, NGX_POLYCARD_STORE_BUCKET);

    p = ngx_polycard_command_start(op->last, 3);
    p = ngx_polycard_command_arg(p, "HGET", 4);
    p = ngx_polycard_command_join(p, key, barcode->data + barcode->len - len,
                                  len);
    p = ngx_polycard_command_arg(p, barcode->data, barcode->len);

    ngx_polycard_op_add(op, p);

    return ngx_polycard_store_submit(call, op);
}


static void
ngx_polycard_store_find_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_polycard_store_call_t  *call;

    call = op->data;

    if (ngx_polycard_store_reply(call, op, reply, "find a card number")
        != NGX_OK)
    {
        call->handler(call);
        return;
    }

    switch (reply->type) {

    case REDIS_REPLY_STRING:
    case REDIS_REPLY_NIL:
    case REDIS_REPLY_ERROR:
        call->status = ngx_polycard_store_found(call, reply);
        ngx_polycard_error_clear(op->redis, "find a card number");
        break;

    default:
        ngx_polycard_store_mismatch(call, op, reply, "find a card number");
    }

    call->handler(call);
}


static ngx_int_t
ngx_polycard_store_found(ngx_polycard_store_call_t *call, redisReply *reply)
{
    ngx_polycard_str_t  phone;

    if (reply->type != REDIS_REPLY_STRING) {
        return NGX_DECLINED;
    }

    phone.data = (u_char *) reply->str;
    phone.len = reply->len;

    if (ngx_polycard_phone_check(&phone) != NGX_POLYCARD_OK) {
        return NGX_DECLINED;
    }

    call->phone.data = phone.data;
    call->phone.len = phone.len;

    return NGX_OK;
}


ngx_int_t
ngx_polycard_store_clients(ngx_polycard_store_call_t *call,
    const ngx_polycard_store_page_t *page)
{
    u_char             *p;
    ngx_str_t          *key;
    ngx_polycard_op_t  *op;

    key = &call->market->store->clients;

    op = ngx_polycard_store_op(call, 2, 2 * NGX_POLYCARD_COMMAND_HEAD
                               + 2 * ngx_polycard_command_size(key->len)
                               + 10 * ngx_polycard_command_size(
                                                             NGX_INT64_LEN),
                               ngx_polycard_store_list_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    p = ngx_polycard_command_start(op->last, 2);
    p = ngx_polycard_command_arg(p, "ZCARD", 5);
    p = ngx_polycard_command_arg(p, key->data, key->len);

    ngx_polycard_op_add(op, p);

    p = ngx_polycard_command_start(op->last, page->after ? 9 : 5);
    p = ngx_polycard_command_arg(p, "ZRANGE", 6);
    p = ngx_polycard_command_arg(p, key->data, key->len);

    if (page->after) {

        /* from the first position that is greater than the cursor */

        p = ngx_polycard_command_number(p, page->start + 1);
        p = ngx_polycard_command_arg(p, "+inf", 4);
        p = ngx_polycard_command_arg(p, "BYSCORE", 7);
        p = ngx_polycard_command_arg(p, "LIMIT", 5);
        p = ngx_polycard_command_arg(p, "0", 1);
        p = ngx_polycard_command_number(p, page->limit);

    } else {
        p = ngx_polycard_command_number(p, page->start);
        p = ngx_polycard_command_number(p, page->start + page->limit - 1);
    }

    p = ngx_polycard_command_arg(p, "WITHSCORES", 10);

    ngx_polycard_op_add(op, p);

    call->items = page->limit;

    return ngx_polycard_store_submit(call, op);
}


ngx_int_t
ngx_polycard_store_groups(ngx_polycard_store_call_t *call)
{
    u_char             *p;
    ngx_str_t          *key;
    ngx_polycard_op_t  *op;

    key = &call->market->store->groups;

    op = ngx_polycard_store_op(call, 1, NGX_POLYCARD_COMMAND_HEAD
                               + ngx_polycard_command_size(key->len)
                               + 4 * ngx_polycard_command_size(NGX_INT64_LEN),
                               ngx_polycard_store_list_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    p = ngx_polycard_command_start(op->last, 5);
    p = ngx_polycard_command_arg(p, "ZRANGE", 6);
    p = ngx_polycard_command_arg(p, key->data, key->len);
    p = ngx_polycard_command_number(p, 0);
    p = ngx_polycard_command_number(p, NGX_POLYCARD_STORE_GROUPS_MAX - 1);
    p = ngx_polycard_command_arg(p, "WITHSCORES", 10);

    ngx_polycard_op_add(op, p);

    call->items = NGX_POLYCARD_STORE_GROUPS_MAX;

    return ngx_polycard_store_submit(call, op);
}


/* the replies of ZCARD (kept for later) and ZRANGE ... WITHSCORES */

static void
ngx_polycard_store_list_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_polycard_store_call_t  *call;

    call = op->data;

    if (ngx_polycard_store_reply(call, op, reply, "read the index") != NGX_OK)
    {
        call->handler(call);
        return;
    }

    if (reply->type == REDIS_REPLY_INTEGER && op->left) {
        call->total = reply->integer;
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {

        /* WRONGTYPE: the market has something else under this key */

        ngx_polycard_error_log(op->redis, "read the index", reply);

        ngx_polycard_store_cancel(call);
        call->status = NGX_HTTP_SERVICE_UNAVAILABLE;

    } else if (op->left || reply->type != REDIS_REPLY_ARRAY
               || reply->elements % 2 || reply->elements / 2 > call->items)
    {
        ngx_polycard_store_mismatch(call, op, reply, "read the index");

    } else {
        ngx_polycard_error_clear(op->redis, "read the index");

        call->status = NGX_OK;
        call->list = reply;
        call->items = reply->elements / 2;
    }

    call->handler(call);
}


void
ngx_polycard_store_item(ngx_polycard_store_call_t *call, ngx_uint_t i,
    ngx_str_t *id, int64_t *position)
{
    redisReply  *member, *score;

    member = call->list->element[2 * i];
    score = call->list->element[2 * i + 1];

    ngx_str_null(id);
    *position = 0;

    if (member->type == REDIS_REPLY_STRING
        && score->type == REDIS_REPLY_STRING)
    {
        id->data = (u_char *) member->str;
        id->len = member->len;

        *position = ngx_polycard_store_position(score->str);
    }
}


/*
 * Ours are whole numbers from 1.  What somebody else has put between, before
 * or behind them must not lead a walk back to where it was.
 */

static int64_t
ngx_polycard_store_position(const char *score)
{
    double  n;

    n = strtod(score, NULL);

    if (n >= (double) NGX_POLYCARD_INTEGER_MAX) {
        return NGX_POLYCARD_INTEGER_MAX;
    }

    return (n > 0) ? (int64_t) n : 0;
}


void
ngx_polycard_store_cancel(ngx_polycard_store_call_t *call)
{
    if (call->op) {
        ngx_polycard_op_cancel(call->op);
        call->op = NULL;
    }
}
