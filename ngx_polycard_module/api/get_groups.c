
/* getGroups: all loyalty groups, by id (contract, A1 and table 4) */


#include "api/page.h"
#include "api/service.h"


static ngx_int_t ngx_polycard_get_groups_handler(ngx_http_request_t *r);
static void ngx_polycard_get_groups_list(ngx_polycard_store_call_t *call);


static const ngx_polycard_attribute_t  ngx_polycard_get_groups_query[] = {
    NGX_POLYCARD_REQUEST_TOKEN
};


static const ngx_polycard_table_t  ngx_polycard_get_groups_table = {
    ngx_polycard_get_groups_query, 1
};


const ngx_polycard_service_t  ngx_polycard_get_groups = {
    ngx_string("getGroups"),
    NGX_POLYCARD_SERVICE_GET_GROUPS,
    NGX_HTTP_GET|NGX_HTTP_HEAD,
    ngx_string("GET, HEAD"),
    ngx_polycard_get_groups_handler,
    0,
    offsetof(ngx_polycard_market_t, access),
    NGX_POLYCARD_SERVICE_TOKENS,
    0
};


static ngx_int_t
ngx_polycard_get_groups_handler(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_polycard_ctx_t    *ctx;
    ngx_polycard_page_t   *page;
    ngx_polycard_input_t   in;

    rc = ngx_polycard_request_begin(r, sizeof(ngx_polycard_page_t), &ctx, &in,
                                    &ngx_polycard_get_groups_table);
    if (rc != NGX_OK) {
        return rc;
    }

    page = (ngx_polycard_page_t *) ctx;

    ngx_polycard_request_ask(ctx, &page->list.call,
                             ngx_polycard_get_groups_list);

    rc = ngx_polycard_request_wait(ctx,
                                ngx_polycard_store_list_groups(&page->list));

    if (rc == NGX_DONE) {
        r->main->count++;
    }

    return rc;
}


static void
ngx_polycard_get_groups_list(ngx_polycard_store_call_t *call)
{
    ngx_int_t             rc;
    ngx_polycard_page_t  *page;

    page = call->data;

    if (call->status != NGX_OK) {
        rc = ngx_polycard_request_fail_store(&page->ctx, call->status);
        ngx_polycard_request_finish(&page->ctx, rc);
        return;
    }

    ngx_polycard_page_start(page, &ngx_polycard_group);
}
