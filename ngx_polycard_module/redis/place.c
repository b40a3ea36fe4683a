
#include "redis/place.h"


/* rejects characters that are not in any host */

ngx_int_t
ngx_polycard_place_read(ngx_polycard_place_said_t *said, const u_char *host,
    size_t len, ngx_int_t port)
{
    size_t  i;
    u_char  ch;

    if (len == 0 || len > NGX_POLYCARD_TLS_HOST || port < 1 || port > 65535) {
        return NGX_DECLINED;
    }

    for (i = 0; i < len; i++) {
        ch = host[i];

        if (((ch | 0x20) < 'a' || (ch | 0x20) > 'z')
            && (ch < '0' || ch > '9')
            && (ch == '\0' || ngx_strchr("-._:", ch) == NULL))
        {
            return NGX_DECLINED;
        }
    }

    ngx_memmove(said->text, host, len);
    said->text[len] = '\0';

    said->host.data = said->text;
    said->host.len = len;
    said->port = (in_port_t) port;

    return NGX_OK;
}


ngx_uint_t
ngx_polycard_place_same(const ngx_polycard_place_said_t *one,
    const ngx_polycard_place_said_t *other)
{
    return one->port == other->port
           && one->host.len == other->host.len
           && ngx_memcmp(one->text, other->text, one->host.len) == 0;
}
