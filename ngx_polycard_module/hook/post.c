
#include "hook/post.h"
#include "hook/curl.h"


static void ngx_polycard_post_cleanup(void *data);
static ngx_int_t ngx_polycard_post_set_headers(ngx_http_request_t *r,
    ngx_polycard_transfer_t *t);
static void ngx_polycard_post_done(ngx_polycard_transfer_t *t);
static ngx_int_t ngx_polycard_post_answer(ngx_http_request_t *r,
    ngx_polycard_transfer_t *t);
static ngx_int_t ngx_polycard_post_fail(ngx_http_request_t *r,
    ngx_polycard_delivery_e error, ngx_uint_t status);
static ngx_int_t ngx_polycard_post_set_retry_after(ngx_http_request_t *r,
    ngx_str_t *value);


ngx_int_t
ngx_polycard_hook_post_handler(ngx_http_request_t *r)
{
    ngx_buf_t                *b;
    ngx_http_cleanup_t       *cln;
    ngx_polycard_delivery_t  *d;
    ngx_polycard_transfer_t  *t;

    d = ngx_polycard_hook_request_delivery(r);

    if (d == NULL) {

        /* an internal redirect leads here: it has no hook */

        return NGX_HTTP_NOT_FOUND;
    }

    cln = ngx_http_cleanup_add(r, sizeof(ngx_polycard_transfer_t));
    if (cln == NULL) {
        return ngx_polycard_post_fail(r, NGX_POLYCARD_DELIVERY_FAILED, 0);
    }

    t = cln->data;
    ngx_memzero(t, sizeof(ngx_polycard_transfer_t));

    cln->handler = ngx_polycard_post_cleanup;

    t->market = d->market;
    t->pool = r->pool;
    t->log = r->connection->log;
    t->args = r->args;
    t->fresh = d->fresh;
    t->handler = ngx_polycard_post_done;
    t->data = r;

    if (r->request_body && r->request_body->bufs) {
        b = r->request_body->bufs->buf;

        t->body.data = b->pos;
        t->body.len = b->last - b->pos;
    }

    if (ngx_polycard_post_set_headers(r, t) != NGX_OK
        || ngx_polycard_curl_start(t) != NGX_OK)
    {
        return ngx_polycard_post_fail(r, NGX_POLYCARD_DELIVERY_FAILED, 0);
    }

    r->main->count++;

    return NGX_DONE;
}


static void
ngx_polycard_post_cleanup(void *data)
{
    ngx_polycard_curl_cancel(data);
}


/*
 * All headers of the subrequest except the length, which libcurl sets.  libcurl
 * only reads the list, so it may be in the pool.
 */

static ngx_int_t
ngx_polycard_post_set_headers(ngx_http_request_t *r,
    ngx_polycard_transfer_t *t)
{
    u_char             *p;
    ngx_uint_t          i;
    ngx_list_part_t    *part;
    ngx_table_elt_t    *h;
    struct curl_slist  *header, **last;

    last = &t->headers;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (&h[i] == r->headers_in.content_length) {
                continue;
            }

            header = ngx_palloc(r->pool, sizeof(struct curl_slist)
                                + h[i].key.len + 2 + h[i].value.len + 1);
            if (header == NULL) {
                return NGX_ERROR;
            }

            header->data = (char *) header + sizeof(struct curl_slist);
            header->next = NULL;

            *last = header;
            last = &header->next;

            p = ngx_cpymem(header->data, h[i].key.data, h[i].key.len);
            *p++ = ':';
            *p++ = ' ';
            p = ngx_cpymem(p, h[i].value.data, h[i].value.len);
            *p = '\0';
        }
    }

    return NGX_OK;
}


static void
ngx_polycard_post_done(ngx_polycard_transfer_t *t)
{
    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = t->data;
    c = r->connection;

    rc = t->error == NGX_POLYCARD_DELIVERY_OK
         ? ngx_polycard_post_answer(r, t)
         : ngx_polycard_post_fail(r, t->error, t->status);

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_polycard_post_answer(ngx_http_request_t *r, ngx_polycard_transfer_t *t)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    r->headers_out.status = t->status;
    r->headers_out.content_length_n = t->answer.len;

    if (t->retry_after.len
        && ngx_polycard_post_set_retry_after(r, &t->retry_after) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    if (t->answer.len == 0) {
        return ngx_http_send_special(r, NGX_HTTP_LAST);
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = t->answer.data;
    b->last = b->pos + t->answer.len;
    b->memory = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static ngx_int_t
ngx_polycard_post_fail(ngx_http_request_t *r, ngx_polycard_delivery_e error,
    ngx_uint_t status)
{
    ngx_polycard_delivery_t  *d;

    d = ngx_polycard_hook_request_delivery(r);

    d->error = error;
    d->status = status;

    return error == NGX_POLYCARD_DELIVERY_TIMEOUT
           ? NGX_HTTP_GATEWAY_TIME_OUT : NGX_HTTP_BAD_GATEWAY;
}


static ngx_int_t
ngx_polycard_post_set_retry_after(ngx_http_request_t *r, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_polycard_header_last(h);

    h->hash = 1;
    ngx_str_set(&h->key, "Retry-After");
    h->value = *value;

    return NGX_OK;
}
