
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
    NGX_POLYCARD_OFFICE_QUERY
};


/* the longest that a caller waits for a list, in seconds */
#define NGX_POLYCARD_OFFICE_WAIT   60

/* the longest list */
#define NGX_POLYCARD_OFFICE_LIMIT  100


static const char *ngx_polycard_office_check_page(
    ngx_polycard_office_t *office, ngx_polycard_input_t *query);
static ngx_int_t ngx_polycard_office_choose(ngx_polycard_office_t *office,
    ngx_polycard_office_e resource);
static ngx_int_t ngx_polycard_office_check_id(ngx_polycard_office_t *office,
    ngx_polycard_office_e resource);


static const ngx_polycard_attribute_t  ngx_polycard_office_query[] = {
    NGX_POLYCARD_REQUEST_TOKEN,
    { ngx_polycard_string("barcode"), NGX_POLYCARD_TYPE_CARD, 0 },
    { ngx_polycard_string("after"), NGX_POLYCARD_TYPE_TEXT, 0 },
    { ngx_polycard_string("limit"), NGX_POLYCARD_TYPE_INTEGER, 0 },
    { ngx_polycard_string("wait"), NGX_POLYCARD_TYPE_INTEGER, 0 }
};


const ngx_polycard_table_t  ngx_polycard_office_parameters = {
    ngx_polycard_office_query, NGX_POLYCARD_OFFICE_QUERY
};


ngx_int_t
ngx_polycard_office_route(ngx_polycard_office_t *office,
    ngx_polycard_input_t *query)
{
    const char             *error;
    ngx_int_t               rc;
    ngx_polycard_str_t      below;
    ngx_polycard_office_e   resource;

    below = ngx_polycard_tree_path(office->ctx.request);
    resource = ngx_polycard_office_find(&below, &office->act.id);

    office->act.barcode = query->value[NGX_POLYCARD_OFFICE_QUERY_BARCODE];

    rc = ngx_polycard_office_choose(office, resource);

    error = ngx_polycard_office_check_page(office, query);

    if (rc == NGX_OK && error) {
        return ngx_polycard_request_fail(&office->ctx, NGX_HTTP_BAD_REQUEST,
                                         error);
    }

    return (rc == NGX_OK) ? ngx_polycard_office_check_id(office, resource)
                          : rc;
}


/* NULL, or what is wrong with a list's place and length, or how long to wait */

static const char *
ngx_polycard_office_check_page(ngx_polycard_office_t *office,
    ngx_polycard_input_t *query)
{
    int64_t              n;
    ngx_polycard_str_t  *wait;

    wait = &query->value[NGX_POLYCARD_OFFICE_QUERY_WAIT];

    office->act.after = query->value[NGX_POLYCARD_OFFICE_QUERY_AFTER];
    office->act.limit = query->value[NGX_POLYCARD_OFFICE_QUERY_LIMIT];

    if (office->act.limit.len
        && (ngx_polycard_number_parse_integer(&office->act.limit, &n)
            != NGX_POLYCARD_OK
            || n < 1 || n > NGX_POLYCARD_OFFICE_LIMIT))
    {
        return "limit must be 1 to 100";
    }

    if (wait->len == 0) {
        return NULL;
    }

    if (ngx_polycard_number_parse_integer(wait, &n) != NGX_POLYCARD_OK
        || n > NGX_POLYCARD_OFFICE_WAIT)
    {
        return "wait must be 0 to 60";
    }

    office->until = n ? ngx_current_msec + (ngx_msec_t) n * 1000 : 0;

    return NULL;
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

    case NGX_POLYCARD_OFFICE_CLIENTS:

        if (office->act.barcode.len == 0) {
            error = "barcode is missing";
        }

        break;

    case NGX_POLYCARD_OFFICE_GROUPS:
    case NGX_POLYCARD_OFFICE_REGISTERED:
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

    return error ? ngx_polycard_request_fail(&office->ctx,
                                             NGX_HTTP_BAD_REQUEST, error)
                 : NGX_OK;
}
