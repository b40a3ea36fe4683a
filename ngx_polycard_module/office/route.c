
/* The operation of a request to the office: path, method, query */


#include "office/office.h"
#include "core/number.h"
#include "http/tree.h"


enum {
    NGX_POLYCARD_OFFICE_QUERY_TOKEN = 0,
    NGX_POLYCARD_OFFICE_QUERY_BARCODE,
    NGX_POLYCARD_OFFICE_QUERY_AFTER,
    NGX_POLYCARD_OFFICE_QUERY_LIMIT,
    NGX_POLYCARD_OFFICE_QUERY_WAIT,
    NGX_POLYCARD_OFFICE_QUERY_OFFSET,
    NGX_POLYCARD_OFFICE_QUERY
};


/* the longest that a caller waits for a list, in seconds */
#define NGX_POLYCARD_OFFICE_WAIT   60

/* the most records of registered */
#define NGX_POLYCARD_OFFICE_LIMIT  100

/* limit must be 1 to N */
#define NGX_POLYCARD_OFFICE_ERROR  (32 + NGX_INT_T_LEN)


static ngx_int_t ngx_polycard_office_read_page(
    ngx_polycard_office_t *office, ngx_polycard_input_t *query,
    ngx_uint_t max);
static ngx_int_t ngx_polycard_office_bad_limit(ngx_polycard_office_t *office,
    ngx_uint_t max);
static ngx_int_t ngx_polycard_office_read_wait(
    ngx_polycard_office_t *office, ngx_polycard_str_t *wait);
static ngx_int_t ngx_polycard_office_choose(ngx_polycard_office_t *office,
    ngx_polycard_office_e resource);
static ngx_int_t ngx_polycard_office_check_id(ngx_polycard_office_t *office,
    ngx_polycard_office_e resource);


static const ngx_polycard_attribute_t  ngx_polycard_office_query[] = {
    NGX_POLYCARD_REQUEST_TOKEN,
    { ngx_polycard_string("barcode"), NGX_POLYCARD_TYPE_CARD, 0 },
    { ngx_polycard_string("after"), NGX_POLYCARD_TYPE_TEXT, 0 },
    { ngx_polycard_string("limit"), NGX_POLYCARD_TYPE_INTEGER, 0 },
    { ngx_polycard_string("wait"), NGX_POLYCARD_TYPE_INTEGER, 0 },
    { ngx_polycard_string("offset"), NGX_POLYCARD_TYPE_INTEGER, 0 }
};


const ngx_polycard_table_t  ngx_polycard_office_parameters = {
    ngx_polycard_office_query, NGX_POLYCARD_OFFICE_QUERY
};


ngx_int_t
ngx_polycard_office_route(ngx_polycard_office_t *office,
    ngx_polycard_input_t *query)
{
    ngx_int_t               rc;
    ngx_polycard_str_t      below;
    ngx_polycard_office_e   resource;

    below = ngx_polycard_tree_path(office->ctx.request);
    resource = ngx_polycard_office_find(&below, &office->act.id);

    office->act.barcode = query->value[NGX_POLYCARD_OFFICE_QUERY_BARCODE];

    if (resource == NGX_POLYCARD_OFFICE_CLIENTS && office->act.barcode.data) {
        resource = NGX_POLYCARD_OFFICE_BARCODE;
    }

    rc = ngx_polycard_office_choose(office, resource);

    if (rc != NGX_OK) {
        return rc;
    }

    switch (resource) {

    case NGX_POLYCARD_OFFICE_CLIENTS:
    case NGX_POLYCARD_OFFICE_GROUPS:
        return ngx_polycard_office_read_page(office, query,
                                             office->ctx.market->page_max);

    case NGX_POLYCARD_OFFICE_REGISTERED:
        return ngx_polycard_office_read_page(office, query,
                                             NGX_POLYCARD_OFFICE_LIMIT);

    default:
        return ngx_polycard_office_check_id(office, resource);
    }
}


/* a list's place and length, and how long to wait */

static ngx_int_t
ngx_polycard_office_read_page(ngx_polycard_office_t *office,
    ngx_polycard_input_t *query, ngx_uint_t max)
{
    int64_t              n;
    ngx_polycard_str_t  *limit;

    limit = &query->value[NGX_POLYCARD_OFFICE_QUERY_LIMIT];

    office->act.after = query->value[NGX_POLYCARD_OFFICE_QUERY_AFTER];
    office->act.limit = *limit;

    if (query->value[NGX_POLYCARD_OFFICE_QUERY_OFFSET].data) {
        return ngx_polycard_request_fail(&office->ctx, NGX_HTTP_BAD_REQUEST,
                                         "offset is not known here: use after");
    }

    n = ngx_min(office->ctx.market->page_default, max);

    if (limit->len
        && (ngx_polycard_number_parse_integer(limit, &n) != NGX_POLYCARD_OK
            || n < 1 || n > (int64_t) max))
    {
        return ngx_polycard_office_bad_limit(office, max);
    }

    if (office->act.operation->resource == NGX_POLYCARD_OFFICE_REGISTERED) {
        return ngx_polycard_office_read_wait(office,
                              &query->value[NGX_POLYCARD_OFFICE_QUERY_WAIT]);
    }

    return (ngx_polycard_office_list_open(&office->act, n) == NGX_OK)
           ? NGX_OK : NGX_HTTP_SERVICE_UNAVAILABLE;
}


static ngx_int_t
ngx_polycard_office_bad_limit(ngx_polycard_office_t *office, ngx_uint_t max)
{
    u_char  error[NGX_POLYCARD_OFFICE_ERROR];

    ngx_sprintf(error, "limit must be 1 to %ui%Z", max);

    return ngx_polycard_request_fail(&office->ctx, NGX_HTTP_BAD_REQUEST,
                                     (char *) error);
}


static ngx_int_t
ngx_polycard_office_read_wait(ngx_polycard_office_t *office,
    ngx_polycard_str_t *wait)
{
    int64_t  n;

    n = 0;

    if (wait->len
        && (ngx_polycard_number_parse_integer(wait, &n) != NGX_POLYCARD_OK
            || n > NGX_POLYCARD_OFFICE_WAIT))
    {
        return ngx_polycard_request_fail(&office->ctx, NGX_HTTP_BAD_REQUEST,
                                         "wait must be 0 to 60");
    }

    office->until = n ? ngx_current_msec + (ngx_msec_t) n * 1000 : 0;

    return NGX_OK;
}


/* 404 if there is no such resource, 405 with Allow for another method */

static ngx_int_t
ngx_polycard_office_choose(ngx_polycard_office_t *office,
    ngx_polycard_office_e resource)
{
    ngx_uint_t                              allowed;
    const ngx_polycard_office_operation_t  *o;

    allowed = 0;

    for (o = ngx_polycard_office_operations; o->methods; o++) {

        if (o->resource != resource) {
            continue;
        }

        if (o->methods & office->ctx.request->method) {
            office->act.operation = o;
            return NGX_OK;
        }

        allowed |= o->methods;
    }

    return ngx_polycard_tree_not_allowed(&office->ctx, allowed);
}


static ngx_int_t
ngx_polycard_office_check_id(ngx_polycard_office_t *office,
    ngx_polycard_office_e resource)
{
    int64_t      n;
    const char  *error;

    error = NULL;

    switch (resource) {

    case NGX_POLYCARD_OFFICE_BARCODE:

        if (office->act.barcode.len == 0) {
            error = "barcode is missing";
        }

        break;

    case NGX_POLYCARD_OFFICE_READ:
    case NGX_POLYCARD_OFFICE_BATCH:
        break;

    case NGX_POLYCARD_OFFICE_GROUP:

        if (ngx_polycard_number_parse_integer(&office->act.id, &n)
            != NGX_POLYCARD_OK)
        {
            error = "id must be a whole number";
        }

        break;

    default:
        office->ctx.phone = &office->act.id;

        if (ngx_polycard_phone_check(&office->act.id) != NGX_POLYCARD_OK) {
            error = "phone must be 380 and 9 digits";
        }
    }

    return error ? ngx_polycard_office_note(office, error) : NGX_OK;
}
