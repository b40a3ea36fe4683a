
#include "core/prefix.h"

#include <string.h>


int
ngx_polycard_prefix_check(const ngx_polycard_str_t *prefix)
{
    static const u_char  special[] = { '*', '?', '[', ']', '\\', '^' };

    size_t         i;
    u_char         ch;
    const u_char  *open, *close, *last;

    if (prefix->len == 0 || prefix->len > NGX_POLYCARD_PREFIX_MAX) {
        return NGX_POLYCARD_ERROR;
    }

    for (i = 0; i < prefix->len; i++) {
        ch = prefix->data[i];

        if (ch <= 0x20 || ch >= 0x7f || memchr(special, ch, sizeof(special)))
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    last = prefix->data + prefix->len;
    open = memchr(prefix->data, '{', prefix->len);
    close = memchr(prefix->data, '}', prefix->len);

    if (open == NULL || close == NULL || close - open < 2
        || memchr(open + 1, '{', last - open - 1)
        || memchr(close + 1, '}', last - close - 1))
    {
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}
