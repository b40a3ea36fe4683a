
#include "conf/sentinel.h"
#include "conf/address.h"
#include "conf/tls.h"
#include "redis/ask.h"


static ngx_int_t ngx_polycard_conf_sentinel_check_name(ngx_conf_t *cf,
    ngx_str_t *name);


char *
ngx_polycard_conf_set_sentinel(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_uint_t                  i;
    ngx_str_t                  *value;
    ngx_polycard_sentinels_t   *sentinels;
    ngx_polycard_redis_conf_t  *server;

    value = cf->args->elts;

    if (ngx_polycard_conf_sentinel_check_name(cf, &value[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    sentinels = ngx_pcalloc(cf->pool, sizeof(ngx_polycard_sentinels_t));
    if (sentinels == NULL) {
        return NGX_CONF_ERROR;
    }

    sentinels->master = value[1];
    sentinels->n = cf->args->nelts - 2;

    sentinels->server = ngx_pcalloc(cf->pool, sentinels->n
                                         * sizeof(ngx_polycard_redis_conf_t));
    if (sentinels->server == NULL
        || ngx_polycard_sentinel_commands(cf->pool, sentinels) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < sentinels->n; i++) {
        server = &sentinels->server[i];

        if (ngx_polycard_conf_read_address(cf, &value[i + 2], 26379, server)
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    market->redis_conf.sentinels = sentinels;

    return NGX_CONF_OK;
}


/* as Sentinel allows it: letters, digits, "." "-" "_" */

static ngx_int_t
ngx_polycard_conf_sentinel_check_name(ngx_conf_t *cf, ngx_str_t *name)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if (((ch | 0x20) < 'a' || (ch | 0x20) > 'z')
            && (ch < '0' || ch > '9') && ngx_strchr("-._", ch) == NULL)
        {
            break;
        }
    }

    if (i < name->len || i == 0 || i > NGX_POLYCARD_NAME_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"redis_sentinel\" must have the name of a master "
                           "first: 1 to %d letters, digits, \".\", \"-\" and "
                           "\"_\"", NGX_POLYCARD_NAME_MAX);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_polycard_conf_sentinel_check_block(ngx_conf_t *cf,
    ngx_polycard_market_t *market)
{
    ngx_uint_t                  i;
    ngx_polycard_sentinels_t   *sentinels;
    ngx_polycard_redis_conf_t  *all, *server;

    all = &market->sentinel_conf;
    sentinels = market->redis_conf.sentinels;

    if (sentinels == NULL) {
        if (all->user.len || all->password.len || all->ssl.on
            || all->ssl.first)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "polycard market \"%V\" has directives of "
                               "Sentinels, and needs \"redis_sentinel\"",
                               &market->name);
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    if (all->user.len && all->password.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "polycard market \"%V\" needs "
                           "\"redis_sentinel_password_file\" beside "
                           "\"redis_sentinel_user\"", &market->name);
        return NGX_ERROR;
    }

    /* with a unix socket there is no TLS: any of them shows that */

    if (ngx_polycard_conf_tls_check_block(cf, market, &all->ssl,
                                          &sentinels->server[0].url)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < sentinels->n; i++) {
        server = &sentinels->server[i];

        server->user = all->user;
        server->password = all->password;
        server->ssl = all->ssl;
        server->timeout = market->redis_conf.timeout;
        server->connect_timeout = market->redis_conf.connect_timeout;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_polycard_conf_same_sentinels(ngx_polycard_sentinels_t *one,
    ngx_polycard_sentinels_t *other)
{
    ngx_uint_t  i, n;

    if (one->master.len != other->master.len
        || ngx_strncmp(one->master.data, other->master.data, one->master.len)
           != 0)
    {
        return 0;
    }

    for (i = 0; i < one->n; i++) {
        for (n = 0; n < other->n; n++) {
            if (ngx_polycard_conf_same_server(&one->server[i].url,
                                              &other->server[n].url))
            {
                return 1;
            }
        }
    }

    return 0;
}
