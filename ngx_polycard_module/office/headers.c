
/* The headers of a request to the office */


#include "office/office.h"
#include "http/tree.h"


static ngx_int_t ngx_polycard_office_set_condition(
    ngx_polycard_office_t *office);
static ngx_int_t ngx_polycard_office_set_key(ngx_polycard_office_t *office);


ngx_int_t
ngx_polycard_office_headers(ngx_polycard_office_t *office)
{
    ngx_int_t  rc;

    rc = ngx_polycard_tree_check_origin(&office->ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_polycard_office_set_condition(office);

    return (rc == NGX_OK) ? ngx_polycard_office_set_key(office) : rc;
}


static ngx_int_t
ngx_polycard_office_set_condition(ngx_polycard_office_t *office)
{
    u_char              *end;
    ngx_http_request_t  *r;
    ngx_polycard_str_t   match, none;

    r = office->ctx.request;

    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
        return NGX_OK;
    }

    if ((r->headers_in.if_match || r->headers_in.if_none_match)
        && !office->act.operation->condition)
    {
        return ngx_polycard_office_note(office, "If-Match is not known here");
    }

    if (r->headers_in.if_match) {
        match = ngx_polycard_str(&r->headers_in.if_match->value);
    }

    if (r->headers_in.if_none_match) {
        none = ngx_polycard_str(&r->headers_in.if_none_match->value);
    }

    end = ngx_polycard_office_condition(office->room,
                                  r->headers_in.if_match ? &match : NULL,
                                  r->headers_in.if_none_match ? &none : NULL);
    if (end == NULL) {
        return ngx_polycard_office_note(office,
                        "If-Match takes ETags or *, If-None-Match only *");
    }

    office->act.condition.data = office->room;
    office->act.condition.len = end - office->room;

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_office_set_key(ngx_polycard_office_t *office)
{
    ngx_uint_t          n;
    ngx_polycard_str_t  key;

    /* what only reads may have any */

    if (office->act.operation->methods & NGX_HTTP_GET) {
        return NGX_OK;
    }

    n = ngx_polycard_tree_header(office->ctx.request, "Idempotency-Key",
                                 &office->act.key);

    if (n == 0) {
        return NGX_OK;
    }

    /* whoever sends it counts on it */

    if (office->act.operation->resource == NGX_POLYCARD_OFFICE_READ) {
        return ngx_polycard_office_note(office,
                                        "Idempotency-Key is not known here");
    }

    if (n > 1 || office->act.key.len == 0) {
        return ngx_polycard_office_note(office,
                        "Idempotency-Key is empty or given twice");
    }

    key = ngx_polycard_str(&office->act.key);

    return (ngx_polycard_office_check_key(&key) == NGX_POLYCARD_OK)
           ? NGX_OK
           : ngx_polycard_office_note(office, NGX_POLYCARD_OFFICE_KEY_ERROR);
}
