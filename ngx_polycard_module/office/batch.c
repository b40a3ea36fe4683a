
/* A batch: lines are read, asked for and answered, each as soon as may be */


#include "office/batch.h"


static void ngx_polycard_batch_body_handler(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_batch_create(ngx_polycard_office_t *office);
static void ngx_polycard_batch_cleanup(void *data);
static void ngx_polycard_batch_event(ngx_event_t *ev);
static void ngx_polycard_batch_reader(ngx_http_request_t *r);
static void ngx_polycard_batch_writer(ngx_http_request_t *r);
static void ngx_polycard_batch_run(ngx_polycard_batch_t *batch);
static ngx_int_t ngx_polycard_batch_answer(ngx_polycard_batch_t *batch);
static ngx_int_t ngx_polycard_batch_lines(ngx_polycard_batch_t *batch);
static ngx_uint_t ngx_polycard_batch_is_blank(ngx_str_t *line);
static ngx_uint_t ngx_polycard_batch_may_read(ngx_polycard_batch_t *batch);
static void ngx_polycard_batch_pause(ngx_polycard_batch_t *batch);


ngx_int_t
ngx_polycard_batch_start(ngx_polycard_office_t *office)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = office->ctx.request;

    r->request_body_no_buffering = 1;

    rc = ngx_http_read_client_request_body(r, ngx_polycard_batch_body_handler);

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
}


static void
ngx_polycard_batch_body_handler(ngx_http_request_t *r)
{
    ngx_polycard_office_t  *office;

    office = ngx_http_get_module_ctx(r, ngx_polycard_module);

    if (ngx_polycard_batch_create(office) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_SERVICE_UNAVAILABLE);
        return;
    }

    office->ctx.asked = 1;
    office->ctx.redis_start = ngx_current_msec;

    ngx_polycard_batch_run(office->batch);
}


static ngx_int_t
ngx_polycard_batch_create(ngx_polycard_office_t *office)
{
    ngx_pool_cleanup_t    *cln;
    ngx_http_request_t    *r;
    ngx_polycard_batch_t  *batch;

    r = office->ctx.request;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_polycard_batch_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_polycard_batch_cleanup;

    batch = cln->data;
    ngx_memzero(batch, sizeof(ngx_polycard_batch_t));

    batch->office = office;
    batch->request = r;
    batch->event.handler = ngx_polycard_batch_event;
    batch->event.data = batch;
    batch->event.log = r->connection->log;

    office->batch = batch;

    return ngx_polycard_batch_open(batch);
}


/* the caller is gone, or served */

static void
ngx_polycard_batch_cleanup(void *data)
{
    ngx_polycard_batch_t  *batch = data;

    if (batch->event.posted) {
        ngx_delete_posted_event(&batch->event);
    }

    for ( /* void */ ; batch->n; batch->n--) {
        ngx_polycard_batch_free(batch->slot[batch->first]);
        batch->first = (batch->first + 1) % NGX_POLYCARD_BATCH_SLOTS;
    }
}


/* replies of Redis have come, many at once */

static void
ngx_polycard_batch_event(ngx_event_t *ev)
{
    ngx_connection_t      *c;
    ngx_polycard_batch_t  *batch;

    batch = ev->data;
    c = batch->request->connection;

    ngx_polycard_batch_run(batch);
    ngx_http_run_posted_requests(c);
}


static void
ngx_polycard_batch_reader(ngx_http_request_t *r)
{
    ngx_polycard_office_t  *office;

    office = ngx_http_get_module_ctx(r, ngx_polycard_module);

    ngx_polycard_batch_run(office->batch);
}


static void
ngx_polycard_batch_writer(ngx_http_request_t *r)
{
    ngx_polycard_office_t  *office;

    office = ngx_http_get_module_ctx(r, ngx_polycard_module);

    if (r->connection->write->timedout) {
        r->connection->timedout = 1;
        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }

    ngx_polycard_batch_run(office->batch);
}


/* ends the request, or leaves it waiting for body, Redis or the socket */

static void
ngx_polycard_batch_run(ngx_polycard_batch_t *batch)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = batch->request;

    if (batch->event.posted) {
        ngx_delete_posted_event(&batch->event);
    }

    ngx_polycard_batch_resume(batch);

    if (ngx_polycard_batch_answer(batch) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    rc = ngx_polycard_batch_lines(batch);

    /* lines that were wrong are answered at once */

    if (rc == NGX_ERROR || ngx_polycard_batch_answer(batch) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    if (batch->body.ended && batch->n == 0 && batch->busy == NULL) {
        ngx_http_finalize_request(r, ngx_polycard_batch_end(batch));
        return;
    }

    /* else a reply, the socket or the body goes on with it */

    if (ngx_polycard_batch_may_read(batch) && rc != NGX_AGAIN) {
        ngx_post_event(&batch->event, &ngx_posted_next_events);
    }
}


/* what is there; the socket may be full */

static ngx_int_t
ngx_polycard_batch_answer(ngx_polycard_batch_t *batch)
{
    ngx_http_request_t  *r;

    r = batch->request;

    if (ngx_polycard_batch_emit(batch) != NGX_OK
        || ngx_polycard_batch_send(batch) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* TLS and gzip keep what they have taken: nobody else sends it later */

    if (batch->busy || r->connection->buffered) {
        r->write_event_handler = ngx_polycard_batch_writer;
    }

    return NGX_OK;
}


/* NGX_AGAIN: the body has to come first */

static ngx_int_t
ngx_polycard_batch_lines(ngx_polycard_batch_t *batch)
{
    ngx_int_t   rc;
    ngx_str_t   line;

    while (ngx_polycard_batch_may_read(batch)) {

        batch->request->read_event_handler = ngx_polycard_batch_reader;

        rc = ngx_polycard_batch_read(batch, &line);

        if (rc == NGX_DONE) {
            batch->request->read_event_handler = ngx_http_test_reading;
            return NGX_OK;
        }

        if (rc == NGX_ERROR || rc == NGX_AGAIN) {
            return rc;
        }

        batch->body.lines++;

        if (rc == NGX_OK && ngx_polycard_batch_is_blank(&line)) {
            continue;
        }

        if (ngx_polycard_batch_line(batch, &line, rc) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ngx_polycard_batch_pause(batch);

    return NGX_OK;
}


/* as between two groups of lines, or behind the last one */

static ngx_uint_t
ngx_polycard_batch_is_blank(ngx_str_t *line)
{
    size_t  i;

    for (i = 0; i < line->len; i++) {
        if (line->data[i] != ' ' && line->data[i] != '\t'
            && line->data[i] != '\r')
        {
            return 0;
        }
    }

    return 1;
}


static ngx_uint_t
ngx_polycard_batch_may_read(ngx_polycard_batch_t *batch)
{
    return !batch->body.ended && batch->busy == NULL && batch->alone == NULL
           && batch->waits == NULL
           && batch->n < NGX_POLYCARD_BATCH_SLOTS
           && batch->bytes < NGX_POLYCARD_BATCH_BYTES;
}


/* the caller may take as long as we do */

static void
ngx_polycard_batch_pause(ngx_polycard_batch_t *batch)
{
    ngx_http_request_t  *r;

    r = batch->request;

    if (batch->body.ended || !r->reading_body) {
        return;
    }

    if (r->connection->read->timer_set) {
        ngx_del_timer(r->connection->read);
    }

    r->read_event_handler = ngx_http_block_reading;
}
