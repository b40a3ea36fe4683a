
/* addClient: a card for a new client (contract, A1, B6, B8, B20) */


#include "http/body.h"
#include "api/service.h"
#include "http/request.h"
#include "core/answer.h"


#define NGX_POLYCARD_ADD_CLIENT_NUMBERS_RETRY   60
#define NGX_POLYCARD_ADD_CLIENT_SYNCING_RETRY   5
#define NGX_POLYCARD_ADD_CLIENT_LOST_RETRY      60

/* seconds between two lines about the pool */
#define NGX_POLYCARD_ADD_CLIENT_UNFIT           60


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
static ngx_int_t ngx_polycard_add_client_result(ngx_polycard_add_client_t *ac);
static void ngx_polycard_add_client_unfit(ngx_polycard_market_t *market,
    int64_t unfit);
static ngx_int_t ngx_polycard_add_client_no_cards(
    ngx_polycard_add_client_t *ac);
static ngx_int_t ngx_polycard_add_client_no_ids(ngx_polycard_add_client_t *ac);
static unsigned ngx_polycard_add_client_withhold(
    ngx_polycard_add_client_t *ac);
static void ngx_polycard_add_client_resume(ngx_polycard_market_t *market);
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
        || ac->type == NGX_POLYCARD_BODY_PATCH)
    {
        return NGX_HTTP_UNSUPPORTED_MEDIA_TYPE;
    }

    if (r->headers_in.content_length_n > NGX_POLYCARD_BODY_MAX) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_polycard_add_client_body);

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
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

    /* the market issues the number: only the phone itself may stand here */

    phone = &ac->in.value[NGX_POLYCARD_CLIENT_PHONE];
    barcode = &ac->in.value[NGX_POLYCARD_CLIENT_BARCODE];

    if (barcode->data
        && (barcode->len != phone->len
            || ngx_memcmp(barcode->data, phone->data, phone->len) != 0))
    {
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
    ngx_polycard_add_client_t  *ac;

    ac = call->data;

    if (ac->added.unfit) {
        ngx_polycard_add_client_unfit(ac->ctx.market, ac->added.unfit);
    }

    rc = (call->status == NGX_OK)
         ? ngx_polycard_add_client_result(ac)
         : ngx_polycard_request_fail_store(&ac->ctx, call->status);

    ngx_polycard_request_finish(&ac->ctx, rc);
}


static ngx_int_t
ngx_polycard_add_client_result(ngx_polycard_add_client_t *ac)
{
    switch (ac->added.added) {

    case NGX_POLYCARD_STORE_ADDED:
        ngx_polycard_add_client_resume(ac->ctx.market);
        return ngx_polycard_add_client_answer(ac);

    case NGX_POLYCARD_STORE_NO_CARDS:
        return ngx_polycard_add_client_no_cards(ac);

    case NGX_POLYCARD_STORE_NO_IDS:
        return ngx_polycard_add_client_no_ids(ac);

    case NGX_POLYCARD_STORE_SYNCING:
        ac->ctx.retry_after = NGX_POLYCARD_ADD_CLIENT_SYNCING_RETRY;

        return ngx_polycard_request_fail(&ac->ctx,
                                         NGX_HTTP_SERVICE_UNAVAILABLE,
                         "clients are still being taken in, try again later");

    case NGX_POLYCARD_STORE_LOST:
        ac->ctx.retry_after = NGX_POLYCARD_ADD_CLIENT_LOST_RETRY;

        return ngx_polycard_request_fail(&ac->ctx,
                                         NGX_HTTP_SERVICE_UNAVAILABLE,
                         "clients were lost: an operator must confirm");

    case NGX_POLYCARD_STORE_TAKEN:
        return ngx_polycard_request_fail(&ac->ctx, NGX_HTTP_CONFLICT,
                                "the phone is another client's card number");

    case NGX_POLYCARD_STORE_UNREADABLE:
        return ngx_polycard_request_fail(&ac->ctx, NGX_HTTP_CONFLICT,
                                "the stored client cannot be read");

    default:
        return ngx_polycard_request_fail(&ac->ctx, NGX_HTTP_CONFLICT,
                                         "the client already has a card");
    }
}


/* they may stand between good ones: not a line for each */

static void
ngx_polycard_add_client_unfit(ngx_polycard_market_t *market, int64_t unfit)
{
    if (market->worker->unfit_said
        && ngx_time() - market->worker->unfit_said
           < NGX_POLYCARD_ADD_CLIENT_UNFIT)
    {
        return;
    }

    market->worker->unfit_said = ngx_time();

    ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                  "%L entries of the pool of polycard market \"%V\" are no "
                  "card numbers: they are set aside in the list \"unfit\"",
                  unfit, &market->name);
}


static ngx_int_t
ngx_polycard_add_client_no_cards(ngx_polycard_add_client_t *ac)
{
    if (ngx_polycard_add_client_withhold(ac)) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "polycard market \"%V\" has no card numbers left: "
                      "clients cannot be added", &ac->ctx.market->name);
    }

    ac->ctx.retry_after = NGX_POLYCARD_ADD_CLIENT_NUMBERS_RETRY;

    return ngx_polycard_request_fail(&ac->ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                     "no card number is left");
}


static ngx_int_t
ngx_polycard_add_client_no_ids(ngx_polycard_add_client_t *ac)
{
    if (ngx_polycard_add_client_withhold(ac)) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "polycard market \"%V\" has used up its client ids: "
                      "clients cannot be added, until the key seq:id is "
                      "lowered", &ac->ctx.market->name);
    }

    ac->ctx.retry_after = NGX_POLYCARD_ADD_CLIENT_NUMBERS_RETRY;

    return ngx_polycard_request_fail(&ac->ctx, NGX_HTTP_SERVICE_UNAVAILABLE,
                                     "no client id is left");
}


/* 1: it begins, which is worth a line */

static unsigned
ngx_polycard_add_client_withhold(ngx_polycard_add_client_t *ac)
{
    if (ac->ctx.market->worker->withheld == (ngx_uint_t) ac->added.added) {
        return 0;
    }

    ac->ctx.market->worker->withheld = ac->added.added;

    return 1;
}


static void
ngx_polycard_add_client_resume(ngx_polycard_market_t *market)
{
    if (market->worker->withheld) {
        market->worker->withheld = 0;

        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "polycard market \"%V\" adds clients again",
                      &market->name);
    }
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
