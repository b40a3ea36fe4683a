
/* The operation of a request to the office: path, method, query */


#include "office/office.h"
#include "core/number.h"
#include "core/query.h"
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

/* must be 1 to N */
#define NGX_POLYCARD_OFFICE_ERROR  (16 + NGX_INT_T_LEN)

#define NGX_POLYCARD_OFFICE_BIT(parameter)                                    \
    ((unsigned) 1 << NGX_POLYCARD_OFFICE_QUERY_##parameter)


static unsigned ngx_polycard_office_takes(ngx_polycard_office_e resource);
static ngx_int_t ngx_polycard_office_note_query(ngx_polycard_office_t *office,
    ngx_polycard_input_t *query);
static ngx_int_t ngx_polycard_office_read_page(
    ngx_polycard_office_t *office, ngx_polycard_input_t *query,
    ngx_uint_t max);
static void ngx_polycard_office_bad_limit(ngx_polycard_input_t *query,
    ngx_uint_t max);
static void ngx_polycard_office_read_wait(ngx_polycard_office_t *office,
    ngx_polycard_input_t *query);
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

    (void) ngx_polycard_query_check(query,
                                    ngx_polycard_office_takes(resource));

    switch (resource) {

    case NGX_POLYCARD_OFFICE_CLIENTS:
    case NGX_POLYCARD_OFFICE_GROUPS:
        rc = ngx_polycard_office_read_page(office, query,
                                           office->ctx.market->page_max);
        break;

    case NGX_POLYCARD_OFFICE_REGISTERED:
        rc = ngx_polycard_office_read_page(office, query,
                                           NGX_POLYCARD_OFFICE_LIMIT);
        break;

    default:
        rc = ngx_polycard_office_check_id(office, resource);
    }

    return (rc == NGX_OK) ? ngx_polycard_office_note_query(office, query) : rc;
}


/* bits of the parameters that there are */

static unsigned
ngx_polycard_office_takes(ngx_polycard_office_e resource)
{
    switch (resource) {

    case NGX_POLYCARD_OFFICE_CLIENTS:
    case NGX_POLYCARD_OFFICE_GROUPS:
        return NGX_POLYCARD_OFFICE_BIT(AFTER) | NGX_POLYCARD_OFFICE_BIT(LIMIT)
               | NGX_POLYCARD_OFFICE_BIT(OFFSET);

    case NGX_POLYCARD_OFFICE_REGISTERED:
        return NGX_POLYCARD_OFFICE_BIT(AFTER) | NGX_POLYCARD_OFFICE_BIT(LIMIT)
               | NGX_POLYCARD_OFFICE_BIT(OFFSET)
               | NGX_POLYCARD_OFFICE_BIT(WAIT);

    case NGX_POLYCARD_OFFICE_BARCODE:
        return NGX_POLYCARD_OFFICE_BIT(BARCODE);

    default:
        return 0;
    }
}


/* the query lies in memory that is gone when a body has been read */

static ngx_int_t
ngx_polycard_office_note_query(ngx_polycard_office_t *office,
    ngx_polycard_input_t *query)
{
    size_t  len;
    char   *error;

    if (query->error[0] == '\0') {
        return NGX_OK;
    }

    len = ngx_strlen(query->error) + 1;

    error = ngx_pnalloc(office->act.pool, len);
    if (error == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    ngx_memcpy(error, query->error, len);

    return ngx_polycard_office_note(office, error);
}


/* a list's place and length, and how long to wait; query may say what is
 * wrong */

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
        (void) ngx_polycard_input_fail(query,
                                       NGX_POLYCARD_OFFICE_QUERY_OFFSET,
                                       "is not known here: use after");
    }

    n = ngx_min(office->ctx.market->page_default, max);

    if (limit->len
        && (ngx_polycard_number_parse_integer(limit, &n) != NGX_POLYCARD_OK
            || n < 1 || n > (int64_t) max))
    {
        ngx_polycard_office_bad_limit(query, max);
        return NGX_OK;
    }

    if (office->act.operation->resource == NGX_POLYCARD_OFFICE_REGISTERED) {
        ngx_polycard_office_read_wait(office, query);
        return NGX_OK;
    }

    return (ngx_polycard_office_list_open(&office->act, n) == NGX_OK)
           ? NGX_OK : NGX_HTTP_SERVICE_UNAVAILABLE;
}


static void
ngx_polycard_office_bad_limit(ngx_polycard_input_t *query, ngx_uint_t max)
{
    u_char  error[NGX_POLYCARD_OFFICE_ERROR];

    ngx_sprintf(error, "must be 1 to %ui%Z", max);

    (void) ngx_polycard_input_fail(query, NGX_POLYCARD_OFFICE_QUERY_LIMIT,
                                   (char *) error);
}


static void
ngx_polycard_office_read_wait(ngx_polycard_office_t *office,
    ngx_polycard_input_t *query)
{
    int64_t              n;
    ngx_polycard_str_t  *wait;

    n = 0;
    wait = &query->value[NGX_POLYCARD_OFFICE_QUERY_WAIT];

    if (wait->len
        && (ngx_polycard_number_parse_integer(wait, &n) != NGX_POLYCARD_OK
            || n > NGX_POLYCARD_OFFICE_WAIT))
    {
        (void) ngx_polycard_input_fail(query, NGX_POLYCARD_OFFICE_QUERY_WAIT,
                                       "must be 0 to 60");
        return;
    }

    office->until = n ? ngx_current_msec + (ngx_msec_t) n * 1000 : 0;
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
