
#include "http/body.h"
#include "core/form.h"
#include "core/json.h"
#include "core/multipart.h"


static ngx_int_t ngx_polycard_body_bytes(ngx_http_request_t *r,
    ngx_polycard_str_t *body);
static ngx_uint_t ngx_polycard_body_is_encoded(ngx_http_request_t *r);
static ngx_uint_t ngx_polycard_body_is(ngx_str_t *value, const char *type);
static ngx_uint_t ngx_polycard_body_is_utf8(ngx_str_t *value);
static ngx_int_t ngx_polycard_body_copy(ngx_buf_t *b, u_char *p, size_t len);


ngx_polycard_body_e
ngx_polycard_body_type(ngx_http_request_t *r)
{
    ngx_uint_t   i;
    ngx_str_t   *value;

    static const struct {
        const char           *name;
        ngx_polycard_body_e   type;
    } types[] = {
        { "application/json", NGX_POLYCARD_BODY_JSON },
        { "application/x-www-form-urlencoded", NGX_POLYCARD_BODY_FORM },
        { "multipart/form-data", NGX_POLYCARD_BODY_MULTIPART },
        { "application/merge-patch+json", NGX_POLYCARD_BODY_PATCH },
        { "application/x-ndjson", NGX_POLYCARD_BODY_LINES },
        { "application/ndjson", NGX_POLYCARD_BODY_LINES },
        { "application/jsonl", NGX_POLYCARD_BODY_LINES }
    };

    if (r->headers_in.content_type == NULL
        || ngx_polycard_body_is_encoded(r))
    {
        return NGX_POLYCARD_BODY_UNKNOWN;
    }

    value = &r->headers_in.content_type->value;

    if (!ngx_polycard_body_is_utf8(value)) {
        return NGX_POLYCARD_BODY_UNKNOWN;
    }

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (ngx_polycard_body_is(value, types[i].name)) {
            return types[i].type;
        }
    }

    return NGX_POLYCARD_BODY_UNKNOWN;
}


static ngx_uint_t
ngx_polycard_body_is_encoded(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].key.len == sizeof("Content-Encoding") - 1
            && ngx_strncasecmp(h[i].key.data, (u_char *) "Content-Encoding",
                               h[i].key.len) == 0
            && !ngx_polycard_body_is(&h[i].value, "identity"))
        {
            return 1;
        }
    }

    return 0;
}


/* the value without its parameters, whatever the case of its letters */

static ngx_uint_t
ngx_polycard_body_is(ngx_str_t *value, const char *type)
{
    u_char  ch;
    size_t  len;

    len = ngx_strlen(type);

    if (value->len < len
        || ngx_strncasecmp(value->data, (u_char *) type, len) != 0)
    {
        return 0;
    }

    if (value->len == len) {
        return 1;
    }

    ch = value->data[len];

    return ch == ';' || ch == ' ' || ch == '\t';
}


static ngx_uint_t
ngx_polycard_body_is_utf8(ngx_str_t *value)
{
    u_char  *p, *last;

    last = value->data + value->len;

    p = ngx_strlcasestrn(value->data, last, (u_char *) "charset=", 8 - 1);

    if (p == NULL) {
        return 1;
    }

    p += 8;

    if (p < last && *p == '"') {
        p++;
    }

    return (last - p >= 5
            && ngx_strncasecmp(p, (u_char *) "utf-8", 5) == 0)
           || (last - p >= 4
               && ngx_strncasecmp(p, (u_char *) "utf8", 4) == 0);
}


ngx_int_t
ngx_polycard_body_start(ngx_http_request_t *r,
    ngx_http_client_body_handler_pt handler)
{
    ngx_int_t  rc;

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, handler);

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
}


ngx_int_t
ngx_polycard_body_read(ngx_http_request_t *r, ngx_polycard_body_e type,
    ngx_polycard_input_t *in)
{
    int                 rc;
    ngx_int_t           status;
    ngx_polycard_str_t  body, content_type, boundary;

    status = ngx_polycard_body_input(r, &ngx_polycard_client, in, &body);

    if (status != NGX_OK) {
        return status;
    }

    switch (type) {

    case NGX_POLYCARD_BODY_JSON:
        rc = ngx_polycard_json_read(in, &body);
        break;

    case NGX_POLYCARD_BODY_FORM:

        if (ngx_polycard_json_begins(&body)) {
            return NGX_HTTP_UNSUPPORTED_MEDIA_TYPE;
        }

        rc = ngx_polycard_form_read(in, &body);
        break;

    default:
        content_type = ngx_polycard_str(&r->headers_in.content_type->value);

        if (ngx_polycard_multipart_boundary(&content_type, &boundary)
            != NGX_POLYCARD_OK)
        {
            rc = ngx_polycard_input_fail(in, -1,
                                         "the multipart body has no boundary");
            break;
        }

        rc = ngx_polycard_multipart_read(in, &body, &boundary);
    }

    if (rc == NGX_POLYCARD_NO_MEMORY) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (rc != NGX_POLYCARD_OK
        || ngx_polycard_input_check(in, 1) != NGX_POLYCARD_OK)
    {
        return NGX_HTTP_BAD_REQUEST;
    }

    return NGX_OK;
}


ngx_int_t
ngx_polycard_body_input(ngx_http_request_t *r,
    const ngx_polycard_table_t *table, ngx_polycard_input_t *in,
    ngx_polycard_str_t *body)
{
    size_t      size;
    u_char     *scratch;
    ngx_int_t   status;

    status = ngx_polycard_body_bytes(r, body);

    if (status != NGX_OK) {
        return status;
    }

    size = body->len + NGX_POLYCARD_INPUT_EXTRA;

    scratch = ngx_pnalloc(r->pool, size);
    if (scratch == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    ngx_polycard_input_init(in, table, scratch, size);

    return NGX_OK;
}


/* in one piece */

static ngx_int_t
ngx_polycard_body_bytes(ngx_http_request_t *r, ngx_polycard_str_t *body)
{
    off_t         size;
    u_char       *p;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    body->data = (u_char *) "";
    body->len = 0;

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    size = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    if (size > NGX_POLYCARD_BODY_MAX) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    cl = r->request_body->bufs;
    b = cl->buf;

    body->len = size;

    if (cl->next == NULL && !b->in_file) {
        body->data = b->pos;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, size + 1);
    if (p == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    body->data = p;

    for ( /* void */ ; cl; cl = cl->next) {
        size = ngx_buf_size(cl->buf);

        if (ngx_polycard_body_copy(cl->buf, p, size) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        p += size;
    }

    return NGX_OK;
}


/*
 * A body that did not fit client_body_buffer_size is in a temporary file that
 * nginx has just written: it is small, and in the page cache.
 */

static ngx_int_t
ngx_polycard_body_copy(ngx_buf_t *b, u_char *p, size_t len)
{
    if (len == 0) {
        return NGX_OK;
    }

    if (!b->in_file) {
        ngx_memcpy(p, b->pos, len);
        return NGX_OK;
    }

    return (ngx_read_file(b->file, p, len, b->file_pos) == (ssize_t) len)
           ? NGX_OK : NGX_ERROR;
}
