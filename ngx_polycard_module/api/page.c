
#include "api/page.h"
#include "core/answer.h"
#include "counters/count.h"


#define NGX_POLYCARD_PAGE_BUFFER  32768


static size_t ngx_polycard_page_most(const ngx_polycard_table_t *table);
static ngx_int_t ngx_polycard_page_ids(ngx_polycard_page_t *page);
static ngx_int_t ngx_polycard_page_ask(ngx_polycard_page_t *page);
static void ngx_polycard_page_record(ngx_polycard_store_call_t *call);
static ngx_int_t ngx_polycard_page_write(ngx_polycard_page_t *page,
    ngx_str_t *id);
static ngx_int_t ngx_polycard_page_room(ngx_polycard_page_t *page,
    size_t size);
static void ngx_polycard_page_bad_record(ngx_polycard_page_t *page);
static ngx_int_t ngx_polycard_page_finish(ngx_polycard_page_t *page);


void
ngx_polycard_page_start(ngx_polycard_page_t *page,
    const ngx_polycard_table_t *table)
{
    ngx_int_t  rc;

    page->table = table;
    page->most = ngx_polycard_page_most(table);

    rc = NGX_HTTP_SERVICE_UNAVAILABLE;

    if (ngx_polycard_page_ids(page) == NGX_OK
        && ngx_polycard_page_room(page, 2) == NGX_OK)
    {
        *page->buf->last++ = '[';

        rc = page->n ? ngx_polycard_page_ask(page)
                     : ngx_polycard_page_finish(page);
    }

    if (rc != NGX_DONE) {
        ngx_polycard_request_finish(&page->ctx, rc);
    }
}


/* besides the record: a comma before it, and the bracket at the end */

#define ngx_polycard_page_size(table, value)                                  \
    (ngx_polycard_answer_size(table, value) + 2)


static size_t
ngx_polycard_page_most(const ngx_polycard_table_t *table)
{
    ngx_uint_t          i;
    ngx_polycard_str_t  value[NGX_POLYCARD_ATTRIBUTES_MAX];

    for (i = 0; i < table->n; i++) {
        value[i].data = (u_char *) "";
        value[i].len = NGX_POLYCARD_TEXT_MAX;
    }

    return ngx_polycard_page_size(table, value);
}


/* the list is in the memory of Redis' reply, which is freed after this call */

static ngx_int_t
ngx_polycard_page_ids(ngx_polycard_page_t *page)
{
    ngx_str_t                   id, *copy;
    ngx_uint_t                  i;
    ngx_polycard_str_t          text;
    ngx_polycard_store_list_t  *list;

    list = &page->list;

    page->ids = ngx_palloc(page->ctx.request->pool,
                           (list->items + 1) * sizeof(ngx_str_t));
    if (page->ids == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < list->items; i++) {
        ngx_polycard_store_list_item(list, i, &id, NULL);

        text = ngx_polycard_str(&id);

        if (ngx_polycard_attribute_check(&page->table->attribute[0], &text)) {
            ngx_polycard_page_bad_record(page);
            continue;
        }

        copy = &page->ids[page->n++];

        copy->len = id.len;
        copy->data = ngx_pstrdup(page->ctx.request->pool, &id);

        if (copy->data == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* NGX_DONE: the store will reply; NGX_AGAIN would be a socket that is full */

static ngx_int_t
ngx_polycard_page_ask(ngx_polycard_page_t *page)
{
    ngx_int_t   rc;
    ngx_uint_t  n;

    n = ngx_min(page->n - page->asked, NGX_POLYCARD_STORE_BATCH);

    page->batch = page->asked;
    page->asked += n;

    ngx_polycard_request_ask(&page->ctx, &page->records.call,
                             ngx_polycard_page_record);

    rc = ngx_polycard_store_read_records(&page->records, page->table,
                                         &page->ids[page->batch], n);

    return (rc == NGX_OK) ? NGX_DONE
                          : ngx_polycard_request_fail_store(&page->ctx,
                                               NGX_HTTP_SERVICE_UNAVAILABLE);
}


static void
ngx_polycard_page_record(ngx_polycard_store_call_t *call)
{
    ngx_int_t             rc;
    ngx_polycard_page_t  *page;

    page = call->data;
    rc = NGX_OK;

    switch (call->status) {

    case NGX_OK:
        rc = ngx_polycard_page_write(page,
                        &page->ids[page->batch + page->records.index - 1]);
        break;

    case NGX_DECLINED:

        /* deleted since the list was read */
        break;

    case NGX_ERROR:
        ngx_polycard_page_bad_record(page);
        break;

    default:
        rc = ngx_polycard_request_fail_store(&page->ctx, call->status);
        break;
    }

    if (rc == NGX_OK) {
        if (call->op) {
            return;
        }

        rc = (page->asked < page->n) ? ngx_polycard_page_ask(page)
                                     : ngx_polycard_page_finish(page);
    }

    if (rc != NGX_DONE) {
        ngx_polycard_store_cancel(call);
        ngx_polycard_request_finish(&page->ctx, rc);
    }
}


static ngx_int_t
ngx_polycard_page_write(ngx_polycard_page_t *page, ngx_str_t *id)
{
    u_char              *p, *end;
    unsigned             flaws;
    ngx_polycard_str_t  *value;

    value = page->records.value;
    value[0] = ngx_polycard_str(id);

    /* in most of the buffer there is room for any record */

    if ((size_t) (page->buf->end - page->buf->last) < page->most
        && ngx_polycard_page_room(page, ngx_polycard_page_size(page->table,
                                                               value))
           != NGX_OK)
    {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    p = page->buf->last;

    if (page->written) {
        *p++ = ',';
    }

    flaws = 0;

    end = ngx_polycard_answer_record(p, page->table, value, &flaws);

    if (end == NULL) {
        ngx_polycard_page_bad_record(page);
        return NGX_OK;
    }

    if (flaws) {
        ngx_polycard_request_mended(&page->ctx);
    }

    page->buf->last = end;
    page->written++;

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_page_room(ngx_polycard_page_t *page, size_t size)
{
    ngx_chain_t  *cl;

    if (page->buf && (size_t) (page->buf->end - page->buf->last) >= size) {
        return NGX_OK;
    }

    cl = page->last;

    if (cl == NULL || cl->buf->last > cl->buf->pos) {

        /* an empty buffer is replaced: nginx does not send one */

        cl = ngx_alloc_chain_link(page->ctx.request->pool);
        if (cl == NULL) {
            return NGX_ERROR;
        }

        cl->next = NULL;

        if (page->last) {
            page->last->next = cl;

        } else {
            page->out = cl;
        }

        page->last = cl;
    }

    cl->buf = ngx_create_temp_buf(page->ctx.request->pool,
                                  ngx_max(size, NGX_POLYCARD_PAGE_BUFFER));
    if (cl->buf == NULL) {
        return NGX_ERROR;
    }

    page->buf = cl->buf;

    return NGX_OK;
}


/* B9: left out, counted, and logged once per worker, without its data */

static void
ngx_polycard_page_bad_record(ngx_polycard_page_t *page)
{
    ngx_polycard_market_t  *market;

    market = page->ctx.market;

    ngx_polycard_counts_left_out(market);

    if (market->worker->bad_records++ == 0) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "polycard market \"%V\" has stored records that cannot "
                      "be shown, such as a client without a card number; "
                      "this worker says so once", &market->name);
    }
}


static ngx_int_t
ngx_polycard_page_finish(ngx_polycard_page_t *page)
{
    ngx_chain_t  *cl;

    if (ngx_polycard_page_room(page, 1) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    *page->buf->last++ = ']';

    page->buf->last_buf = (page->ctx.request == page->ctx.request->main);
    page->buf->last_in_chain = 1;

    for (cl = page->out; cl; cl = cl->next) {
        page->size += cl->buf->last - cl->buf->pos;
    }

    return ngx_polycard_request_answer(&page->ctx, page->out, page->size);
}
