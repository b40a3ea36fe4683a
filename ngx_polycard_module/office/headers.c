
/* The headers of a request to the office */


#include "office/office.h"
#include "http/tree.h"


static ngx_int_t ngx_polycard_office_set_condition(
    ngx_polycard_office_t *office);
static ngx_int_t ngx_polycard_office_set_key(ngx_polycard_office_t *office);
static ngx_int_t ngx_polycard_office_bad_key(ngx_polycard_office_t *office);


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

    n = ngx_polycard_tree_header(office->ctx.request, "Idempotency-Key",
                                 &office->act.key);

    if (n == 0) {
        return NGX_OK;
    }

    if (office->act.operation->resource != NGX_POLYCARD_OFFICE_BONUS) {
        return ngx_polycard_office_bad_key(office);
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


/*
 * Whoever sends it counts on it: that a card is given once, or that a change
 * sent late does not undo a newer one.  What only reads may have any.
 */

static ngx_int_t
ngx_polycard_office_bad_key(ngx_polycard_office_t *office)
{
    const ngx_polycard_office_operation_t  *operation;

    operation = office->act.operation;

    if (operation->methods & NGX_HTTP_GET) {
        return NGX_OK;
    }

    if (operation->body == NGX_POLYCARD_OFFICE_LINES) {
        return ngx_polycard_office_note(office,
                  "Idempotency-Key is not known here: a line has its key");
    }

    return ngx_polycard_office_note(office, operation->condition
                        ? "Idempotency-Key is not known here: use If-Match"
                        : "Idempotency-Key is not known here");
}
