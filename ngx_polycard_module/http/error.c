
#include "http/error.h"
#include "http/location.h"
#include "http/request.h"
#include "core/answer.h"


typedef struct {
    ngx_uint_t     status;
    const char    *text;
} ngx_polycard_error_text_t;


static ngx_int_t ngx_polycard_error_header_filter(ngx_http_request_t *r);
static ngx_polycard_ctx_t *ngx_polycard_error_ctx(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_error_clear_headers(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_error_keep_header(ngx_http_request_t *r,
    ngx_table_elt_t *h);
static const char *ngx_polycard_error_text(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_error_answer(ngx_http_request_t *r,
    ngx_polycard_ctx_t *ctx);
static ngx_int_t ngx_polycard_error_headers(ngx_http_request_t *r,
    ngx_polycard_ctx_t *ctx, const ngx_polycard_service_t *service);
static ngx_int_t ngx_polycard_error_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);


static ngx_http_output_header_filter_pt  ngx_polycard_error_next_header;
static ngx_http_output_body_filter_pt    ngx_polycard_error_next_body;


/* right whoever raised the status; our handlers may give a better text */

static ngx_polycard_error_text_t  ngx_polycard_error_texts[] = {
    { NGX_HTTP_BAD_REQUEST, "the request could not be read" },
    { NGX_HTTP_UNAUTHORIZED, "authorization is needed" },
    { NGX_HTTP_FORBIDDEN, "access is not allowed" },
    { NGX_HTTP_NOT_FOUND, "not found" },
    { NGX_HTTP_NOT_ALLOWED, "this method is not allowed" },
    { NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, "the body is too large" },
    { NGX_HTTP_REQUEST_URI_TOO_LARGE, "the request line is too long" },
    { NGX_HTTP_UNSUPPORTED_MEDIA_TYPE, "the body's type is not supported" },
    { NGX_HTTP_TOO_MANY_REQUESTS, "too many requests, try again later" },
    { NGX_HTTP_INTERNAL_SERVER_ERROR, "an error on the market's side" },
    { NGX_HTTP_SERVICE_UNAVAILABLE, "not available now, try again later" },
    { NGX_HTTP_GATEWAY_TIME_OUT, "there was no answer in time" },
    { 0, "the request failed" }
};


void
ngx_polycard_error_init(void)
{
    ngx_polycard_error_next_header = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_polycard_error_header_filter;

    ngx_polycard_error_next_body = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_polycard_error_body_filter;
}


static ngx_int_t
ngx_polycard_error_header_filter(ngx_http_request_t *r)
{
    ngx_polycard_ctx_t       *ctx;
    ngx_polycard_loc_conf_t  *plcf;

    if (r->headers_out.status < NGX_HTTP_BAD_REQUEST || r != r->main) {
        return ngx_polycard_error_next_header(r);
    }

    plcf = ngx_polycard_location_conf(r);

    if (plcf == NULL) {
        return ngx_polycard_error_next_header(r);
    }

    ctx = ngx_polycard_error_ctx(r);

    if (ctx == NULL
        || ngx_polycard_error_clear_headers(r) != NGX_OK
        || ngx_polycard_error_answer(r, ctx) != NGX_OK
        || ngx_polycard_error_headers(r, ctx, plcf->service) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->location = plcf;
    r->keepalive |= ctx->keepalive;

    return ngx_polycard_error_next_header(r);
}


static ngx_polycard_ctx_t *
ngx_polycard_error_ctx(ngx_http_request_t *r)
{
    ngx_polycard_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_polycard_module);

    if (ctx == NULL) {
        ctx = ngx_pcalloc(r->pool, sizeof(ngx_polycard_ctx_t));

        if (ctx) {
            ngx_http_set_ctx(r, ctx, ngx_polycard_module);
        }
    }

    return ctx;
}


/*
 * These headers belong to the discarded body: a compressed error page, or
 * a page of clients whose rest did not arrive.
 */

static ngx_int_t
ngx_polycard_error_clear_headers(ngx_http_request_t *r)
{
    ngx_uint_t        i, status;
    ngx_list_part_t   part, *p;
    ngx_table_elt_t  *h;

    status = r->headers_out.status;
    part = r->headers_out.headers.part;

    ngx_http_clear_accept_ranges(r);
    ngx_http_clean_header(r);

    r->headers_out.status = status;

    /* a new list: those to keep are in the memory of the old one */

    if (ngx_list_init(&r->headers_out.headers, r->pool, 8,
                      sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (p = &part; p; p = p->next) {
        h = p->elts;

        for (i = 0; i < p->nelts; i++) {
            if (ngx_polycard_error_keep_header(r, &h[i]) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* WWW-Authenticate was set, by auth_basic or another module */

static ngx_int_t
ngx_polycard_error_keep_header(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    if (r->headers_out.status != NGX_HTTP_UNAUTHORIZED
        || h->hash == 0
        || h->key.len != sizeof("WWW-Authenticate") - 1
        || ngx_strncasecmp(h->key.data, (u_char *) "WWW-Authenticate",
                           h->key.len)
           != 0)
    {
        return NGX_OK;
    }

    r->headers_out.www_authenticate = h;

    return ngx_polycard_request_header(r, "WWW-Authenticate", h->value.data,
                                       h->value.len);
}


static const char *
ngx_polycard_error_text(ngx_http_request_t *r)
{
    ngx_http_core_loc_conf_t   *clcf;
    ngx_polycard_error_text_t  *t;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (r->headers_out.status == NGX_HTTP_REQUEST_ENTITY_TOO_LARGE
        && clcf->client_max_body_size
        && clcf->client_max_body_size < r->headers_in.content_length_n)
    {
        return "the body is too large for client_max_body_size";
    }

    for (t = ngx_polycard_error_texts; t->status; t++) {
        if (t->status == r->headers_out.status) {
            break;
        }
    }

    return t->text;
}


static ngx_int_t
ngx_polycard_error_answer(ngx_http_request_t *r, ngx_polycard_ctx_t *ctx)
{
    u_char      *p;
    const char  *text;

    text = ctx->error ? ctx->error : ngx_polycard_error_text(r);

    p = ngx_pnalloc(r->pool, 64 + 6 * ngx_strlen(text));
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->answer.data = p;
    ctx->answer.len = ngx_polycard_answer_error(p, text) - p;

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_error_headers(ngx_http_request_t *r, ngx_polycard_ctx_t *ctx,
    const ngx_polycard_service_t *service)
{
    u_char      *p;
    ngx_uint_t   seconds;

    ngx_polycard_request_set_type(r, ctx->answer.len);

    if (service->tree && ngx_polycard_request_no_store(r) != NGX_OK) {
        return NGX_ERROR;
    }

    switch (r->headers_out.status) {

    case NGX_HTTP_UNAUTHORIZED:

        if (r->headers_out.www_authenticate) {
            return NGX_OK;
        }

        return ngx_polycard_request_header(r, "WWW-Authenticate",
                                           (u_char *) "Bearer", 6);

    case NGX_HTTP_NOT_ALLOWED:

        if (ctx->allow.len) {
            return ngx_polycard_request_header(r, "Allow", ctx->allow.data,
                                               ctx->allow.len);
        }

        return ngx_polycard_request_header(r, "Allow", service->allow.data,
                                           service->allow.len);

    case NGX_HTTP_SERVICE_UNAVAILABLE:
        seconds = ctx->retry_after ? ctx->retry_after : 1;

        p = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
        if (p == NULL) {
            return NGX_ERROR;
        }

        return ngx_polycard_request_header(r, "Retry-After", p,
                                      ngx_sprintf(p, "%ui", seconds) - p);

    default:
        return NGX_OK;
    }
}


static ngx_int_t
ngx_polycard_error_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t           *b;
    ngx_chain_t         *cl, out;
    ngx_polycard_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_polycard_module);

    if (in == NULL || ctx == NULL || ctx->answer.len == 0 || r != r->main) {
        return ngx_polycard_error_next_body(r, in);
    }

    /* nginx's own page is not needed */

    for (cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    if (ctx->answered) {
        return NGX_OK;
    }

    ctx->answered = 1;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = ctx->answer.data;
    b->last = b->pos + ctx->answer.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_polycard_error_next_body(r, &out);
}
