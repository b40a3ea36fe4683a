
#include "status/lines.h"


#define NGX_POLYCARD_LINES_BUFFER  32768


static ngx_int_t ngx_polycard_lines_room(ngx_polycard_lines_t *lines);


void
ngx_polycard_lines_print(ngx_polycard_lines_t *lines, const char *format, ...)
{
    va_list     args;
    ngx_buf_t  *b;

    if (lines->failed || ngx_polycard_lines_room(lines) != NGX_OK) {
        lines->failed = 1;
        return;
    }

    b = lines->last->buf;

    va_start(args, format);
    b->last = ngx_vslprintf(b->last, b->last + NGX_POLYCARD_LINES_MAX, format,
                            args);
    va_end(args);
}


static ngx_int_t
ngx_polycard_lines_room(ngx_polycard_lines_t *lines)
{
    ngx_chain_t  *cl;

    cl = lines->last;

    if (cl && cl->buf->end - cl->buf->last >= NGX_POLYCARD_LINES_MAX) {
        return NGX_OK;
    }

    cl = ngx_alloc_chain_link(lines->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf = ngx_create_temp_buf(lines->pool, NGX_POLYCARD_LINES_BUFFER);
    if (cl->buf == NULL) {
        return NGX_ERROR;
    }

    cl->next = NULL;

    if (lines->last) {
        lines->last->next = cl;

    } else {
        lines->first = cl;
    }

    lines->last = cl;

    return NGX_OK;
}


off_t
ngx_polycard_lines_size(ngx_polycard_lines_t *lines)
{
    off_t         size;
    ngx_chain_t  *cl;

    size = 0;

    for (cl = lines->first; cl; cl = cl->next) {
        size += cl->buf->last - cl->buf->pos;
    }

    return size;
}
