
/* the indexes: card numbers, pages of clients, groups */


#include "redis/error.h"
#include "redis/store_internal.h"


#define NGX_POLYCARD_STORE_GROUPS_MAX  10000

/* the index of card numbers is split by the last bytes of the number */
#define NGX_POLYCARD_STORE_BUCKET      3


static void ngx_polycard_store_find_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static ngx_int_t ngx_polycard_store_found(ngx_polycard_store_owner_t *owner,
    redisReply *reply);
static void ngx_polycard_store_list_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static int64_t ngx_polycard_store_position(const char *score);


ngx_int_t
ngx_polycard_store_find_owner(ngx_polycard_store_owner_t *owner,
    const ngx_polycard_str_t *barcode)
{
    u_char             *p;
    size_t              len;
    ngx_str_t          *key;
    ngx_polycard_op_t  *op;

    key = &owner->call.market->store->barcodes;

    op = ngx_polycard_store_op(&owner->call, NGX_POLYCARD_REDIS_READS,
                               NGX_POLYCARD_COMMAND_HEAD
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

    return ngx_polycard_store_submit(&owner->call, op);
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
        call->status = ngx_polycard_store_found(op->data, reply);
        ngx_polycard_error_clear(op->redis, "find a card number");
        break;

    default:
        ngx_polycard_store_mismatch(call, op, reply, "find a card number");
    }

    call->handler(call);
}


static ngx_int_t
ngx_polycard_store_found(ngx_polycard_store_owner_t *owner, redisReply *reply)
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

    owner->phone.data = phone.data;
    owner->phone.len = phone.len;

    return NGX_OK;
}


ngx_int_t
ngx_polycard_store_list_clients(ngx_polycard_store_list_t *list,
    const ngx_polycard_store_page_t *page)
{
    u_char             *p;
    ngx_str_t          *key;
    ngx_polycard_op_t  *op;

    key = &list->call.market->store->clients;

    op = ngx_polycard_store_op(&list->call, NGX_POLYCARD_REDIS_READS,
                               2 * NGX_POLYCARD_COMMAND_HEAD
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

    list->items = page->limit;

    return ngx_polycard_store_submit(&list->call, op);
}


ngx_int_t
ngx_polycard_store_list_groups(ngx_polycard_store_list_t *list)
{
    u_char             *p;
    ngx_str_t          *key;
    ngx_polycard_op_t  *op;

    key = &list->call.market->store->groups;

    op = ngx_polycard_store_op(&list->call, NGX_POLYCARD_REDIS_READS,
                               NGX_POLYCARD_COMMAND_HEAD
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

    list->items = NGX_POLYCARD_STORE_GROUPS_MAX;

    return ngx_polycard_store_submit(&list->call, op);
}


/* the replies of ZCARD (kept for later) and ZRANGE ... WITHSCORES */

static void
ngx_polycard_store_list_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_polycard_store_call_t  *call;
    ngx_polycard_store_list_t  *list;

    call = op->data;
    list = op->data;

    if (ngx_polycard_store_reply(call, op, reply, "read the index") != NGX_OK)
    {
        call->handler(call);
        return;
    }

    if (reply->type == REDIS_REPLY_INTEGER && reply->integer >= 0 && op->left)
    {
        list->total = reply->integer;
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {

        /* WRONGTYPE: the key is not an index */

        ngx_polycard_error_log(op->redis, "read the index", reply);

        ngx_polycard_store_cancel(call);
        call->status = NGX_HTTP_SERVICE_UNAVAILABLE;

    } else if (op->left || reply->type != REDIS_REPLY_ARRAY
               || reply->elements % 2 || reply->elements / 2 > list->items)
    {
        ngx_polycard_store_mismatch(call, op, reply, "read the index");

    } else {
        ngx_polycard_error_clear(op->redis, "read the index");

        call->status = NGX_OK;
        list->ids = reply;
        list->items = reply->elements / 2;
    }

    call->handler(call);
}


void
ngx_polycard_store_list_item(ngx_polycard_store_list_t *list, ngx_uint_t i,
    ngx_str_t *id, int64_t *position)
{
    redisReply  *member, *score;

    member = list->ids->element[2 * i];
    score = list->ids->element[2 * i + 1];

    ngx_str_null(id);

    if (position) {
        *position = 0;
    }

    if (member->type == REDIS_REPLY_STRING
        && score->type == REDIS_REPLY_STRING)
    {
        id->data = (u_char *) member->str;
        id->len = member->len;

        if (position) {
            *position = ngx_polycard_store_position(score->str);
        }
    }
}


/*
 * Those of the module are whole numbers from 1.  Scores that somebody else has
 * put in between must not lead a reader back to an earlier place.
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
