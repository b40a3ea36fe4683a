
/* The answer to a batch: a line for each of its lines, in their order */


#include "office/batch.h"


static ngx_int_t ngx_polycard_batch_append(ngx_polycard_batch_t *batch,
    ngx_str_t *text);
static ngx_int_t ngx_polycard_batch_header(ngx_polycard_batch_t *batch);
static ngx_int_t ngx_polycard_batch_broken(ngx_polycard_batch_t *batch);


ngx_int_t
ngx_polycard_batch_emit(ngx_polycard_batch_t *batch)
{
    ngx_polycard_batch_slot_t  *slot;

    while (batch->n && batch->slot[batch->first]->done) {
        slot = batch->slot[batch->first];

        if (slot->text.len == 0
            || ngx_polycard_batch_append(batch, &slot->text) != NGX_OK)
        {
            return NGX_ERROR;
        }

        batch->first = (batch->first + 1) % NGX_POLYCARD_BATCH_SLOTS;
        batch->n--;
        batch->bytes -= slot->size;

        ngx_polycard_batch_free(slot);
    }

    if (batch->body.failed && batch->n == 0) {
        return ngx_polycard_batch_broken(batch);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_batch_append(ngx_polycard_batch_t *batch, ngx_str_t *text)
{
    ngx_buf_t     *b;
    ngx_chain_t   *cl, **last;

    for (last = &batch->out; *last && (*last)->next; last = &(*last)->next) {
        /* void */
    }

    cl = *last;

    if (cl == NULL || (size_t) (cl->buf->end - cl->buf->last) < text->len) {

        if (cl) {
            last = &cl->next;
        }

        cl = ngx_chain_get_free_buf(batch->request->pool, &batch->free);
        if (cl == NULL) {
            return NGX_ERROR;
        }

        b = cl->buf;

        if (b->start == NULL) {
            b->start = ngx_palloc(batch->request->pool,
                                  NGX_POLYCARD_BATCH_PIECE);
            if (b->start == NULL) {
                return NGX_ERROR;
            }

            b->end = b->start + NGX_POLYCARD_BATCH_PIECE;
            b->tag = (ngx_buf_tag_t) &ngx_polycard_batch_append;
            b->temporary = 1;
            b->flush = 1;
        }

        b->pos = b->start;
        b->last = b->start;
        cl->next = NULL;

        *last = cl;
    }

    cl->buf->last = ngx_cpymem(cl->buf->last, text->data, text->len);

    return NGX_OK;
}


ngx_int_t
ngx_polycard_batch_send(ngx_polycard_batch_t *batch)
{
    ngx_int_t                  rc;
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = batch->request;
    c = r->connection;

    if (batch->out == NULL && batch->busy == NULL) {
        return NGX_OK;
    }

    if (!r->header_sent && ngx_polycard_batch_header(batch) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_http_output_filter(r, batch->out);

    ngx_chain_update_chains(r->pool, &batch->free, &batch->busy, &batch->out,
                            (ngx_buf_tag_t) &ngx_polycard_batch_append);
    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (batch->busy == NULL) {
        if (c->write->timer_set && !c->write->delayed) {
            ngx_del_timer(c->write);
        }

        return NGX_OK;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (!c->write->delayed) {
        ngx_add_timer(c->write, clcf->send_timeout);
    }

    return ngx_handle_write_event(c->write, clcf->send_lowat);
}


static ngx_int_t
ngx_polycard_batch_header(ngx_polycard_batch_t *batch)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = batch->request;

    r->headers_out.status = NGX_HTTP_OK;
    ngx_polycard_request_set_type(r, -1);

    ngx_str_set(&r->headers_out.content_type, "application/x-ndjson");
    r->headers_out.content_type_len = r->headers_out.content_type.len;

    r->disable_not_modified = 1;
    r->allow_ranges = 0;

    rc = (ngx_polycard_request_no_store(r) == NGX_OK)
         ? ngx_http_send_header(r) : NGX_ERROR;

    return (rc == NGX_ERROR || rc > NGX_OK) ? NGX_ERROR : NGX_OK;
}


/* what was answered stands: the rest of the body is told as one more line */

static ngx_int_t
ngx_polycard_batch_broken(ngx_polycard_batch_t *batch)
{
    u_char       text[256];
    ngx_str_t    line;
    const char  *what;

    switch (batch->body.failed) {

    case NGX_HTTP_REQUEST_ENTITY_TOO_LARGE:
        what = "the body is longer than client_max_body_size";
        break;

    case NGX_HTTP_REQUEST_TIME_OUT:
        what = "the rest of the body did not come in time";
        break;

    default:
        what = "the rest of the body cannot be read";
    }

    line.data = text;
    line.len = ngx_snprintf(text, sizeof(text), "{\"line\":%ui,\"status\":"
                            "\"NOK\",\"error\":\"%s\",\"http\":%i}\n",
                            batch->body.lines + 1, what, batch->body.failed)
               - text;

    batch->body.failed = 0;
    batch->request->keepalive = 0;

    return ngx_polycard_batch_append(batch, &line);
}


ngx_int_t
ngx_polycard_batch_end(ngx_polycard_batch_t *batch)
{
    ngx_http_request_t  *r;

    r = batch->request;

    batch->office->ctx.redis_time = ngx_current_msec
                                    - batch->office->ctx.redis_start;

    if (!r->header_sent && ngx_polycard_batch_header(batch) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_send_special(r, NGX_HTTP_LAST);
}
