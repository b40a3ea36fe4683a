
#include "conf/address.h"


static ngx_int_t ngx_polycard_conf_check_address(ngx_conf_t *cf,
    ngx_str_t *address);


ngx_int_t
ngx_polycard_conf_read_address(ngx_conf_t *cf, ngx_str_t *address,
    in_port_t port, ngx_polycard_redis_conf_t *server)
{
    ngx_url_t  *u;

    if (ngx_polycard_conf_check_address(cf, address) != NGX_OK) {
        return NGX_ERROR;
    }

    server->address = *address;

    u = &server->url;

    u->url = *address;
    u->default_port = port;
    u->no_resolve = 1;

    if (ngx_parse_url(cf->pool, u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s in redis address \"%V\"",
                           u->err ? u->err : "no memory", &u->url);
        return NGX_ERROR;
    }

    /* those of an IPv6 address: in a certificate it has none */

    if (u->host.len > 2 && u->host.data[0] == '[') {
        u->host.data++;
        u->host.len -= 2;
    }

    return NGX_OK;
}


ngx_int_t
ngx_polycard_conf_read_seeds(ngx_conf_t *cf, ngx_str_t *addresses,
    ngx_uint_t n, ngx_polycard_redis_conf_t *redis)
{
    ngx_uint_t                 i;
    ngx_polycard_redis_conf_t  seed;

    if (n > 1) {
        redis->seeds = ngx_palloc(cf->pool, n * sizeof(ngx_url_t));
        if (redis->seeds == NULL) {
            return NGX_ERROR;
        }

        redis->n = n;
    }

    for (i = 0; i < n; i++) {
        ngx_memzero(&seed, sizeof(ngx_polycard_redis_conf_t));

        if (ngx_polycard_conf_read_address(cf, &addresses[i], 6379, &seed)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (n > 1 && ngx_polycard_url_is_unix(&seed.url)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"redis\" with several addresses is a "
                               "cluster, which has no unix sockets");
            return NGX_ERROR;
        }

        if (i == 0) {
            redis->address = seed.address;
            redis->url = seed.url;
        }

        if (n > 1) {
            redis->seeds[i] = seed.url;
        }
    }

    return NGX_OK;
}


ngx_uint_t
ngx_polycard_conf_same_seeds(ngx_polycard_redis_conf_t *one,
    ngx_polycard_redis_conf_t *other)
{
    ngx_url_t   *a, *b;
    ngx_uint_t   i, n;

    for (i = 0; i < ngx_max(one->n, 1); i++) {
        a = one->n ? &one->seeds[i] : &one->url;

        for (n = 0; n < ngx_max(other->n, 1); n++) {
            b = other->n ? &other->seeds[n] : &other->url;

            if (ngx_polycard_conf_same_server(a, b)) {
                return 1;
            }
        }
    }

    return 0;
}


/* characters that are not in any host, address or socket of Redis */

static ngx_int_t
ngx_polycard_conf_check_address(ngx_conf_t *cf, ngx_str_t *address)
{
    size_t  i;
    u_char  ch;

    if (ngx_strncasecmp(address->data, (u_char *) "unix:", 5) == 0) {
        return NGX_OK;
    }

    for (i = 0; i < address->len; i++) {
        ch = address->data[i];

        if (((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z')
            || (ch >= '0' && ch <= '9') || ngx_strchr("-._:[]", ch))
        {
            continue;
        }

        /* not shown: it may contain a password, as in user:pass@host */

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the redis address must be \"host[:port]\" or "
                           "\"unix:PATH\"");
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_polycard_conf_same_server(ngx_url_t *one, ngx_url_t *other)
{
    if (one->family != other->family
        || one->port != other->port
        || one->host.len != other->host.len)
    {
        return 0;
    }

    if (ngx_polycard_url_is_unix(one)) {
        return ngx_memcmp(one->host.data, other->host.data, one->host.len)
               == 0;
    }

    return ngx_strncasecmp(one->host.data, other->host.data, one->host.len)
           == 0;
}
