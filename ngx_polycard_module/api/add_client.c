
/* addClient: a card for a new client (contract, A1, B6, B8, B20) */


#include "http/body.h"
#include "api/service.h"
#include "http/issued.h"
#include "http/request.h"
#include "core/answer.h"


typedef struct {
    ngx_polycard_ctx_t           ctx;       /* first */
    ngx_polycard_body_e          type;
    ngx_polycard_input_t         in;
    ngx_polycard_store_added_t   added;
} ngx_polycard_add_client_t;


static ngx_int_t ngx_polycard_add_client_handler(ngx_http_request_t *r);
static void ngx_polycard_add_client_body(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_add_client_check(ngx_polycard_add_client_t *ac);
static void ngx_polycard_add_client_added(ngx_polycard_store_call_t *call);
static ngx_int_t ngx_polycard_add_client_answer(ngx_polycard_add_client_t *ac);


static const ngx_polycard_attribute_t  ngx_polycard_add_client_query[] = {
    NGX_POLYCARD_REQUEST_TOKEN
};


static const ngx_polycard_table_t  ngx_polycard_add_client_table = {
    ngx_polycard_add_client_query, 1
};


const ngx_polycard_service_t  ngx_polycard_add_client = {
    ngx_string("addClient"),
    NGX_POLYCARD_SERVICE_ADD_CLIENT,
    NGX_HTTP_POST,
    ngx_string("POST"),
    ngx_polycard_add_client_handler,
    1,
    offsetof(ngx_polycard_market_t, access),
    NGX_POLYCARD_SERVICE_TOKENS,
    0
};


static ngx_int_t
ngx_polycard_add_client_handler(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_polycard_ctx_t         *ctx;
    ngx_polycard_input_t        in;
    ngx_polycard_add_client_t  *ac;

    rc = ngx_polycard_request_begin(r, sizeof(ngx_polycard_add_client_t),
                                    &ctx, &in,
                                    &ngx_polycard_add_client_table);
    if (rc != NGX_OK) {
        return rc;
    }

    ac = (ngx_polycard_add_client_t *) ctx;

    ac->type = ngx_polycard_body_type(r);

    if (ac->type == NGX_POLYCARD_BODY_UNKNOWN
        || ac->type >= NGX_POLYCARD_BODY_PATCH)
    {
        return NGX_HTTP_UNSUPPORTED_MEDIA_TYPE;
    }

    if (r->headers_in.content_length_n > NGX_POLYCARD_BODY_MAX) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    return ngx_polycard_body_start(r, ngx_polycard_add_client_body);
}


static void
ngx_polycard_add_client_body(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    ngx_polycard_add_client_t  *ac;

    ac = ngx_http_get_module_ctx(r, ngx_polycard_module);

    rc = ngx_polycard_add_client_check(ac);

    if (rc == NGX_OK) {
        ngx_polycard_request_ask(&ac->ctx, &ac->added.call,
                                 ngx_polycard_add_client_added);

        rc = ngx_polycard_request_wait(&ac->ctx,
                    ngx_polycard_store_add_client(&ac->added, ac->in.value));
    }

    if (rc != NGX_DONE) {
        ngx_http_finalize_request(r, rc);
    }
}


static ngx_int_t
ngx_polycard_add_client_check(ngx_polycard_add_client_t *ac)
{
    ngx_int_t            rc;
    ngx_polycard_str_t  *phone, *barcode;

    rc = ngx_polycard_body_read(ac->ctx.request, ac->type, &ac->in);

    ac->ctx.phone = &ac->in.value[NGX_POLYCARD_CLIENT_PHONE];

    if (rc == NGX_HTTP_BAD_REQUEST) {
        return ngx_polycard_request_fail(&ac->ctx, rc, ac->in.error);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    /* the market issues the number: only the phone itself is accepted here */

    phone = &ac->in.value[NGX_POLYCARD_CLIENT_PHONE];
    barcode = &ac->in.value[NGX_POLYCARD_CLIENT_BARCODE];

    if (barcode->data && !ngx_polycard_str_is(barcode, phone)) {
        return ngx_polycard_request_fail(&ac->ctx, NGX_HTTP_BAD_REQUEST,
                           "barcode cannot be given: the market issues it");
    }

    barcode->data = NULL;
    barcode->len = 0;

    return NGX_OK;
}


static void
ngx_polycard_add_client_added(ngx_polycard_store_call_t *call)
{
    ngx_int_t                   rc;
    ngx_polycard_issued_t       issued;
    ngx_polycard_add_client_t  *ac;

    ac = call->data;

    rc = ngx_polycard_issued(ac->ctx.market, &ac->added, &issued);

    if (rc == NGX_OK) {
        rc = ngx_polycard_add_client_answer(ac);

    } else {
        ac->ctx.retry_after = issued.retry_after;
        rc = ngx_polycard_request_fail(&ac->ctx, rc, issued.error);
    }

    ngx_polycard_request_finish(&ac->ctx, rc);
}


static ngx_int_t
ngx_polycard_add_client_answer(ngx_polycard_add_client_t *ac)
{
    u_char  *p;

    p = ngx_pnalloc(ac->ctx.request->pool,
                    ngx_polycard_answer_ok_size(&ac->added.code));
    if (p == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    return ngx_polycard_request_answer_bytes(&ac->ctx, p,
                   ngx_polycard_answer_ok(p, ac->added.id, &ac->added.code));
}
