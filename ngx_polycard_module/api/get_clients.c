
/* getClients: a page of all clients, for synchronisation (A1 and B9) */


#include "api/page.h"
#include "api/service.h"
#include "core/number.h"
#include "http/list.h"


enum {
    NGX_POLYCARD_GET_CLIENTS_TOKEN = 0,
    NGX_POLYCARD_GET_CLIENTS_OFFSET,
    NGX_POLYCARD_GET_CLIENTS_LIMIT,
    NGX_POLYCARD_GET_CLIENTS_AFTER
};


typedef struct {
    ngx_polycard_page_t         page;      /* first */
    ngx_polycard_store_page_t   where;
} ngx_polycard_get_clients_t;


static ngx_int_t ngx_polycard_get_clients_handler(ngx_http_request_t *r);
static const char *ngx_polycard_get_clients_where(
    ngx_polycard_get_clients_t *gc, ngx_polycard_input_t *in);
static void ngx_polycard_get_clients_list(ngx_polycard_store_call_t *call);
static ngx_int_t ngx_polycard_get_clients_headers(
    ngx_polycard_get_clients_t *gc);


static const ngx_polycard_attribute_t  ngx_polycard_get_clients_query[] = {
    NGX_POLYCARD_REQUEST_TOKEN,
    { ngx_polycard_string("offset"), NGX_POLYCARD_TYPE_INTEGER, 0 },
    { ngx_polycard_string("limit"), NGX_POLYCARD_TYPE_INTEGER, 0 },
    { ngx_polycard_string("after"), NGX_POLYCARD_TYPE_INTEGER, 0 }
};


static const ngx_polycard_table_t  ngx_polycard_get_clients_table = {
    ngx_polycard_get_clients_query, 4
};


const ngx_polycard_service_t  ngx_polycard_get_clients = {
    ngx_string("getClients"),
    NGX_POLYCARD_SERVICE_GET_CLIENTS,
    NGX_HTTP_GET|NGX_HTTP_HEAD,
    ngx_string("GET, HEAD"),
    ngx_polycard_get_clients_handler,
    0,
    offsetof(ngx_polycard_market_t, access),
    NGX_POLYCARD_SERVICE_TOKENS,
    0
};


static ngx_int_t
ngx_polycard_get_clients_handler(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    const char                  *error;
    ngx_polycard_ctx_t          *ctx;
    ngx_polycard_input_t         in;
    ngx_polycard_get_clients_t  *gc;

    rc = ngx_polycard_request_begin(r, sizeof(ngx_polycard_get_clients_t),
                                    &ctx, &in,
                                    &ngx_polycard_get_clients_table);
    if (rc != NGX_OK) {
        return rc;
    }

    gc = (ngx_polycard_get_clients_t *) ctx;

    error = ngx_polycard_get_clients_where(gc, &in);

    if (error) {
        return ngx_polycard_request_fail(ctx, NGX_HTTP_BAD_REQUEST, error);
    }

    ngx_polycard_request_ask(ctx, &gc->page.list.call,
                             ngx_polycard_get_clients_list);

    rc = ngx_polycard_request_wait(ctx,
                                   ngx_polycard_store_list_clients(
                                             &gc->page.list, &gc->where));

    if (rc == NGX_DONE) {
        r->main->count++;
    }

    return rc;
}


/* NULL, or the error in offset, limit or after */

static const char *
ngx_polycard_get_clients_where(ngx_polycard_get_clients_t *gc,
    ngx_polycard_input_t *in)
{
    int64_t                 n;
    ngx_polycard_str_t     *offset, *limit, *after;
    ngx_polycard_market_t  *market;

    market = gc->page.ctx.market;

    offset = &in->value[NGX_POLYCARD_GET_CLIENTS_OFFSET];
    limit = &in->value[NGX_POLYCARD_GET_CLIENTS_LIMIT];
    after = &in->value[NGX_POLYCARD_GET_CLIENTS_AFTER];

    if (offset->data && after->data) {
        return "offset and after are both given";
    }

    gc->where.limit = market->page_default;

    if (limit->data) {
        if (ngx_polycard_number_parse_integer(limit, &n) != NGX_POLYCARD_OK
            || n == 0)
        {
            return "limit must be a whole number from 1";
        }

        if (n > (int64_t) market->page_max) {
            return "limit is too great";
        }

        gc->where.limit = n;
    }

    if (offset->data
        && ngx_polycard_number_parse_integer(offset, &gc->where.start)
           != NGX_POLYCARD_OK)
    {
        return "offset must be a whole number from 0";
    }

    if (after->data) {
        gc->where.after = 1;

        if (ngx_polycard_number_parse_integer(after, &gc->where.start)
            != NGX_POLYCARD_OK)
        {
            return "after must be a cursor of an earlier page";
        }
    }

    return NULL;
}


static void
ngx_polycard_get_clients_list(ngx_polycard_store_call_t *call)
{
    ngx_int_t                    rc;
    ngx_polycard_get_clients_t  *gc;

    gc = call->data;

    if (call->status != NGX_OK) {
        rc = ngx_polycard_request_fail_store(&gc->page.ctx, call->status);
        ngx_polycard_request_finish(&gc->page.ctx, rc);
        return;
    }

    if (ngx_polycard_get_clients_headers(gc) != NGX_OK) {
        ngx_polycard_request_finish(&gc->page.ctx,
                                    NGX_HTTP_SERVICE_UNAVAILABLE);
        return;
    }

    ngx_polycard_page_start(&gc->page, &ngx_polycard_client);
}


/*
 * A page at the end has a next one, too, which is empty until clients are
 * added; that one has none.
 */

static ngx_int_t
ngx_polycard_get_clients_headers(ngx_polycard_get_clients_t *gc)
{
    int64_t                     position;
    ngx_str_t                   id;
    ngx_polycard_store_list_t  *list;

    list = &gc->page.list;
    position = NGX_POLYCARD_INTEGER_MAX;

    if (list->items) {
        ngx_polycard_store_list_item(list, list->items - 1, &id, &position);
    }

    return ngx_polycard_list_headers(gc->page.ctx.request, list->total,
                                     position == NGX_POLYCARD_INTEGER_MAX
                                     ? -1 : position,
                                     gc->where.limit);
}
