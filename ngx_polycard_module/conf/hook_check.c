
#include "conf/hook.h"
#include "core/text.h"
#include "hook/post.h"
#include "hook/trust.h"


typedef struct {
    ngx_str_t    scheme;
    in_port_t    port;
} ngx_polycard_scheme_t;


static char *ngx_polycard_hook_check_url(ngx_conf_t *cf, ngx_str_t *url,
    ngx_polycard_scheme_t *schemes, char *usual);
static char *ngx_polycard_hook_parse_url(ngx_conf_t *cf, ngx_str_t *url,
    ngx_polycard_scheme_t *schemes);
static char *ngx_polycard_hook_parse_host(ngx_conf_t *cf, ngx_str_t *url,
    ngx_polycard_scheme_t *scheme);
static ngx_int_t ngx_polycard_hook_check_certificate(ngx_conf_t *cf,
    ngx_polycard_market_t *market);
static ngx_uint_t ngx_polycard_hook_is_https(ngx_polycard_hook_conf_t *hook);


static ngx_polycard_scheme_t  ngx_polycard_hook_schemes[] = {
    { ngx_string("https://"), 443 },
    { ngx_string("http://"), 80 },
    { ngx_null_string, 0 }
};


static ngx_polycard_scheme_t  ngx_polycard_hook_proxy_schemes[] = {
    { ngx_string("http://"), 1080 },
    { ngx_string("socks4://"), 1080 },
    { ngx_string("socks4a://"), 1080 },
    { ngx_string("socks5://"), 1080 },
    { ngx_string("socks5h://"), 1080 },
    { ngx_null_string, 0 }
};


/* URLs are not shown: they may contain a password, which is not allowed */

char *
ngx_polycard_conf_hook_check_url(ngx_conf_t *cf, ngx_str_t *url)
{
    return ngx_polycard_hook_check_url(cf, url, ngx_polycard_hook_schemes,
                                       "https://host/path");
}


char *
ngx_polycard_conf_hook_check_proxy(ngx_conf_t *cf, ngx_str_t *url)
{
    return ngx_polycard_hook_check_url(cf, url,
                                       ngx_polycard_hook_proxy_schemes,
                                       "http://host:port, or socks4, socks4a, "
                                       "socks5, socks5h");
}


static char *
ngx_polycard_hook_check_url(ngx_conf_t *cf, ngx_str_t *url,
    ngx_polycard_scheme_t *schemes, char *usual)
{
    char       *error;
    ngx_str_t  *name;

    error = ngx_polycard_hook_parse_url(cf, url, schemes);
    if (error == NULL) {
        return NGX_CONF_OK;
    }

    name = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "%s in \"%V\", which must be %s", error, name, usual);

    return NGX_CONF_ERROR;
}


/* NULL, or what is wrong */

static char *
ngx_polycard_hook_parse_url(ngx_conf_t *cf, ngx_str_t *url,
    ngx_polycard_scheme_t *schemes)
{
    size_t                  i;
    ngx_polycard_scheme_t  *s;

    if (url->len > NGX_POLYCARD_HOOK_URL_MAX) {
        return "too many characters";
    }

    for (i = 0; i < url->len; i++) {
        if (url->data[i] <= 0x20 || url->data[i] >= 0x7f
            || url->data[i] == '\\' || url->data[i] == '#')
        {
            return "invalid character";
        }
    }

    for (s = schemes; s->scheme.len; s++) {
        if (url->len > s->scheme.len
            && ngx_strncasecmp(url->data, s->scheme.data, s->scheme.len) == 0)
        {
            return ngx_polycard_hook_parse_host(cf, url, s);
        }
    }

    return "unknown scheme";
}


static char *
ngx_polycard_hook_parse_host(ngx_conf_t *cf, ngx_str_t *url,
    ngx_polycard_scheme_t *scheme)
{
    u_char     *p;
    ngx_url_t   u;

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.url.data = url->data + scheme->scheme.len;
    u.url.len = url->len - scheme->scheme.len;
    u.default_port = scheme->port;
    u.uri_part = 1;
    u.no_resolve = 1;

    for (p = u.url.data; p < u.url.data + u.url.len; p++) {

        if (*p == '/' || *p == '?') {
            break;
        }

        if (*p == '@') {
            return "user name";
        }
    }

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        return u.err ? u.err : "no memory for the host";
    }

    if (u.host.len == 0 || u.wildcard || ngx_polycard_url_is_unix(&u)) {
        return "no host";
    }

    return NULL;
}


char *
ngx_polycard_conf_hook_check_alias(ngx_conf_t *cf, ngx_str_t *alias)
{
    ngx_polycard_str_t  text;

    text = ngx_polycard_str(alias);

    if (alias->len == 0
        || ngx_polycard_text_check(&text, NGX_POLYCARD_HOOK_ALIAS_MAX) != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"hook_alias\" must be 1 to %d characters of "
                           "UTF-8 without control characters",
                           NGX_POLYCARD_HOOK_ALIAS_MAX);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_polycard_conf_hook_check_bind(ngx_conf_t *cf, ngx_str_t *address)
{
    ngx_addr_t  addr;

    if (ngx_parse_addr(cf->pool, &addr, address->data, address->len)
        != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid address \"%V\" in \"hook_bind\"", address);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_polycard_conf_hook_check_block(ngx_conf_t *cf,
    ngx_polycard_market_t *market)
{
    ngx_polycard_hook_conf_t  *hook;

    hook = &market->hook;

    if (ngx_polycard_hook_check_certificate(cf, market) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (hook->url.len == 0) {
        return NGX_CONF_OK;
    }

    if (hook->token.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "polycard market \"%V\" needs \"hook_token_file\" "
                           "beside \"hook\"", &market->name);
        return NGX_CONF_ERROR;
    }

    if (!ngx_polycard_hook_is_https(hook) && !hook->insecure) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the hook of polycard market \"%V\" is http://, "
                           "which needs \"hook_insecure on\"", &market->name);
        return NGX_CONF_ERROR;
    }

    if (hook->alias.len == 0) {
        hook->alias = market->name;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_polycard_hook_check_certificate(ngx_conf_t *cf,
    ngx_polycard_market_t *market)
{
    ngx_polycard_hook_conf_t  *hook;

    hook = &market->hook;

    if (hook->certificate.len == 0 && hook->certificate_key.len == 0) {
        return NGX_OK;
    }

    if (hook->certificate.len == 0 || hook->certificate_key.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "polycard market \"%V\" needs both "
                           "\"hook_ssl_certificate\" and "
                           "\"hook_ssl_certificate_key\"", &market->name);
        return NGX_ERROR;
    }

    if (ngx_polycard_trust_check_pair(&hook->certificate,
                                      &hook->certificate_key)
        != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"hook_ssl_certificate\" and "
                           "\"hook_ssl_certificate_key\" of polycard market "
                           "\"%V\" are no certificate and its key, both PEM "
                           "and without a password", &market->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_polycard_hook_is_https(ngx_polycard_hook_conf_t *hook)
{
    return ngx_strncasecmp(hook->url.data, (u_char *) "https:", 6) == 0;
}


ngx_int_t
ngx_polycard_conf_hook_check_location(ngx_conf_t *cf,
    ngx_polycard_location_t *location)
{
    ngx_polycard_market_t     *market;
    ngx_polycard_loc_conf_t   *plcf;
    ngx_http_core_loc_conf_t  *clcf;

    plcf = location->conf;
    clcf = location->clcf;
    market = plcf->market;

    if (!clcf->internal && !clcf->named) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the location of \"polycard_hook\" in %V:%ui must be "
                      "\"internal\"", &plcf->place.file, plcf->place.line);
        return NGX_ERROR;
    }

    if (market->hook.url.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "polycard market \"%V\" in %V:%ui has no \"hook\" for "
                      "\"polycard_hook\" in %V:%ui", &market->name,
                      &market->place.file, market->place.line,
                      &plcf->place.file, plcf->place.line);
        return NGX_ERROR;
    }

    if (market->hook.clcf) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "polycard market \"%V\" has another \"polycard_hook\" "
                      "location before that in %V:%ui", &market->name,
                      &plcf->place.file, plcf->place.line);
        return NGX_ERROR;
    }

    /* another one, as that of proxy_pass, can send the hooks, too */

    if (clcf->handler == NULL) {
        clcf->handler = ngx_polycard_hook_post_handler;
    }

    market->hook.clcf = clcf;
    market->hook.cscf = location->cscf;

    return NGX_OK;
}


ngx_int_t
ngx_polycard_conf_hook_check(ngx_conf_t *cf, ngx_polycard_market_t *market)
{
    ngx_polycard_hook_conf_t  *hook;

    hook = &market->hook;

    if (hook->url.len == 0) {
        return NGX_OK;
    }

    if (hook->clcf == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "polycard market \"%V\" in %V:%ui has a \"hook\" but no "
                      "location with \"polycard_hook %V\"", &market->name,
                      &market->place.file, market->place.line, &market->name);
        return NGX_ERROR;
    }

    if (hook->clcf->handler != ngx_polycard_hook_post_handler
        || !hook->verify || !ngx_polycard_hook_is_https(hook))
    {
        return NGX_OK;
    }

    hook->trust = ngx_polycard_trust_load(cf, &hook->ca_file,
                                          hook->ca_file.len ? &hook->ca_place
                                                            : &market->place);

    return hook->trust ? NGX_OK : NGX_ERROR;
}
