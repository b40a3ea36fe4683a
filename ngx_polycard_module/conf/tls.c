
#include "conf/tls.h"
#include "conf/secret.h"
#include "hook/trust.h"
#include "redis/tls.h"


static ngx_polycard_tls_conf_t *ngx_polycard_conf_tls_of(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_tls_set_on(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_tls_set_verify(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_tls_set_name(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_tls_set_trusted(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_tls_set_pem(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_tls_set_protocols(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_tls_set_ciphers(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_tls_set_flag(ngx_conf_t *cf,
    ngx_flag_t *flag);
static ngx_int_t ngx_polycard_conf_tls_check_pair(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_tls_conf_t *conf);


#define ngx_polycard_tls_member(member)                                       \
    offsetof(ngx_polycard_tls_conf_t, member)


/* name: "redis_ssl"; conf: where in a market its configuration is */

#define ngx_polycard_tls_directives(name, conf)                               \
                                                                              \
    { ngx_string(name), 1, 1, ngx_polycard_conf_tls_set_on, conf, 0 },        \
                                                                              \
    { ngx_string(name "_verify"), 1, 1, ngx_polycard_conf_tls_set_verify,     \
      conf, 0 },                                                              \
                                                                              \
    { ngx_string(name "_name"), 1, 1, ngx_polycard_conf_tls_set_name,         \
      conf, 0 },                                                              \
                                                                              \
    { ngx_string(name "_trusted_certificate"), 1, 1,                          \
      ngx_polycard_conf_tls_set_trusted, conf, 0 },                           \
                                                                              \
    { ngx_string(name "_certificate"), 1, 1, ngx_polycard_conf_tls_set_pem,   \
      conf, ngx_polycard_tls_member(certificate) },                           \
                                                                              \
    { ngx_string(name "_certificate_key"), 1, 1,                              \
      ngx_polycard_conf_tls_set_pem, conf, ngx_polycard_tls_member(key) },    \
                                                                              \
    { ngx_string(name "_protocols"), 1, 4,                                    \
      ngx_polycard_conf_tls_set_protocols, conf, 0 },                         \
                                                                              \
    { ngx_string(name "_ciphers"), 1, 1, ngx_polycard_conf_tls_set_ciphers,   \
      conf, 0 }


ngx_polycard_directive_t  ngx_polycard_conf_tls_directives[] = {

    ngx_polycard_tls_directives("redis_ssl",
                          offsetof(ngx_polycard_market_t, redis_conf.ssl)),

    ngx_polycard_tls_directives("redis_sentinel_ssl",
                          offsetof(ngx_polycard_market_t, sentinel_conf.ssl)),

    { ngx_null_string, 0, 0, NULL, 0, 0 }
};


void
ngx_polycard_conf_tls_init(ngx_polycard_tls_conf_t *conf, char *directive)
{
    conf->directive = directive;
    conf->verify = 1;
    conf->protocols = NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3;
}


/* all others have no effect without "redis_ssl" itself */

static ngx_polycard_tls_conf_t *
ngx_polycard_conf_tls_of(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_polycard_tls_conf_t  *conf;

    conf = (ngx_polycard_tls_conf_t *) ((u_char *) market
                                        + directive->offset);

    if (conf->first == NULL) {
        conf->first = (char *) directive->name.data;
    }

    return conf;
}


static char *
ngx_polycard_conf_tls_set_on(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_polycard_tls_conf_t  *conf;

    conf = (ngx_polycard_tls_conf_t *) ((u_char *) market
                                        + directive->offset);

    ngx_polycard_conf_place(cf, &conf->place);

    return ngx_polycard_conf_tls_set_flag(cf, &conf->on);
}


static char *
ngx_polycard_conf_tls_set_verify(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive)
{
    ngx_polycard_tls_conf_t  *conf;

    conf = ngx_polycard_conf_tls_of(cf, market, directive);

    return ngx_polycard_conf_tls_set_flag(cf, &conf->verify);
}


static char *
ngx_polycard_conf_tls_set_flag(ngx_conf_t *cf, ngx_flag_t *flag)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    *flag = (ngx_strcmp(value[1].data, "on") == 0);

    if (!*flag && ngx_strcmp(value[1].data, "off") != 0) {
        return ngx_polycard_conf_invalid(cf, &value[1],
                                         ngx_polycard_conf_flag);
    }

    return NGX_CONF_OK;
}


static char *
ngx_polycard_conf_tls_set_name(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    static const char  name[] = "the name of a host, or its address";

    size_t                    i;
    u_char                    ch;
    ngx_str_t                *value;
    ngx_polycard_tls_conf_t  *conf;

    value = cf->args->elts;
    conf = ngx_polycard_conf_tls_of(cf, market, directive);

    conf->name = value[1];

    if (value[1].len == 0 || value[1].len > NGX_POLYCARD_TLS_HOST) {
        return ngx_polycard_conf_invalid(cf, &value[1], name);
    }

    for (i = 0; i < value[1].len; i++) {
        ch = value[1].data[i];

        if (((ch | 0x20) < 'a' || (ch | 0x20) > 'z')
            && (ch < '0' || ch > '9') && ngx_strchr("-._:", ch) == NULL)
        {
            return ngx_polycard_conf_invalid(cf, &value[1], name);
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_polycard_conf_tls_set_trusted(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive)
{
    ngx_str_t                *value;
    ngx_polycard_tls_conf_t  *conf;

    value = cf->args->elts;
    conf = ngx_polycard_conf_tls_of(cf, market, directive);

    if (ngx_polycard_secret_find(cf, &value[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    conf->trusted.path = value[1];
    ngx_polycard_conf_place(cf, &conf->trusted.place);

    return NGX_CONF_OK;
}


static char *
ngx_polycard_conf_tls_set_pem(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_str_t                *value;
    ngx_polycard_pem_t       *pem;
    ngx_polycard_tls_conf_t  *conf;

    value = cf->args->elts;
    conf = ngx_polycard_conf_tls_of(cf, market, directive);
    pem = (ngx_polycard_pem_t *) ((u_char *) conf + directive->data);

    if (ngx_polycard_secret_read(cf, &value[1], NGX_POLYCARD_PEM_MAX,
                                 &pem->content)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    pem->path = value[1];
    ngx_polycard_conf_place(cf, &pem->place);

    return NGX_CONF_OK;
}


static char *
ngx_polycard_conf_tls_set_protocols(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive)
{
    static const ngx_conf_bitmask_t  protocols[] = {
        { ngx_string("TLSv1"), NGX_SSL_TLSv1 },
        { ngx_string("TLSv1.1"), NGX_SSL_TLSv1_1 },
        { ngx_string("TLSv1.2"), NGX_SSL_TLSv1_2 },
        { ngx_string("TLSv1.3"), NGX_SSL_TLSv1_3 },
        { ngx_null_string, 0 }
    };

    ngx_str_t                 *value;
    ngx_uint_t                 i, n;
    ngx_polycard_tls_conf_t   *conf;

    value = cf->args->elts;
    conf = ngx_polycard_conf_tls_of(cf, market, directive);
    conf->protocols = 0;

    for (i = 1; i < cf->args->nelts; i++) {
        for (n = 0; protocols[n].name.len; n++) {
            if (ngx_strcmp(protocols[n].name.data, value[i].data) == 0) {
                break;
            }
        }

        if (protocols[n].name.len == 0) {
            return ngx_polycard_conf_invalid(cf, &value[i],
                                  "TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3");
        }

        conf->protocols |= protocols[n].mask;
    }

    return NGX_CONF_OK;
}


static char *
ngx_polycard_conf_tls_set_ciphers(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive)
{
    ngx_str_t                *value;
    ngx_polycard_tls_conf_t  *conf;

    value = cf->args->elts;
    conf = ngx_polycard_conf_tls_of(cf, market, directive);

    if (value[1].len == 0) {
        return ngx_polycard_conf_invalid(cf, &value[1],
                                         "a list of ciphers");
    }

    conf->ciphers = value[1];
    ngx_polycard_conf_place(cf, &conf->ciphers_place);

    return NGX_CONF_OK;
}


ngx_int_t
ngx_polycard_conf_tls_check_block(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_tls_conf_t *conf,
    ngx_url_t *url)
{
    if (!conf->on) {
        if (conf->first == NULL) {
            return NGX_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "polycard market \"%V\" needs \"%s on\" beside "
                           "\"%s\"", &market->name, conf->directive,
                           conf->first);
        return NGX_ERROR;
    }

    if (ngx_polycard_url_is_unix(url)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "polycard market \"%V\" has \"%s on\", and a unix "
                           "socket, where Redis has no TLS", &market->name,
                           conf->directive);
        return NGX_ERROR;
    }

    if (ngx_polycard_conf_tls_check_pair(cf, market, conf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (conf->verify && conf->trusted.path.len == 0
        && ngx_polycard_trust_find_file(cf, &conf->trusted.path,
                                        conf->directive, &conf->place)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    conf->tls = ngx_polycard_tls_load(cf, conf);

    return conf->tls ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_polycard_conf_tls_check_pair(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_tls_conf_t *conf)
{
    ngx_int_t  rc;

    if (conf->certificate.path.len == 0 && conf->key.path.len == 0) {
        return NGX_OK;
    }

    if (conf->certificate.path.len == 0 || conf->key.path.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "polycard market \"%V\" needs both "
                           "\"%s_certificate\" and \"%s_certificate_key\"",
                           &market->name, conf->directive, conf->directive);
        return NGX_ERROR;
    }

    rc = ngx_polycard_trust_check_pair(&conf->certificate.content,
                                       &conf->key.content);

    ngx_explicit_memzero(conf->key.content.data, conf->key.content.len);

    if (rc != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s_certificate\" and \"%s_certificate_key\" of "
                           "polycard market \"%V\" are no certificate and its "
                           "key, both PEM and without a password",
                           conf->directive, conf->directive, &market->name);
    }

    return rc;
}
