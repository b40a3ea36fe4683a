
#include "office/answer.h"
#include "core/number.h"
#include "core/office_answer.h"


static ngx_int_t ngx_polycard_office_etag(ngx_polycard_office_act_t *act,
    ngx_polycard_str_t *etag);
static ngx_int_t ngx_polycard_office_answer_value(
    ngx_polycard_office_act_t *act, const ngx_polycard_attribute_t *a,
    ngx_polycard_str_t *value, ngx_polycard_str_t *etag);
static ngx_int_t ngx_polycard_office_answer_sum(
    ngx_polycard_office_act_t *act, ngx_polycard_str_t *total,
    ngx_polycard_str_t *etag);
static ngx_int_t ngx_polycard_office_answer_ok(ngx_polycard_office_act_t *act);
static ngx_int_t ngx_polycard_office_answer_json(ngx_polycard_office_act_t *act,
    u_char *start, u_char *p);


static const ngx_polycard_attribute_t  ngx_polycard_office_total = {
    ngx_polycard_string("total"), NGX_POLYCARD_TYPE_AMOUNT, 0
};

static const ngx_polycard_attribute_t  ngx_polycard_office_code = {
    ngx_polycard_string("code"), NGX_POLYCARD_TYPE_CARD, 0
};


/* [phone or id, ETag, ...] */

ngx_int_t
ngx_polycard_office_answer_record(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    u_char                      *p, *start;
    ngx_polycard_str_t           etag;
    const ngx_polycard_table_t  *table;

    table = ngx_polycard_office_table(act);

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 1), &etag);

    start = ngx_pnalloc(act->pool,
                        ngx_polycard_office_record_size(table, reply));

    if (start == NULL || ngx_polycard_office_etag(act, &etag) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    p = ngx_polycard_office_print_record(start, table, reply, 0);

    act->json.data = start;
    act->json.len = p - 1 - start;

    return NGX_OK;
}


/* [1 created or 0 changed, ETag, missing] */

ngx_int_t
ngx_polycard_office_answer_put(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    u_char              *p, *start;
    ngx_polycard_str_t   etag, missing, none;

    none.data = (u_char *) "";
    none.len = 0;

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 1), &etag);
    ngx_polycard_store_text(ngx_polycard_store_part(reply, 2), &missing);

    start = ngx_pnalloc(act->pool,
                        NGX_POLYCARD_OFFICE_HEAD + missing.len);

    if (start == NULL || ngx_polycard_office_etag(act, &etag) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (ngx_polycard_store_integer(ngx_polycard_store_part(reply, 0))) {
        act->status = NGX_HTTP_CREATED;
    }

    p = ngx_cpymem(start, "{\"status\":\"OK\",", 15);
    p = ngx_polycard_office_print_flaws(p, &missing, &none);

    return ngx_polycard_office_answer_json(act, start, p);
}


ngx_int_t
ngx_polycard_office_answer_deleted(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    if (ngx_polycard_store_integer(reply) == 0) {
        return ngx_polycard_office_not_found(act);
    }

    return ngx_polycard_office_answer_ok(act);
}


ngx_int_t
ngx_polycard_office_answer_total(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    ngx_polycard_str_t  total;

    ngx_polycard_store_text(reply, &total);

    return ngx_polycard_office_answer_sum(act, &total, NULL);
}


ngx_int_t
ngx_polycard_office_answer_moved(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    ngx_polycard_str_t  etag;

    ngx_polycard_store_text(reply, &etag);

    return ngx_polycard_office_answer_value(act,
                                            &act->in.table->attribute[0],
                                            &act->in.value[0], &etag);
}


/* [total or empty, ETag] */

ngx_int_t
ngx_polycard_office_answer_merged(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    ngx_polycard_str_t  total, etag;

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 0), &total);
    ngx_polycard_store_text(ngx_polycard_store_part(reply, 1), &etag);

    return total.len ? ngx_polycard_office_answer_sum(act, &total, &etag)
                     : ngx_polycard_office_answer_value(act, NULL, NULL,
                                                        &etag);
}


/* [card number, ETag] */

ngx_int_t
ngx_polycard_office_answer_card(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    ngx_polycard_str_t  code, etag;

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 0), &code);
    ngx_polycard_store_text(ngx_polycard_store_part(reply, 1), &etag);

    return ngx_polycard_office_answer_value(act, &ngx_polycard_office_code,
                                            &code, &etag);
}


ngx_int_t
ngx_polycard_office_answer_issued(ngx_polycard_office_act_t *act)
{
    ngx_polycard_str_t  etag;

    etag = act->added.etag;

    return ngx_polycard_office_answer_value(act, &ngx_polycard_office_code,
                                            &act->added.code, &etag);
}


ngx_int_t
ngx_polycard_office_answer_closed(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    ngx_polycard_str_t  etag;

    ngx_polycard_store_text(reply, &etag);

    return ngx_polycard_office_answer_value(act, NULL, NULL, &etag);
}


/* [1 deleted or 0 not there, entries removed, cursor] */

ngx_int_t
ngx_polycard_office_answer_forgotten(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    return ngx_polycard_office_answer_deleted(act,
                                          ngx_polycard_store_part(reply, 0));
}


/* of a reply without one it is unknown what was done */

static ngx_int_t
ngx_polycard_office_answer_sum(ngx_polycard_office_act_t *act,
    ngx_polycard_str_t *total, ngx_polycard_str_t *etag)
{
    int64_t  n;

    if (ngx_polycard_number_parse_amount(total, &n) != NGX_POLYCARD_OK) {
        act->error = ngx_polycard_request_store_error(
                                                NGX_HTTP_SERVICE_UNAVAILABLE);
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    return ngx_polycard_office_answer_value(act, &ngx_polycard_office_total,
                                            total, etag);
}


/* {"status":"OK"}, with a value if a is one, and an ETag if there is one */

static ngx_int_t
ngx_polycard_office_answer_value(ngx_polycard_office_act_t *act,
    const ngx_polycard_attribute_t *a, ngx_polycard_str_t *value,
    ngx_polycard_str_t *etag)
{
    u_char  *p, *start;

    if (etag && ngx_polycard_office_etag(act, etag) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (a == NULL) {
        return ngx_polycard_office_answer_ok(act);
    }

    start = ngx_pnalloc(act->pool, NGX_POLYCARD_OFFICE_HEAD
                        + ngx_polycard_office_print_size(&a->name, value));
    if (start == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    p = ngx_cpymem(start, "{\"status\":\"OK\",", 15);
    p = ngx_polycard_office_print(p, a, &a->name, value);

    return ngx_polycard_office_answer_json(act, start, p);
}


static ngx_int_t
ngx_polycard_office_answer_ok(ngx_polycard_office_act_t *act)
{
    ngx_str_set(&act->json, "{\"status\":\"OK\"}");

    return NGX_OK;
}


/* the last comma becomes the brace */

static ngx_int_t
ngx_polycard_office_answer_json(ngx_polycard_office_act_t *act, u_char *start,
    u_char *p)
{
    p[-1] = '}';

    act->json.data = start;
    act->json.len = p - start;

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_office_etag(ngx_polycard_office_act_t *act,
    ngx_polycard_str_t *etag)
{
    u_char  *value, *p;

    value = ngx_pnalloc(act->pool, etag->len + 2);
    if (value == NULL) {
        return NGX_ERROR;
    }

    p = value;
    *p++ = '"';
    p = ngx_cpymem(p, etag->data, etag->len);
    *p++ = '"';

    act->etag.data = value;
    act->etag.len = p - value;

    return NGX_OK;
}
