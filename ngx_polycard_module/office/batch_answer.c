
/* The answer to a batch: a line for each of its lines, in their order */


#include "office/batch.h"
#include "core/text.h"
#include "counters/count.h"


/* {"line":,"status":"NOK","error":"","http":500} */
#define NGX_POLYCARD_BATCH_HEAD  (64 + NGX_INT_T_LEN)


static ngx_int_t ngx_polycard_batch_append(ngx_polycard_batch_t *batch,
    ngx_str_t *text);
static ngx_chain_t *ngx_polycard_batch_piece(ngx_polycard_batch_t *batch,
    size_t len);
static ngx_int_t ngx_polycard_batch_header(ngx_polycard_batch_t *batch);
static ngx_int_t ngx_polycard_batch_broken(ngx_polycard_batch_t *batch);


ngx_int_t
ngx_polycard_batch_wrong(ngx_polycard_batch_slot_t *slot, ngx_int_t status,
    const char *what)
{
    size_t   len;
    u_char  *copy;

    len = ngx_strlen(what) + 1;
    copy = ngx_pnalloc(slot->act.pool, len);

    if (copy) {
        ngx_memcpy(copy, what, len);
    }

    slot->act.status = status;
    slot->act.error = (char *) copy;

    return NGX_ERROR;
}


/* in memory of its own: what the store said is gone in a moment */

void
ngx_polycard_batch_print(ngx_polycard_batch_slot_t *slot)
{
    size_t                      size;
    u_char                     *p;
    unsigned                    flaws = 0;
    ngx_polycard_str_t          error;
    ngx_polycard_office_act_t  *act;

    act = &slot->act;
    slot->done = 1;

    if (act->status >= NGX_HTTP_INTERNAL_SERVER_ERROR) {
        slot->batch->lost = 1;
    }

    error.data = (u_char *) (act->error ? act->error : "there is no memory");
    error.len = ngx_strlen(error.data);

    size = NGX_POLYCARD_BATCH_HEAD + act->json.len
           + ngx_polycard_text_size(&error, error.len);

    p = ngx_pnalloc(act->pool, size);
    if (p == NULL) {
        return;
    }

    slot->text.data = p;
    p = ngx_sprintf(p, "{\"line\":%ui,", slot->n);

    if (act->status < NGX_HTTP_BAD_REQUEST) {
        p = ngx_cpymem(p, act->json.data + 1, act->json.len - 1);

    } else {
        p = ngx_cpymem(p, "\"status\":\"NOK\",\"error\":\"", 24);
        p = ngx_polycard_text_print(p, &error, error.len, &flaws);
        p = ngx_sprintf(p, "\",\"http\":%ui}", act->status);
    }

    *p++ = '\n';
    slot->text.len = p - slot->text.data;
}


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


void
ngx_polycard_batch_free(ngx_polycard_batch_slot_t *slot)
{
    unsigned  status;

    /* as of a request whose caller has gone */

    status = slot->done ? (unsigned) slot->act.status : 0;

    ngx_polycard_counts_line(slot->batch->office->ctx.market,
                             ngx_polycard_result(status, 0));

    ngx_polycard_store_cancel(&slot->act.added.call);
    ngx_destroy_pool(slot->act.pool);
}


static ngx_int_t
ngx_polycard_batch_append(ngx_polycard_batch_t *batch, ngx_str_t *text)
{
    ngx_chain_t  *cl, **last;

    for (last = &batch->out; *last && (*last)->next; last = &(*last)->next) {
        /* void */
    }

    cl = *last;

    if (cl == NULL || (size_t) (cl->buf->end - cl->buf->last) < text->len) {

        if (cl) {
            last = &cl->next;
        }

        cl = ngx_polycard_batch_piece(batch, text->len);
        if (cl == NULL) {
            return NGX_ERROR;
        }

        *last = cl;
    }

    cl->buf->last = ngx_cpymem(cl->buf->last, text->data, text->len);

    return NGX_OK;
}


/* an empty one, with room for a line: what a Redis says may be long */

static ngx_chain_t *
ngx_polycard_batch_piece(ngx_polycard_batch_t *batch, size_t len)
{
    size_t        size;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    cl = ngx_chain_get_free_buf(batch->request->pool, &batch->free);
    if (cl == NULL) {
        return NULL;
    }

    b = cl->buf;

    if ((size_t) (b->end - b->start) < len) {
        size = ngx_max(len, NGX_POLYCARD_BATCH_PIECE);

        b->start = ngx_palloc(batch->request->pool, size);
        if (b->start == NULL) {
            return NULL;
        }

        b->end = b->start + size;
        b->tag = (ngx_buf_tag_t) &ngx_polycard_batch_append;
        b->temporary = 1;
        b->flush = 1;
    }

    b->pos = b->start;
    b->last = b->start;
    cl->next = NULL;

    return cl;
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

    if (batch->out == NULL && batch->busy == NULL && !c->buffered) {
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

    if (batch->busy == NULL && (!c->buffered || c->write->ready)) {
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
