
#include "redis/output.h"


/* the smallest allocation, and the largest that is kept: 64 callers who ask for
 * a page of 100 at once send 1.5 MB */
#define NGX_POLYCARD_OUTPUT_MIN   4096
#define NGX_POLYCARD_OUTPUT_MAX   (2 * 1024 * 1024)


static ngx_int_t ngx_polycard_output_room(ngx_polycard_output_t *output,
    size_t size);


ngx_int_t
ngx_polycard_output_add(ngx_polycard_output_t *output, const u_char *data,
    size_t size)
{
    if (ngx_polycard_output_room(output, size) != NGX_OK) {
        return NGX_ERROR;
    }

    output->last = ngx_cpymem(output->last, data, size);

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_output_room(ngx_polycard_output_t *output, size_t size)
{
    size_t   used, all;
    u_char  *p;

    if ((size_t) (output->end - output->last) >= size) {
        return NGX_OK;
    }

    used = ngx_polycard_output_size(output);
    all = output->end - output->start;

    if (used + size > all / 2) {
        all = ngx_max(2 * (used + size), NGX_POLYCARD_OUTPUT_MIN);

        p = ngx_alloc(all, ngx_cycle->log);
        if (p == NULL) {
            return NGX_ERROR;
        }

    } else {
        p = output->start;
    }

    if (used) {
        ngx_memmove(p, output->pos, used);
    }

    if (p != output->start && output->start) {
        ngx_free(output->start);
    }

    output->start = p;
    output->pos = p;
    output->last = p + used;
    output->end = p + all;

    return NGX_OK;
}


void
ngx_polycard_output_clear(ngx_polycard_output_t *output)
{
    output->pos = output->start;
    output->last = output->start;

    if (output->end - output->start > NGX_POLYCARD_OUTPUT_MAX) {
        ngx_polycard_output_free(output);
    }
}


void
ngx_polycard_output_free(ngx_polycard_output_t *output)
{
    if (output->start) {
        ngx_free(output->start);
    }

    ngx_memzero(output, sizeof(ngx_polycard_output_t));
}
