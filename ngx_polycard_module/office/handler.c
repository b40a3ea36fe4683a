
/* From a request to the office to a function inside Redis, and back */


#include "office/batch.h"
#include "office/office.h"
#include "office/service.h"
#include "core/form.h"
#include "core/json.h"


static ngx_int_t ngx_polycard_office_handler(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_office_start(ngx_polycard_office_t *office);
static void ngx_polycard_office_tell(ngx_polycard_office_t *office);
static ngx_int_t ngx_polycard_office_check_type(
    ngx_polycard_office_t *office);
static ngx_int_t ngx_polycard_office_bad_type(ngx_polycard_office_t *office);
static void ngx_polycard_office_body(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_office_read(ngx_polycard_office_t *office);
static ngx_int_t ngx_polycard_office_wait(ngx_polycard_office_t *office);
static void ngx_polycard_office_done(ngx_polycard_store_call_t *call);
static void ngx_polycard_office_held(ngx_event_t *ev);
static void ngx_polycard_office_ask_again(ngx_polycard_office_t *office);
static ngx_int_t ngx_polycard_office_answer(ngx_polycard_office_t *office);
static ngx_int_t ngx_polycard_office_reader(ngx_polycard_office_t *office);


const ngx_polycard_service_t  ngx_polycard_office = {
    ngx_string("office"),
    NGX_POLYCARD_SERVICE_OFFICE,
    NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST|NGX_HTTP_PUT|NGX_HTTP_PATCH
    |NGX_HTTP_DELETE,
    ngx_string("GET, HEAD, POST, PUT, PATCH, DELETE"),
    ngx_polycard_office_handler,
    0,
    offsetof(ngx_polycard_market_t, office),
    NGX_POLYCARD_SERVICE_OFFICE_TOKENS,
    1
};


static ngx_int_t
ngx_polycard_office_handler(ngx_http_request_t *r)
{
    ngx_int_t               rc;
    ngx_polycard_ctx_t     *ctx;
    ngx_polycard_input_t    in;
    ngx_polycard_office_t  *office;

    rc = ngx_polycard_request_begin(r, sizeof(ngx_polycard_office_t), &ctx,
                                    &in, &ngx_polycard_office_parameters);
    if (rc != NGX_OK) {
        return rc;
    }

    office = (ngx_polycard_office_t *) ctx;
    office->act.pool = r->pool;

    rc = ngx_polycard_office_route(office, &in);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_polycard_office_headers(office);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_polycard_office_start(office);
}


/* what was noted, as errors of the body */

static void
ngx_polycard_office_tell(ngx_polycard_office_t *office)
{
    ngx_uint_t  i;

    office->act.in.all = 1;

    for (i = 0; i < office->nwrong; i++) {
        (void) ngx_polycard_input_fail(&office->act.in, -1, office->wrong[i]);
    }
}


static ngx_int_t
ngx_polycard_office_start(ngx_polycard_office_t *office)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = office->ctx.request;

    if (office->nwrong
        && (office->act.operation->body == NGX_POLYCARD_OFFICE_NO_BODY
            || office->act.operation->body == NGX_POLYCARD_OFFICE_LINES))
    {
        ngx_polycard_office_tell(office);

        return ngx_polycard_request_fail(&office->ctx, NGX_HTTP_BAD_REQUEST,
                                         office->act.in.error);
    }

    if (office->act.operation->body == NGX_POLYCARD_OFFICE_NO_BODY) {

        rc = ngx_http_discard_request_body(r);

        if (rc != NGX_OK) {
            return rc;
        }

        rc = ngx_polycard_office_wait(office);

        if (rc == NGX_DONE) {
            r->main->count++;
        }

        return rc;
    }

    rc = ngx_polycard_office_check_type(office);

    if (rc != NGX_OK) {
        return rc;
    }

    if (office->type == NGX_POLYCARD_BODY_LINES) {
        return ngx_polycard_batch_start(office);
    }

    return ngx_polycard_body_start(r, ngx_polycard_office_body);
}


static ngx_int_t
ngx_polycard_office_check_type(ngx_polycard_office_t *office)
{
    ngx_http_request_t  *r;

    r = office->ctx.request;

    office->type = ngx_polycard_body_type(r);

    if ((office->act.operation->body == NGX_POLYCARD_OFFICE_LINES)
        != (office->type == NGX_POLYCARD_BODY_LINES))
    {
        return ngx_polycard_office_bad_type(office);
    }

    if (office->type == NGX_POLYCARD_BODY_LINES) {
        return NGX_OK;
    }

    switch (office->type) {

    case NGX_POLYCARD_BODY_JSON:
    case NGX_POLYCARD_BODY_FORM:
        break;

    case NGX_POLYCARD_BODY_PATCH:

        if (r->method & NGX_HTTP_PATCH) {
            break;
        }

        return ngx_polycard_office_bad_type(office);

    default:
        return ngx_polycard_office_bad_type(office);
    }

    return (r->headers_in.content_length_n > NGX_POLYCARD_BODY_MAX)
           ? NGX_HTTP_REQUEST_ENTITY_TOO_LARGE : NGX_OK;
}


static ngx_int_t
ngx_polycard_office_bad_type(ngx_polycard_office_t *office)
{
    return ngx_polycard_request_fail(&office->ctx,
               NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
               office->act.operation->body == NGX_POLYCARD_OFFICE_LINES
               ? "Content-Type must be application/x-ndjson, in UTF-8"
               : "Content-Type must be application/json, in UTF-8");
}


static void
ngx_polycard_office_body(ngx_http_request_t *r)
{
    ngx_int_t               rc;
    ngx_polycard_office_t  *office;

    office = ngx_http_get_module_ctx(r, ngx_polycard_module);

    rc = ngx_polycard_office_read(office);

    if (rc == NGX_OK) {
        rc = ngx_polycard_office_wait(office);
    }

    if (rc != NGX_DONE) {
        ngx_http_finalize_request(r, rc);
    }
}


static ngx_int_t
ngx_polycard_office_read(ngx_polycard_office_t *office)
{
    int                  rc;
    ngx_int_t            status;
    ngx_polycard_str_t   body;

    status = ngx_polycard_body_input(office->ctx.request,
                                     ngx_polycard_office_fields(&office->act),
                                     &office->act.in, &body);

    if (status != NGX_OK) {
        return status;
    }

    if (office->type == NGX_POLYCARD_BODY_FORM
        && ngx_polycard_json_begins(&body))
    {
        return ngx_polycard_office_bad_type(office);
    }

    ngx_polycard_office_input(&office->act.in);
    ngx_polycard_office_tell(office);

    if (office->type == NGX_POLYCARD_BODY_FORM) {
        rc = ngx_polycard_form_read(&office->act.in, &body);

    } else {
        rc = ngx_polycard_json_read(&office->act.in, &body);
    }

    if (rc == NGX_POLYCARD_NO_MEMORY) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (office->act.operation->body == NGX_POLYCARD_OFFICE_RECORD) {
        ngx_polycard_office_identity(&office->act.in, &office->act.id);
    }

    if (rc != NGX_POLYCARD_OK
        || ngx_polycard_input_check(&office->act.in,
                              ngx_polycard_office_is_whole(&office->act))
           != NGX_POLYCARD_OK)
    {
        return ngx_polycard_request_fail(&office->ctx, NGX_HTTP_BAD_REQUEST,
                                         office->act.in.error);
    }

    return NGX_OK;
}


/* NGX_DONE: the request waits */

static ngx_int_t
ngx_polycard_office_wait(ngx_polycard_office_t *office)
{
    ngx_polycard_request_ask(&office->ctx, &office->act.added.call,
                             ngx_polycard_office_done);

    return ngx_polycard_request_wait(&office->ctx,
                                     ngx_polycard_office_ask(&office->act));
}


static void
ngx_polycard_office_done(ngx_polycard_store_call_t *call)
{
    ngx_polycard_office_t  *office;

    office = call->data;

    ngx_polycard_office_end(&office->act);

    if (office->act.status < NGX_HTTP_BAD_REQUEST) {

        if (office->act.more) {
            office->act.more = 0;
            ngx_polycard_office_ask_again(office);
            return;
        }

        if (ngx_polycard_office_hold(office, ngx_polycard_office_held)
            == NGX_OK)
        {
            return;
        }
    }

    ngx_polycard_request_finish(&office->ctx,
                                ngx_polycard_office_answer(office));
}


static void
ngx_polycard_office_held(ngx_event_t *ev)
{
    ngx_polycard_office_t  *office;

    office = ev->data;
    office->ctx.held += ngx_current_msec - office->held;

    ngx_polycard_office_ask_again(office);
}


static void
ngx_polycard_office_ask_again(ngx_polycard_office_t *office)
{
    ngx_int_t  rc;

    rc = ngx_polycard_office_wait(office);

    if (rc != NGX_DONE) {
        ngx_polycard_request_finish(&office->ctx, rc);
    }
}


static ngx_int_t
ngx_polycard_office_answer(ngx_polycard_office_t *office)
{
    ngx_int_t                   rc;
    ngx_http_request_t         *r;
    ngx_polycard_office_act_t  *act;

    r = office->ctx.request;
    act = &office->act;

    if (act->status >= NGX_HTTP_BAD_REQUEST) {
        office->ctx.retry_after = act->retry_after;

        return act->error ? ngx_polycard_request_fail(&office->ctx,
                                                      act->status, act->error)
                          : (ngx_int_t) act->status;
    }

    if (act->list) {
        return ngx_polycard_office_list_send(office);
    }

    if (act->etag.len
        && ngx_polycard_request_header(r, "ETag", act->etag.data,
                                       act->etag.len)
           != NGX_OK)
    {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (act->etag.len && (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        rc = ngx_polycard_office_reader(office);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    office->ctx.status = act->status;

    return ngx_polycard_request_answer_bytes(&office->ctx, act->json.data,
                                             act->json.data + act->json.len);
}


/* the conditions of one who only reads; NGX_DECLINED: he gets the record */

static ngx_int_t
ngx_polycard_office_reader(ngx_polycard_office_t *office)
{
    ngx_http_request_t  *r;
    ngx_polycard_str_t   known, etag;

    r = office->ctx.request;

    etag.data = office->act.etag.data + 1;
    etag.len = office->act.etag.len - 2;

    if (r->headers_in.if_match) {
        known = ngx_polycard_str(&r->headers_in.if_match->value);

        if (!ngx_polycard_office_has(&known, &etag)) {
            return ngx_polycard_request_fail(&office->ctx,
                                   NGX_HTTP_PRECONDITION_FAILED,
                                   "the record is not as the condition says");
        }
    }

    if (r->headers_in.if_none_match == NULL) {
        return NGX_DECLINED;
    }

    known = ngx_polycard_str(&r->headers_in.if_none_match->value);

    if (!ngx_polycard_office_has(&known, &etag)) {
        return NGX_DECLINED;
    }

    if (ngx_polycard_request_no_store(r) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    r->headers_out.status = NGX_HTTP_NOT_MODIFIED;
    r->headers_out.content_length_n = -1;
    r->header_only = 1;

    return ngx_http_send_header(r);
}
