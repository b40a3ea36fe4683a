
#include "hook/request_internal.h"


static ngx_polycard_delivery_e ngx_polycard_request_error(
    ngx_http_request_t *sr, ngx_int_t rc);
static ngx_polycard_delivery_e ngx_polycard_request_upstream_error(
    ngx_http_request_t *sr, ngx_int_t rc);
static void ngx_polycard_request_read_body(ngx_polycard_job_t *job,
    ngx_http_request_t *sr);
static void ngx_polycard_request_read_headers(ngx_polycard_job_t *job,
    ngx_http_request_t *sr);
static ngx_int_t ngx_polycard_request_copy(ngx_polycard_job_t *job,
    ngx_str_t *to, u_char *data, size_t len);


/* nginx calls it when the subrequest ends, and once more for error pages */

ngx_int_t
ngx_polycard_job_done(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_polycard_job_t  *job = data;

    ngx_connection_t         *c;
    ngx_polycard_delivery_t  *d;

    if (job->done) {
        return NGX_OK;
    }

    job->done = 1;
    d = job->delivery;

    /* else the carrier has set the error */

    if (d->error == NGX_POLYCARD_DELIVERY_OK) {
        d->error = ngx_polycard_request_error(sr, rc);

        if (rc < NGX_HTTP_OK) {
            d->status = sr->headers_out.status;

        } else if (sr->upstream == NULL) {
            d->status = rc;
        }
    }

    ngx_polycard_request_read_body(job, sr);
    ngx_polycard_request_read_headers(job, sr);

    d->complete = (d->error == NGX_POLYCARD_DELIVERY_OK);

    /* for the access log, the same with all carriers */

    sr->headers_out.status = d->complete ? d->status
                             : d->error == NGX_POLYCARD_DELIVERY_TIMEOUT
                               ? NGX_HTTP_GATEWAY_TIME_OUT
                               : NGX_HTTP_BAD_GATEWAY;

    /* an answer that is too large must have its line in the access log */

    c = sr->connection;

    if (c->error && !c->close) {
        c->error = 0;
    }

    sr->buffered = 0;

    /* the subrequest itself still counts: not the time to end its parent */

    ngx_polycard_job_step(job, ngx_polycard_job_close, &ngx_posted_events);

    return NGX_OK;
}


static ngx_polycard_delivery_e
ngx_polycard_request_error(ngx_http_request_t *sr, ngx_int_t rc)
{
    if (sr->upstream) {
        return ngx_polycard_request_upstream_error(sr, rc);
    }

    if (rc == NGX_ERROR) {
        return NGX_POLYCARD_DELIVERY_CUT;
    }

    return rc < NGX_HTTP_OK && sr->headers_out.status == 0
           ? NGX_POLYCARD_DELIVERY_INVALID : NGX_POLYCARD_DELIVERY_OK;
}


/* nginx passes on the answer, complete or not */

static ngx_polycard_delivery_e
ngx_polycard_request_upstream_error(ngx_http_request_t *sr, ngx_int_t rc)
{
    off_t                 length;
    ngx_http_upstream_t  *u;

    u = sr->upstream;

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {

        if (rc == NGX_HTTP_GATEWAY_TIME_OUT) {
            return NGX_POLYCARD_DELIVERY_TIMEOUT;
        }

        /* the time of a connect is set where it has failed as well */

        return u->request_sent ? NGX_POLYCARD_DELIVERY_CUT
                               : NGX_POLYCARD_DELIVERY_CONNECT;
    }

    /* nginx takes bytes without a status line for an answer of HTTP/0.9 */

    if (sr->headers_out.status == 0) {
        return NGX_POLYCARD_DELIVERY_INVALID;
    }

    if (sr->headers_out.content_length_n > NGX_POLYCARD_DELIVERY_BODY_MAX
        || (u->pipe && u->pipe->downstream_error)
        || u->out_bufs)
    {
        return NGX_POLYCARD_DELIVERY_OVERSIZED;
    }

    length = u->buffering && u->pipe ? u->pipe->length : u->length;

    if (rc == NGX_ERROR || length > 0 || (u->pipe && u->pipe->upstream_error))
    {
        return NGX_POLYCARD_DELIVERY_CUT;
    }

    return NGX_POLYCARD_DELIVERY_OK;
}


static void
ngx_polycard_request_read_body(ngx_polycard_job_t *job, ngx_http_request_t *sr)
{
    size_t      len;
    ngx_buf_t  *b;

    if (sr->out == NULL || sr->out->buf == NULL) {
        return;
    }

    b = sr->out->buf;
    len = ngx_min(b->last - b->pos, NGX_POLYCARD_DELIVERY_BODY_MAX);

    if (ngx_polycard_request_copy(job, &job->delivery->body, b->pos, len)
        != NGX_OK)
    {
        job->delivery->error = NGX_POLYCARD_DELIVERY_FAILED;
    }
}


static void
ngx_polycard_request_read_headers(ngx_polycard_job_t *job,
    ngx_http_request_t *sr)
{
    static ngx_str_t  name = ngx_string("Retry-After");

    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &sr->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash
                && h[i].key.len == name.len
                && ngx_strncasecmp(h[i].key.data, name.data, name.len) == 0)
            {
                (void) ngx_polycard_request_copy(job,
                                                 &job->delivery->retry_after,
                                                 h[i].value.data,
                                                 h[i].value.len);
                return;
            }
        }
    }
}


static ngx_int_t
ngx_polycard_request_copy(ngx_polycard_job_t *job, ngx_str_t *to, u_char *data,
    size_t len)
{
    if (len == 0) {
        return NGX_OK;
    }

    to->data = ngx_pnalloc(job->pool, len);
    if (to->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(to->data, data, len);
    to->len = len;

    return NGX_OK;
}


ngx_polycard_delivery_t *
ngx_polycard_hook_request_delivery(ngx_http_request_t *r)
{
    ngx_polycard_job_t  *job;

    if (r->post_subrequest == NULL
        || r->post_subrequest->handler != ngx_polycard_job_done)
    {
        return NULL;
    }

    job = r->post_subrequest->data;

    return job->delivery;
}
