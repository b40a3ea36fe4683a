
#include "http/request.h"
#include "counters/count.h"
#include "http/token.h"
#include "core/form.h"
#include "core/query.h"


/* a token of the operator is needed */
#define NGX_POLYCARD_REQUEST_NO_TOKEN  64

/* methods whose body is read */
#define NGX_POLYCARD_REQUEST_BODY                                             \
    (NGX_HTTP_POST|NGX_HTTP_PUT|NGX_HTTP_PATCH)


static ngx_polycard_ctx_t *ngx_polycard_request_create(ngx_http_request_t *r,
    size_t size);
static ngx_int_t ngx_polycard_request_token(ngx_http_request_t *r,
    ngx_polycard_loc_conf_t *plcf, const ngx_polycard_str_t *query);
static ngx_int_t ngx_polycard_request_no_token(ngx_polycard_ctx_t *ctx,
    const ngx_polycard_service_t *service);
static void ngx_polycard_request_cleanup(void *data);
static ngx_int_t ngx_polycard_request_query(ngx_http_request_t *r,
    ngx_uint_t tree, ngx_polycard_input_t *in,
    const ngx_polycard_table_t *query);


ngx_int_t
ngx_polycard_request_begin(ngx_http_request_t *r, size_t size,
    ngx_polycard_ctx_t **ctx, ngx_polycard_input_t *in,
    const ngx_polycard_table_t *query)
{
    ngx_int_t                 rc;
    ngx_polycard_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_polycard_module);

    /* below a tree each path has methods of its own */

    if (!(r->method & plcf->service->methods) && !plcf->service->tree) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    *ctx = ngx_polycard_request_create(r, size);
    if (*ctx == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (!(r->method & NGX_POLYCARD_REQUEST_BODY)) {
        rc = ngx_http_discard_request_body(r);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    rc = ngx_polycard_request_query(r, plcf->service->tree, in, query);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (ngx_polycard_request_token(r, plcf, &in->value[0]) != NGX_OK) {
        return ngx_polycard_request_no_token(*ctx, plcf->service);
    }

    if (rc != NGX_OK) {
        return ngx_polycard_request_fail(*ctx, rc, in->error);
    }

    return NGX_OK;
}


/* below a tree it is not Polycard's access token that is meant */

static ngx_int_t
ngx_polycard_request_no_token(ngx_polycard_ctx_t *ctx,
    const ngx_polycard_service_t *service)
{
    u_char  error[NGX_POLYCARD_REQUEST_NO_TOKEN];

    ngx_snprintf(error, sizeof(error), "a token of the %V is needed%Z",
                 &service->name);

    return ngx_polycard_request_fail(ctx, NGX_HTTP_UNAUTHORIZED,
                                     service->tree
                                     ? (char *) error
                                     : "an access token is needed");
}


/* a token in a query is in the log of every proxy: new services take none */

static ngx_int_t
ngx_polycard_request_token(ngx_http_request_t *r,
    ngx_polycard_loc_conf_t *plcf, const ngx_polycard_str_t *query)
{
    ngx_polycard_str_t      none;
    ngx_polycard_tokens_t  *tokens;

    tokens = (ngx_polycard_tokens_t *)
             ((u_char *) plcf->market + plcf->service->tokens);

    if (plcf->service->tree) {
        none.len = 0;
        none.data = NULL;
        query = &none;
    }

    return ngx_polycard_token_check(r, tokens, query);
}


static ngx_polycard_ctx_t *
ngx_polycard_request_create(ngx_http_request_t *r, size_t size)
{
    ngx_pool_cleanup_t       *cln;
    ngx_polycard_ctx_t       *ctx;
    ngx_polycard_loc_conf_t  *plcf;

    cln = ngx_pool_cleanup_add(r->pool, size);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_polycard_request_cleanup;

    ctx = cln->data;
    ngx_memzero(ctx, size);

    plcf = ngx_http_get_module_loc_conf(r, ngx_polycard_module);

    ctx->request = r;
    ctx->market = plcf->market;

    ngx_http_set_ctx(r, ctx, ngx_polycard_module);

    return ctx;
}


/* the caller is gone, or answered: a reply that still arrives is ignored */

static void
ngx_polycard_request_cleanup(void *data)
{
    ngx_polycard_ctx_t  *ctx = data;

    if (ctx->call) {
        ngx_polycard_store_cancel(ctx->call);
    }
}


void
ngx_polycard_request_ask(ngx_polycard_ctx_t *ctx,
    ngx_polycard_store_call_t *call, ngx_polycard_store_pt handler)
{
    call->market = ctx->market;
    call->handler = handler;
    call->data = ctx;

    ctx->call = call;
}


/*
 * NGX_OK, NGX_HTTP_BAD_REQUEST with in->error, NGX_ERROR: no memory.  Below a
 * tree what is wrong is left to be told with all the rest.
 */

static ngx_int_t
ngx_polycard_request_query(ngx_http_request_t *r, ngx_uint_t tree,
    ngx_polycard_input_t *in, const ngx_polycard_table_t *query)
{
    u_char              *scratch;
    ngx_polycard_str_t   args;

    args = ngx_polycard_str(&r->args);
    scratch = NULL;

    if (args.len) {
        scratch = ngx_pnalloc(r->pool, args.len);
        if (scratch == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_polycard_input_init(in, query, scratch, args.len);

    if (tree) {
        ngx_polycard_query_begin(in);
    }

    return (ngx_polycard_form_read(in, &args) == NGX_POLYCARD_OK)
           ? NGX_OK : NGX_HTTP_BAD_REQUEST;
}


ngx_int_t
ngx_polycard_request_fail(ngx_polycard_ctx_t *ctx, ngx_int_t status,
    const char *error)
{
    size_t               len;
    u_char              *copy;
    ngx_http_request_t  *r;

    r = ctx->request;

    /*
     * The parameters were wrong, not the message: the connection is fine,
     * unless a body is still to be read, which may be broken.
     */

    ctx->keepalive = r->keepalive
                     && (r->request_body
                         || !(r->method & NGX_POLYCARD_REQUEST_BODY));

    len = ngx_strlen(error) + 1;

    copy = ngx_pnalloc(r->pool, len);

    if (copy) {
        ngx_memcpy(copy, error, len);
        ctx->error = (char *) copy;
    }

    return status;
}


ngx_int_t
ngx_polycard_request_fail_store(ngx_polycard_ctx_t *ctx, ngx_int_t status)
{
    ctx->error = ngx_polycard_request_store_error(status);

    return (status == NGX_HTTP_GATEWAY_TIME_OUT) ? status
                                                 : NGX_HTTP_SERVICE_UNAVAILABLE;
}


const char *
ngx_polycard_request_store_error(ngx_int_t status)
{
    return (status == NGX_HTTP_GATEWAY_TIME_OUT)
           ? "the client base did not answer in time"
           : "the client base cannot be reached, try again later";
}


ngx_int_t
ngx_polycard_request_wait(ngx_polycard_ctx_t *ctx, ngx_int_t rc)
{
    ngx_http_request_t  *r;

    r = ctx->request;

    if (rc != NGX_OK) {
        return ngx_polycard_request_fail_store(ctx,
                                               NGX_HTTP_SERVICE_UNAVAILABLE);
    }

    if (!ctx->waits) {
        ctx->redis_start = ngx_current_msec;
    }

    ctx->asked = 1;
    ctx->waits = 1;

    /* notices that the caller closes the connection */
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    return NGX_DONE;
}


void
ngx_polycard_request_finish(ngx_polycard_ctx_t *ctx, ngx_int_t rc)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = ctx->request;
    c = r->connection;

    ctx->redis_time = ngx_current_msec - ctx->redis_start;
    ctx->waits = 0;

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


ngx_int_t
ngx_polycard_request_answer(ngx_polycard_ctx_t *ctx, ngx_chain_t *out,
    off_t size)
{
    ngx_int_t                 rc;
    ngx_http_request_t       *r;
    ngx_polycard_loc_conf_t  *plcf;

    r = ctx->request;

    plcf = ngx_http_get_module_loc_conf(r, ngx_polycard_module);

    if (plcf->service->tree && ngx_polycard_request_no_store(r) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    r->headers_out.status = ctx->status ? ctx->status : NGX_HTTP_OK;
    ngx_polycard_request_set_type(r, size);

    /* the answer reports what was done: it has no version to compare */
    r->disable_not_modified = 1;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, out);
}


ngx_int_t
ngx_polycard_request_no_store(ngx_http_request_t *r)
{
    return ngx_polycard_request_header(r, "Cache-Control",
                                       (u_char *) "no-store", 8);
}


void
ngx_polycard_request_mended(ngx_polycard_ctx_t *ctx)
{
    ngx_polycard_market_t  *market;

    market = ctx->market;

    ngx_polycard_counts_mended(market);

    if (market->worker->bad_values++ == 0) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "polycard market \"%V\" has stored values that cannot be "
                      "shown as they are, such as a bonus that is no number; "
                      "this worker says so once", &market->name);
    }
}


void
ngx_polycard_request_set_type(ngx_http_request_t *r, off_t size)
{
    r->headers_out.content_length_n = size;

    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
}


ngx_int_t
ngx_polycard_request_answer_bytes(ngx_polycard_ctx_t *ctx, u_char *start,
    u_char *end)
{
    ngx_buf_t    *b;
    ngx_chain_t   out;

    b = ngx_calloc_buf(ctx->request->pool);
    if (b == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    b->pos = start;
    b->last = end;
    b->memory = 1;
    b->last_buf = (ctx->request == ctx->request->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_polycard_request_answer(ctx, &out, end - start);
}


ngx_int_t
ngx_polycard_request_header(ngx_http_request_t *r, const char *name,
    u_char *value, size_t len)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.data = value;
    h->value.len = len;
    ngx_polycard_header_last(h);

    return NGX_OK;
}
