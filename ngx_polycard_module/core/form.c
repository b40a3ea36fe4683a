
#include "core/form.h"

#include <string.h>


static int ngx_polycard_form_read_pair(ngx_polycard_input_t *in,
    const u_char *pair, const u_char *end);
static int ngx_polycard_form_decode(ngx_polycard_input_t *in,
    const u_char *s, const u_char *end, ngx_polycard_str_t *text);
static int ngx_polycard_form_hex(u_char c);


int
ngx_polycard_form_read(ngx_polycard_input_t *in,
    const ngx_polycard_str_t *body)
{
    const u_char  *pair, *last, *end;

    if (body->len == 0) {
        return NGX_POLYCARD_OK;
    }

    /* the decoded text is never longer than the encoded one */

    if (body->len > (size_t) (in->end - in->pos)) {
        return ngx_polycard_input_fail(in, -1, "the request is too large");
    }

    end = body->data + body->len;

    in->encoded = memchr(body->data, '%', body->len) != NULL
                  || memchr(body->data, '+', body->len) != NULL;

    for (pair = body->data; pair < end; pair = last + 1) {
        last = memchr(pair, '&', end - pair);

        if (last == NULL) {
            last = end;
        }

        if (ngx_polycard_form_read_pair(in, pair, last) != NGX_POLYCARD_OK
            && !in->all)
        {
            return NGX_POLYCARD_ERROR;
        }

        if (last == end) {
            break;
        }
    }

    return NGX_POLYCARD_OK;
}


static int
ngx_polycard_form_read_pair(ngx_polycard_input_t *in, const u_char *pair,
    const u_char *end)
{
    int                  index;
    const u_char        *value;
    ngx_polycard_str_t   text;

    if (pair == end) {
        return NGX_POLYCARD_OK;
    }

    value = memchr(pair, '=', end - pair);

    if (value == NULL) {
        value = end;
    }

    if (ngx_polycard_form_decode(in, pair, value, &text) != NGX_POLYCARD_OK) {

        /* the name of nothing */

        text.data = (u_char *) pair;
        text.len = value - pair;
    }

    index = ngx_polycard_input_index(in, text.data, text.len);

    if (index == -1) {
        return NGX_POLYCARD_OK;
    }

    value += (value < end);

    if (ngx_polycard_form_decode(in, value, end, &text) != NGX_POLYCARD_OK) {
        return ngx_polycard_input_fail(in, index, "holds a broken % escape");
    }

    /* names are decoded in the same place, and not kept */

    in->pos += text.len;

    return ngx_polycard_input_set(in, index, text.data, text.len);
}


/* to the scratch memory, without allocating it yet */

static int
ngx_polycard_form_decode(ngx_polycard_input_t *in, const u_char *s,
    const u_char *end, ngx_polycard_str_t *text)
{
    int      high, low;
    u_char  *p;

    text->data = p = in->pos;

    if (!in->encoded) {
        text->len = end - s;
        (void) memcpy(p, s, text->len);

        return NGX_POLYCARD_OK;
    }

    for ( /* void */ ; s < end; s++) {
        if (*s != '%') {
            *p++ = *s == '+' ? ' ' : *s;
            continue;
        }

        if (end - s < 3) {
            return NGX_POLYCARD_ERROR;
        }

        high = ngx_polycard_form_hex(s[1]);
        low = ngx_polycard_form_hex(s[2]);

        if (high == -1 || low == -1) {
            return NGX_POLYCARD_ERROR;
        }

        *p++ = (u_char) (high << 4 | low);
        s += 2;
    }

    text->len = p - text->data;

    return NGX_POLYCARD_OK;
}


static int
ngx_polycard_form_hex(u_char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
