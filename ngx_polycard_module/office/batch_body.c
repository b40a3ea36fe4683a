
/* The lines of a batch, as they come */


#include "office/batch.h"


static ngx_int_t ngx_polycard_batch_whole(ngx_polycard_batch_body_t *body,
    ngx_str_t *line);
static ngx_int_t ngx_polycard_batch_fill(ngx_polycard_batch_t *batch);
static ngx_int_t ngx_polycard_batch_window(ngx_polycard_batch_t *batch,
    ngx_buf_t *b);
static void ngx_polycard_batch_drop(ngx_polycard_batch_t *batch);
static ngx_int_t ngx_polycard_batch_keep(ngx_polycard_batch_t *batch,
    u_char *data, size_t len);


/*
 * A body that was read before, by another module or by the request whose
 * subrequest this is, is not ours alone: "mirror" sends it afterwards.
 */

ngx_int_t
ngx_polycard_batch_open(ngx_polycard_batch_t *batch)
{
    ngx_buf_t           *b;
    ngx_chain_t         *cl;
    ngx_http_request_t  *r;

    r = batch->request;
    batch->body.bufs = &batch->body.copy;

    if (r->request_body == NULL) {
        return NGX_OK;
    }

    if (r->request_body_no_buffering) {
        batch->body.bufs = &r->request_body->bufs;
        return NGX_OK;
    }

    if (ngx_chain_add_copy(r->pool, &batch->body.copy, r->request_body->bufs)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (cl = batch->body.copy; cl; cl = cl->next) {
        b = ngx_alloc_buf(r->pool);
        if (b == NULL) {
            return NGX_ERROR;
        }

        *b = *cl->buf;
        cl->buf = b;
    }

    return NGX_OK;
}


ngx_int_t
ngx_polycard_batch_read(ngx_polycard_batch_t *batch, ngx_str_t *line)
{
    u_char                     *p, *end;
    ngx_int_t                   rc;
    ngx_polycard_batch_body_t  *body;

    body = &batch->body;

    for ( ;; ) {
        rc = ngx_polycard_batch_fill(batch);

        if (rc == NGX_DONE && !body->failed) {

            /* the last one may have no end */

            return ngx_polycard_batch_whole(body, line);
        }

        if (rc != NGX_OK) {
            return rc;
        }

        p = body->pos;
        end = ngx_strlchr(p, body->last, '\n');

        body->pos = end ? end + 1 : body->last;

        if (end && body->part.len == 0 && !body->skip
            && end - p <= NGX_POLYCARD_BATCH_LINE)
        {
            line->data = p;
            line->len = end - p;
            return NGX_OK;
        }

        if (ngx_polycard_batch_keep(batch, p, (end ? end : body->last) - p)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (end) {
            rc = ngx_polycard_batch_whole(body, line);
            return (rc == NGX_DONE) ? NGX_OK : rc;
        }
    }
}


/* what was kept; NGX_DONE: nothing */

static ngx_int_t
ngx_polycard_batch_whole(ngx_polycard_batch_body_t *body, ngx_str_t *line)
{
    ngx_int_t  rc;

    rc = body->skip ? NGX_DECLINED : body->part.len ? NGX_OK : NGX_DONE;

    *line = body->part;

    body->part.len = 0;
    body->skip = 0;

    return rc;
}


/* body->pos to body->last is something, unless NGX_AGAIN, NGX_DONE */

static ngx_int_t
ngx_polycard_batch_fill(ngx_polycard_batch_t *batch)
{
    ngx_int_t                   rc;
    ngx_buf_t                  *b;
    ngx_http_request_t         *r;
    ngx_polycard_batch_body_t  *body;

    r = batch->request;
    body = &batch->body;

    while (body->pos == body->last) {

        if (body->ended || r->request_body == NULL) {
            body->ended = 1;
            return NGX_DONE;
        }

        ngx_polycard_batch_drop(batch);

        if (*body->bufs) {
            b = (*body->bufs)->buf;

            if (b->in_file && ngx_polycard_batch_window(batch, b) != NGX_OK) {
                return NGX_ERROR;
            }

            if (!b->in_file) {
                body->pos = b->pos;
                body->last = b->last;
                b->pos = b->last;
            }

            continue;
        }

        if (!r->reading_body) {
            body->ended = 1;
            return NGX_DONE;
        }

        rc = ngx_http_read_unbuffered_request_body(r);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            body->failed = rc;
            body->ended = 1;
            return NGX_DONE;
        }

        if (rc == NGX_AGAIN && *body->bufs == NULL) {
            return NGX_AGAIN;
        }
    }

    return NGX_OK;
}


/* bufs that were read, and are empty: nginx fills them again */

static void
ngx_polycard_batch_drop(ngx_polycard_batch_t *batch)
{
    ngx_chain_t  *cl, **bufs;

    bufs = batch->body.bufs;

    while (*bufs && ngx_buf_size((*bufs)->buf) == 0) {
        cl = *bufs;
        *bufs = cl->next;

        ngx_free_chain(batch->request->pool, cl);
    }
}


/* HTTP/2 may have put a body into a file before it was asked for */

static ngx_int_t
ngx_polycard_batch_window(ngx_polycard_batch_t *batch, ngx_buf_t *b)
{
    ssize_t                     n;
    ngx_polycard_batch_body_t  *body;

    body = &batch->body;

    if (body->window == NULL) {
        body->window = ngx_pnalloc(batch->request->pool,
                                   NGX_POLYCARD_BATCH_PIECE);
        if (body->window == NULL) {
            return NGX_ERROR;
        }
    }

    n = ngx_read_file(b->file, body->window,
                      ngx_min(b->file_last - b->file_pos,
                              NGX_POLYCARD_BATCH_PIECE),
                      b->file_pos);

    if (n <= 0) {
        return NGX_ERROR;
    }

    b->file_pos += n;

    body->pos = body->window;
    body->last = body->window + n;

    return NGX_OK;
}


/* more of a line; sets body->skip where it is too long */

static ngx_int_t
ngx_polycard_batch_keep(ngx_polycard_batch_t *batch, u_char *data, size_t len)
{
    ngx_polycard_batch_body_t  *body;

    body = &batch->body;

    if (body->skip) {
        return NGX_OK;
    }

    if (body->part.len + len > NGX_POLYCARD_BATCH_LINE) {
        body->part.len = 0;
        body->skip = 1;
        return NGX_OK;
    }

    if (body->part.data == NULL) {
        body->part.data = ngx_pnalloc(batch->request->pool,
                                      NGX_POLYCARD_BATCH_LINE);
        if (body->part.data == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_memcpy(body->part.data + body->part.len, data, len);
    body->part.len += len;

    return NGX_OK;
}
