
#include "office/answer.h"
#include "core/office_answer.h"


/* {"status":"OK", and what says why a record is not whole */
#define NGX_POLYCARD_OFFICE_HEAD                                              \
    sizeof("{\"status\":\"OK\",\"whole\":false,\"why\":\""                    \
           " is missing or cannot be read\",\"unreadable\":[],}")


static ngx_int_t ngx_polycard_office_answer_known(
    ngx_polycard_office_t *office, ngx_polycard_str_t *etag);
static u_char *ngx_polycard_office_print_flaws(u_char *p,
    ngx_polycard_str_t *missing, ngx_polycard_str_t *unreadable);
static u_char *ngx_polycard_office_print_names(u_char *p,
    ngx_polycard_str_t *names);
static ngx_int_t ngx_polycard_office_etag(ngx_polycard_office_t *office,
    ngx_polycard_str_t *etag);
static ngx_int_t ngx_polycard_office_answer_value(
    ngx_polycard_office_t *office, const ngx_polycard_attribute_t *a,
    ngx_polycard_str_t *value, redisReply *etag);
static ngx_int_t ngx_polycard_office_answer_ok(ngx_polycard_office_t *office);
static ngx_int_t ngx_polycard_office_send(ngx_polycard_office_t *office,
    u_char *start, u_char *p);


static const ngx_polycard_attribute_t  ngx_polycard_office_total = {
    ngx_polycard_string("total"), NGX_POLYCARD_TYPE_AMOUNT, 0
};


/* [phone or id, ETag, missing, unreadable, name, value, ...] */

ngx_int_t
ngx_polycard_office_answer_record(ngx_polycard_office_t *office,
    redisReply *reply)
{
    size_t                       size;
    u_char                      *p, *start;
    ngx_uint_t                   i, n;
    ngx_http_request_t          *r;
    ngx_polycard_str_t           etag, name, value, missing, unreadable;
    const ngx_polycard_table_t  *table;

    r = office->ctx.request;
    n = ngx_polycard_store_count(reply);

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 1), &etag);
    ngx_polycard_store_text(ngx_polycard_store_part(reply, 2), &missing);
    ngx_polycard_store_text(ngx_polycard_store_part(reply, 3), &unreadable);

    if (ngx_polycard_office_etag(office, &etag) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (r->headers_in.if_none_match) {
        name = ngx_polycard_str(&r->headers_in.if_none_match->value);

        if (ngx_polycard_office_has(&name, &etag)) {
            return ngx_polycard_office_answer_known(office, &etag);
        }
    }

    table = &ngx_polycard_group;

    if (ngx_polycard_office_of_client(office)) {
        ngx_polycard_office_client(&office->client);
        table = &office->client.table;
    }

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 0), &value);
    size = NGX_POLYCARD_OFFICE_HEAD + missing.len + 4 * unreadable.len
           + ngx_polycard_office_print_size(&table->attribute[0].name, &value);

    for (i = 4; i + 1 < n; i += 2) {
        ngx_polycard_store_text(ngx_polycard_store_part(reply, i), &name);
        ngx_polycard_store_text(ngx_polycard_store_part(reply, i + 1), &value);
        size += ngx_polycard_office_print_size(&name, &value);
    }

    start = ngx_pnalloc(r->pool, size);
    if (start == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    p = start;
    *p++ = '{';

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 0), &value);
    p = ngx_polycard_office_print(p, &table->attribute[0],
                                  &table->attribute[0].name, &value);

    for (i = 4; i + 1 < n; i += 2) {
        ngx_polycard_store_text(ngx_polycard_store_part(reply, i), &name);
        ngx_polycard_store_text(ngx_polycard_store_part(reply, i + 1), &value);

        p = ngx_polycard_office_print(p, ngx_polycard_office_named(table,
                                                                   &name),
                                      &name, &value);
    }

    p = ngx_polycard_office_print_flaws(p, &missing, &unreadable);

    return ngx_polycard_office_send(office, start, p);
}


static ngx_int_t
ngx_polycard_office_answer_known(ngx_polycard_office_t *office,
    ngx_polycard_str_t *etag)
{
    ngx_http_request_t  *r;

    r = office->ctx.request;

    r->headers_out.status = NGX_HTTP_NOT_MODIFIED;
    r->headers_out.content_length_n = -1;
    r->header_only = 1;

    return ngx_http_send_header(r);
}


static u_char *
ngx_polycard_office_print_flaws(u_char *p, ngx_polycard_str_t *missing,
    ngx_polycard_str_t *unreadable)
{
    if (missing->len == 0) {
        p = ngx_cpymem(p, "\"whole\":true,", 13);

    } else {
        p = ngx_cpymem(p, "\"whole\":false,\"why\":\"", 21);
        p = ngx_cpymem(p, missing->data, missing->len);
        p = ngx_cpymem(p, " is missing or cannot be read\",", 31);
    }

    return unreadable->len ? ngx_polycard_office_print_names(p, unreadable)
                           : p;
}


/* names of ours with spaces between them */

static u_char *
ngx_polycard_office_print_names(u_char *p, ngx_polycard_str_t *names)
{
    size_t  i;

    p = ngx_cpymem(p, "\"unreadable\":[\"", 15);

    for (i = 0; i < names->len; i++) {
        if (names->data[i] == ' ') {
            p = ngx_cpymem(p, "\",\"", 3);

        } else {
            *p++ = names->data[i];
        }
    }

    return ngx_cpymem(p, "\"],", 3);
}


/* [1 created or 0 changed, ETag, missing] */

ngx_int_t
ngx_polycard_office_answer_put(ngx_polycard_office_t *office,
    redisReply *reply)
{
    u_char              *p, *start;
    ngx_polycard_str_t   etag, missing, none;

    none.data = (u_char *) "";
    none.len = 0;

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 1), &etag);
    ngx_polycard_store_text(ngx_polycard_store_part(reply, 2), &missing);

    start = ngx_pnalloc(office->ctx.request->pool,
                        NGX_POLYCARD_OFFICE_HEAD + missing.len);

    if (start == NULL || ngx_polycard_office_etag(office, &etag) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (ngx_polycard_store_integer(ngx_polycard_store_part(reply, 0))) {
        office->ctx.status = NGX_HTTP_CREATED;
    }

    p = ngx_cpymem(start, "{\"status\":\"OK\",", 15);
    p = ngx_polycard_office_print_flaws(p, &missing, &none);

    return ngx_polycard_office_send(office, start, p);
}


ngx_int_t
ngx_polycard_office_answer_deleted(ngx_polycard_office_t *office,
    redisReply *reply)
{
    if (ngx_polycard_store_integer(reply) == 0) {
        return ngx_polycard_office_not_found(office);
    }

    return ngx_polycard_office_answer_ok(office);
}


ngx_int_t
ngx_polycard_office_answer_total(ngx_polycard_office_t *office,
    redisReply *reply)
{
    ngx_polycard_str_t  total;

    ngx_polycard_store_text(reply, &total);

    return ngx_polycard_office_answer_value(office, &ngx_polycard_office_total,
                                            &total, NULL);
}


ngx_int_t
ngx_polycard_office_answer_moved(ngx_polycard_office_t *office,
    redisReply *reply)
{
    return ngx_polycard_office_answer_value(office,
                                            &office->in.table->attribute[0],
                                            &office->in.value[0], reply);
}


/* [total or empty, ETag] */

ngx_int_t
ngx_polycard_office_answer_merged(ngx_polycard_office_t *office,
    redisReply *reply)
{
    ngx_polycard_str_t  total;

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 0), &total);

    return ngx_polycard_office_answer_value(office,
                           total.len ? &ngx_polycard_office_total : NULL,
                           &total, ngx_polycard_store_part(reply, 1));
}


/* [card number, ETag] */

ngx_int_t
ngx_polycard_office_answer_card(ngx_polycard_office_t *office,
    redisReply *reply)
{
    ngx_polycard_str_t  code;

    static const ngx_polycard_attribute_t  a = {
        ngx_polycard_string("code"), NGX_POLYCARD_TYPE_CARD, 0
    };

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 0), &code);

    return ngx_polycard_office_answer_value(office, &a, &code,
                                          ngx_polycard_store_part(reply, 1));
}


ngx_int_t
ngx_polycard_office_answer_closed(ngx_polycard_office_t *office,
    redisReply *reply)
{
    return ngx_polycard_office_answer_value(office, NULL, NULL, reply);
}


/* [1 deleted or 0 not there, entries removed, cursor] */

ngx_int_t
ngx_polycard_office_answer_forgotten(ngx_polycard_office_t *office,
    redisReply *reply)
{
    return ngx_polycard_office_answer_deleted(office,
                                          ngx_polycard_store_part(reply, 0));
}


/* {"status":"OK"}, with a value where a is one, and an ETag where there is
 * one */

static ngx_int_t
ngx_polycard_office_answer_value(ngx_polycard_office_t *office,
    const ngx_polycard_attribute_t *a, ngx_polycard_str_t *value,
    redisReply *etag)
{
    u_char              *p, *start;
    ngx_polycard_str_t   tag;

    if (etag) {
        ngx_polycard_store_text(etag, &tag);

        if (ngx_polycard_office_etag(office, &tag) != NGX_OK) {
            return NGX_HTTP_SERVICE_UNAVAILABLE;
        }
    }

    if (a == NULL) {
        return ngx_polycard_office_answer_ok(office);
    }

    start = ngx_pnalloc(office->ctx.request->pool, NGX_POLYCARD_OFFICE_HEAD
                        + ngx_polycard_office_print_size(&a->name, value));
    if (start == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    p = ngx_cpymem(start, "{\"status\":\"OK\",", 15);
    p = ngx_polycard_office_print(p, a, &a->name, value);

    return ngx_polycard_office_send(office, start, p);
}


static ngx_int_t
ngx_polycard_office_answer_ok(ngx_polycard_office_t *office)
{
    static u_char  ok[] = "{\"status\":\"OK\"}";

    return ngx_polycard_request_answer_bytes(&office->ctx, ok,
                                             ok + sizeof(ok) - 1);
}


/* the last comma becomes the brace */

static ngx_int_t
ngx_polycard_office_send(ngx_polycard_office_t *office, u_char *start,
    u_char *p)
{
    p[-1] = '}';

    return ngx_polycard_request_answer_bytes(&office->ctx, start, p);
}


static ngx_int_t
ngx_polycard_office_etag(ngx_polycard_office_t *office,
    ngx_polycard_str_t *etag)
{
    u_char  *value, *p;

    value = ngx_pnalloc(office->ctx.request->pool, etag->len + 2);
    if (value == NULL) {
        return NGX_ERROR;
    }

    p = value;
    *p++ = '"';
    p = ngx_cpymem(p, etag->data, etag->len);
    *p++ = '"';

    return ngx_polycard_request_header(office->ctx.request, "ETag", value,
                                       p - value);
}
