
#include "redis/command.h"
#include "core/number.h"


static u_char *ngx_polycard_command_count(u_char *p, u_char type, size_t n);


u_char *
ngx_polycard_command_start(u_char *p, ngx_uint_t n)
{
    return ngx_polycard_command_count(p, '*', n);
}


u_char *
ngx_polycard_command_arg(u_char *p, const void *data, size_t len)
{
    static ngx_str_t  nothing = ngx_null_string;

    return ngx_polycard_command_join(p, &nothing, data, len);
}


u_char *
ngx_polycard_command_join(u_char *p, const ngx_str_t *one, const void *data,
    size_t len)
{
    p = ngx_polycard_command_count(p, '$', one->len + len);

    /* an empty argument may have no memory at all */

    if (one->len) {
        p = ngx_cpymem(p, one->data, one->len);
    }

    if (len) {
        p = ngx_cpymem(p, data, len);
    }

    *p++ = CR;
    *p++ = LF;

    return p;
}


u_char *
ngx_polycard_command_number(u_char *p, int64_t n)
{
    u_char  *last, text[NGX_INT64_LEN];

    last = ngx_polycard_number_print_integer(text, n);

    return ngx_polycard_command_arg(p, text, last - text);
}


/* the most frequent line, and ngx_sprintf() is slow */

static u_char *
ngx_polycard_command_count(u_char *p, u_char type, size_t n)
{
    *p++ = type;
    p = ngx_polycard_number_print_integer(p, n);

    *p++ = CR;
    *p++ = LF;

    return p;
}
