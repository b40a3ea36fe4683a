
/* getClient: one client by phone or by card number (contract, A1 and B7) */


#include "api/service.h"
#include "http/request.h"
#include "core/answer.h"
#include "core/phone.h"
#include "core/text.h"
#include "counters/count.h"


enum {
    NGX_POLYCARD_GET_CLIENT_TOKEN = 0,
    NGX_POLYCARD_GET_CLIENT_PHONE,
    NGX_POLYCARD_GET_CLIENT_BARCODE
};


typedef struct {
    ngx_polycard_ctx_t            ctx;       /* first */
    ngx_polycard_str_t            phone;
    ngx_polycard_str_t            barcode;   /* data == NULL: asked by phone */
    ngx_polycard_store_owner_t    owner;     /* of the card */
    ngx_polycard_store_records_t  record;
} ngx_polycard_get_client_t;


static ngx_int_t ngx_polycard_get_client_handler(ngx_http_request_t *r);
static const char *ngx_polycard_get_client_check(
    const ngx_polycard_str_t *phone, const ngx_polycard_str_t *barcode);
static void ngx_polycard_get_client_found(ngx_polycard_store_call_t *call);
static void ngx_polycard_get_client_record(ngx_polycard_store_call_t *call);
static ngx_int_t ngx_polycard_get_client_read(ngx_polycard_get_client_t *gc);
static ngx_int_t ngx_polycard_get_client_answer(
    ngx_polycard_get_client_t *gc);
static ngx_int_t ngx_polycard_get_client_none(ngx_polycard_get_client_t *gc);


static const ngx_polycard_attribute_t  ngx_polycard_get_client_query[] = {
    NGX_POLYCARD_REQUEST_TOKEN,
    { ngx_polycard_string("phone"), NGX_POLYCARD_TYPE_PHONE, 0 },
    { ngx_polycard_string("barcode"), NGX_POLYCARD_TYPE_CARD, 0 }
};


static const ngx_polycard_table_t  ngx_polycard_get_client_table = {
    ngx_polycard_get_client_query, 3
};


const ngx_polycard_service_t  ngx_polycard_get_client = {
    ngx_string("getClient"),
    NGX_POLYCARD_SERVICE_GET_CLIENT,
    NGX_HTTP_GET|NGX_HTTP_HEAD,
    ngx_string("GET, HEAD"),
    ngx_polycard_get_client_handler,
    0,
    offsetof(ngx_polycard_market_t, access),
    NGX_POLYCARD_SERVICE_TOKENS,
    0
};


static ngx_int_t
ngx_polycard_get_client_handler(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    const char                 *error;
    ngx_polycard_input_t        in;
    ngx_polycard_get_client_t  *gc;

    rc = ngx_polycard_request_begin(r, sizeof(ngx_polycard_get_client_t),
                                    (ngx_polycard_ctx_t **) &gc, &in,
                                    &ngx_polycard_get_client_table);
    if (rc != NGX_OK) {
        return rc;
    }

    gc->phone = in.value[NGX_POLYCARD_GET_CLIENT_PHONE];
    gc->barcode = in.value[NGX_POLYCARD_GET_CLIENT_BARCODE];

    error = ngx_polycard_get_client_check(&gc->phone, &gc->barcode);

    if (error) {
        return ngx_polycard_request_fail(&gc->ctx, NGX_HTTP_BAD_REQUEST,
                                         error);
    }

    if (gc->barcode.data) {
        ngx_polycard_request_ask(&gc->ctx, &gc->owner.call,
                                 ngx_polycard_get_client_found);
        rc = ngx_polycard_store_find_owner(&gc->owner, &gc->barcode);

    } else {
        gc->ctx.phone = &gc->phone;
        rc = ngx_polycard_get_client_read(gc);
    }

    rc = ngx_polycard_request_wait(&gc->ctx, rc);

    if (rc == NGX_DONE) {
        r->main->count++;
    }

    return rc;
}


static const char *
ngx_polycard_get_client_check(const ngx_polycard_str_t *phone,
    const ngx_polycard_str_t *barcode)
{
    if (phone->data == NULL && barcode->data == NULL) {
        return "phone or barcode is missing";
    }

    if (phone->data && barcode->data) {
        return "phone and barcode are both given";
    }

    if (phone->data) {
        return (ngx_polycard_phone_check(phone) == NGX_POLYCARD_OK)
               ? NULL : "phone must be 380 and 9 digits";
    }

    if (barcode->len == 0) {
        return "barcode is empty";
    }

    return ngx_polycard_attribute_check(
               &ngx_polycard_get_client_query[NGX_POLYCARD_GET_CLIENT_BARCODE],
               barcode)
           ? "barcode is not valid" : NULL;
}


/* the index has the client whose card it is, or was */

static void
ngx_polycard_get_client_found(ngx_polycard_store_call_t *call)
{
    ngx_int_t                   rc;
    ngx_polycard_get_client_t  *gc;

    gc = call->data;

    if (call->status == NGX_DECLINED) {
        ngx_polycard_request_finish(&gc->ctx,
                                    ngx_polycard_get_client_none(gc));
        return;
    }

    if (call->status != NGX_OK) {
        rc = ngx_polycard_request_fail_store(&gc->ctx, call->status);
        ngx_polycard_request_finish(&gc->ctx, rc);
        return;
    }

    gc->phone.len = gc->owner.phone.len;
    gc->phone.data = ngx_pstrdup(gc->ctx.request->pool, &gc->owner.phone);

    if (gc->phone.data == NULL || ngx_polycard_get_client_read(gc) != NGX_OK)
    {
        rc = ngx_polycard_request_fail_store(&gc->ctx,
                                             NGX_HTTP_SERVICE_UNAVAILABLE);
        ngx_polycard_request_finish(&gc->ctx, rc);
    }
}


static ngx_int_t
ngx_polycard_get_client_read(ngx_polycard_get_client_t *gc)
{
    ngx_polycard_request_ask(&gc->ctx, &gc->record.call,
                             ngx_polycard_get_client_record);

    return ngx_polycard_store_read_client(&gc->record, &gc->phone);
}


static void
ngx_polycard_get_client_record(ngx_polycard_store_call_t *call)
{
    ngx_int_t                   rc;
    ngx_polycard_get_client_t  *gc;

    gc = call->data;

    switch (call->status) {

    case NGX_OK:
        rc = ngx_polycard_get_client_answer(gc);
        break;

    case NGX_ERROR:
        ngx_polycard_counts_left_out(gc->ctx.market);

        /* fall through */

    case NGX_DECLINED:
        rc = ngx_polycard_get_client_none(gc);
        break;

    default:
        rc = ngx_polycard_request_fail_store(&gc->ctx, call->status);
    }

    ngx_polycard_request_finish(&gc->ctx, rc);
}


static ngx_int_t
ngx_polycard_get_client_answer(ngx_polycard_get_client_t *gc)
{
    u_char              *p, *end;
    unsigned             flaws;
    ngx_polycard_str_t  *value, *barcode;

    value = gc->record.value;
    value[NGX_POLYCARD_CLIENT_PHONE] = gc->phone;

    if (gc->barcode.data) {

        /* the index may be out of date */

        barcode = &value[NGX_POLYCARD_CLIENT_BARCODE];
        ngx_polycard_text_trim(barcode);

        if (!ngx_polycard_str_is(barcode, &gc->barcode)) {
            return ngx_polycard_get_client_none(gc);
        }
    }

    p = ngx_pnalloc(gc->ctx.request->pool,
                    ngx_polycard_answer_size(&ngx_polycard_client, value));
    if (p == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    flaws = 0;

    end = ngx_polycard_answer_record(p, &ngx_polycard_client, value, &flaws);

    if (end == NULL) {
        ngx_polycard_counts_left_out(gc->ctx.market);
        return ngx_polycard_get_client_none(gc);
    }

    if (flaws) {
        ngx_polycard_request_mended(&gc->ctx);
    }

    return ngx_polycard_request_answer_bytes(&gc->ctx, p, end);
}


static ngx_int_t
ngx_polycard_get_client_none(ngx_polycard_get_client_t *gc)
{
    return ngx_polycard_request_fail(&gc->ctx, NGX_HTTP_NOT_FOUND,
                                     "no such client");
}
