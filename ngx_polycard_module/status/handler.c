
#include "http/request.h"
#include "core/accept.h"
#include "status/handler.h"
#include "status/report.h"

#include "ngx_polycard_page.h"


/* ms between checks whether this or another worker has an answer of Redis */
#define NGX_POLYCARD_STATUS_LOOK  5


/* a request that waits for Redis */

typedef struct {
    ngx_http_request_t     *request;
    ngx_polycard_format_e   format;
    ngx_msec_t              start;
    ngx_event_t             timer;
} ngx_polycard_status_reader_t;


static ngx_int_t ngx_polycard_status_not_allowed(ngx_http_request_t *r);
static ngx_polycard_format_e ngx_polycard_status_format(
    ngx_http_request_t *r);
static ngx_str_t *ngx_polycard_status_accept(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_status_ask(ngx_http_request_t *r,
    ngx_uint_t late);
static ngx_int_t ngx_polycard_status_wait(ngx_http_request_t *r,
    ngx_polycard_format_e format);
static void ngx_polycard_status_timer_handler(ngx_event_t *ev);
static void ngx_polycard_status_cleanup(void *data);
static ngx_int_t ngx_polycard_status_answer(ngx_http_request_t *r,
    ngx_polycard_format_e format);
static ngx_int_t ngx_polycard_status_send_lines(ngx_http_request_t *r,
    const char *type, ngx_polycard_lines_t *lines);
static ngx_int_t ngx_polycard_status_page(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_status_send_bytes(ngx_http_request_t *r,
    const char *type, u_char *data, size_t len);
static ngx_int_t ngx_polycard_status_send(ngx_http_request_t *r,
    const char *type, ngx_chain_t *out, off_t size);


ngx_int_t
ngx_polycard_status_handler(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_polycard_format_e  format;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_polycard_status_not_allowed(r);
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    format = ngx_polycard_status_format(r);

    if (format == NGX_POLYCARD_FORMAT_UNKNOWN) {
        return NGX_HTTP_BAD_REQUEST;
    }

    if (format == NGX_POLYCARD_FORMAT_HTML) {
        return ngx_polycard_status_page(r);
    }

    if (ngx_polycard_status_ask(r, 0) == NGX_OK) {
        return ngx_polycard_status_answer(r, format);
    }

    return ngx_polycard_status_wait(r, format);
}


static ngx_int_t
ngx_polycard_status_not_allowed(ngx_http_request_t *r)
{
    if (ngx_polycard_request_header(r, "Allow", (u_char *) "GET, HEAD", 9)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_HTTP_NOT_ALLOWED;
}


static ngx_polycard_format_e
ngx_polycard_status_format(ngx_http_request_t *r)
{
    ngx_str_t            value, *accept;
    ngx_polycard_str_t   text;

    if (ngx_http_arg(r, (u_char *) "format", 6, &value) == NGX_OK) {
        text = ngx_polycard_str(&value);
        return ngx_polycard_format(&text);
    }

    accept = ngx_polycard_status_accept(r);

    if (accept == NULL) {
        return NGX_POLYCARD_FORMAT_JSON;
    }

    text = ngx_polycard_str(accept);

    return ngx_polycard_accept(&text);
}


/* the first one: r->headers_in has it only if other modules need it */

static ngx_str_t *
ngx_polycard_status_accept(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == 6
                && ngx_strncasecmp(h[i].key.data, (u_char *) "accept", 6) == 0)
            {
                return &h[i].value;
            }
        }
    }

    return NULL;
}


/* asks for all markets at once; NGX_AGAIN: some have not answered yet */

static ngx_int_t
ngx_polycard_status_ask(ngx_http_request_t *r, ngx_uint_t late)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_polycard_market_t     **market;
    ngx_polycard_main_conf_t   *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_polycard_module);

    market = pmcf->markets.elts;
    rc = NGX_OK;

    for (i = 0; i < pmcf->markets.nelts; i++) {
        if (ngx_polycard_values_ask(market[i], late) == NGX_AGAIN) {
            rc = NGX_AGAIN;
        }
    }

    return rc;
}


static ngx_int_t
ngx_polycard_status_wait(ngx_http_request_t *r, ngx_polycard_format_e format)
{
    ngx_pool_cleanup_t            *cln;
    ngx_polycard_status_reader_t  *reader;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_polycard_status_reader_t));
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_polycard_status_cleanup;

    reader = cln->data;
    ngx_memzero(reader, sizeof(ngx_polycard_status_reader_t));

    reader->request = r;
    reader->format = format;
    reader->start = ngx_current_msec;

    reader->timer.handler = ngx_polycard_status_timer_handler;
    reader->timer.data = reader;
    reader->timer.log = r->connection->log;

    ngx_add_timer(&reader->timer, NGX_POLYCARD_STATUS_LOOK);

    r->main->count++;
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    return NGX_DONE;
}


static void
ngx_polycard_status_timer_handler(ngx_event_t *ev)
{
    ngx_uint_t                     late;
    ngx_connection_t              *c;
    ngx_http_request_t            *r;
    ngx_polycard_status_reader_t  *reader;

    reader = ev->data;
    r = reader->request;
    c = r->connection;

    late = (ngx_current_msec - reader->start >= NGX_POLYCARD_VALUES_TIME);

    if (ngx_polycard_status_ask(r, late) == NGX_AGAIN) {
        ngx_add_timer(ev, NGX_POLYCARD_STATUS_LOOK);
        return;
    }

    ngx_http_finalize_request(r, ngx_polycard_status_answer(r,
                                                            reader->format));
    ngx_http_run_posted_requests(c);
}


static void
ngx_polycard_status_cleanup(void *data)
{
    ngx_polycard_status_reader_t *reader = data;

    if (reader->timer.timer_set) {
        ngx_del_timer(&reader->timer);
    }
}


static ngx_int_t
ngx_polycard_status_answer(ngx_http_request_t *r, ngx_polycard_format_e format)
{
    ngx_str_t               json;
    ngx_polycard_lines_t    lines;
    ngx_polycard_report_t  *report;

    report = ngx_polycard_report(r);
    if (report == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (format == NGX_POLYCARD_FORMAT_HISTORY) {

        if (ngx_polycard_report_history(report, &lines) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_polycard_status_send_lines(r, "application/json", &lines);
    }

    if (format == NGX_POLYCARD_FORMAT_JSON) {

        if (ngx_polycard_report_json(report, &json) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_polycard_status_send_bytes(r, "application/json",
                                              json.data, json.len);
    }

    if (ngx_polycard_report_prometheus(report, &lines) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_polycard_status_send_lines(r,
                                  "text/plain; version=0.0.4; charset=utf-8",
                                  &lines);
}


static ngx_int_t
ngx_polycard_status_send_lines(ngx_http_request_t *r, const char *type,
    ngx_polycard_lines_t *lines)
{
    lines->last->buf->last_buf = (r == r->main);
    lines->last->buf->last_in_chain = 1;

    return ngx_polycard_status_send(r, type, lines->first,
                                    ngx_polycard_lines_size(lines));
}


static ngx_int_t
ngx_polycard_status_page(ngx_http_request_t *r)
{
    if (ngx_polycard_request_header(r, "Content-Security-Policy",
                                    (u_char *) NGX_POLYCARD_PAGE_POLICY,
                                    sizeof(NGX_POLYCARD_PAGE_POLICY) - 1)
        != NGX_OK
        || ngx_polycard_request_header(r, "Referrer-Policy",
                                       (u_char *) "no-referrer", 11)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_polycard_status_send_bytes(r, "text/html; charset=utf-8",
                                          ngx_polycard_page,
                                          sizeof(ngx_polycard_page));
}


static ngx_int_t
ngx_polycard_status_send_bytes(ngx_http_request_t *r, const char *type,
    u_char *data, size_t len)
{
    ngx_buf_t    *b;
    ngx_chain_t   out;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = data;
    b->last = data + len;
    b->memory = 1;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_polycard_status_send(r, type, &out, len);
}


static ngx_int_t
ngx_polycard_status_send(ngx_http_request_t *r, const char *type,
    ngx_chain_t *out, off_t size)
{
    u_char     *end;
    ngx_int_t   rc;
    ngx_str_t  *content_type;

    content_type = &r->headers_out.content_type;

    content_type->data = (u_char *) type;
    content_type->len = ngx_strlen(type);

    /* only the type, for gzip_types */

    end = ngx_strlchr(content_type->data,
                      content_type->data + content_type->len, ';');

    r->headers_out.content_type_len = end ? (size_t) (end
                                                      - content_type->data)
                                          : content_type->len;
    r->headers_out.content_type_lowcase = NULL;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = size;
    r->disable_not_modified = 1;

    if (ngx_polycard_request_header(r, "Cache-Control",
                                    (u_char *) "no-store", 8)
        != NGX_OK
        || ngx_polycard_request_header(r, "Vary", (u_char *) "Accept", 6)
           != NGX_OK
        || ngx_polycard_request_header(r, "X-Content-Type-Options",
                                       (u_char *) "nosniff", 7)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, out);
}
