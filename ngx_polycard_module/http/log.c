
#include "http/log.h"
#include "core/mask.h"


/* a shorter token could be a part of many words */
#define NGX_POLYCARD_LOG_SECRET_MIN  8


static u_char *ngx_polycard_log_request(NGX_POLYCARD_LOG_PARAMETERS);
static u_char *ngx_polycard_log_masked(NGX_POLYCARD_LOG_PARAMETERS);
static ngx_polycard_market_t *ngx_polycard_log_market(ngx_http_request_t *r);
static void ngx_polycard_log_mask_answer(u_char *text, u_char *last);
static void ngx_polycard_log_mask_tokens(u_char *text, u_char *last,
    ngx_polycard_tokens_t *tokens);
static void ngx_polycard_log_mask_secret(u_char *text, u_char *last,
    u_char *secret, size_t len);


/* nginx's own, the same for all requests */
static ngx_polycard_log_pt  ngx_polycard_log_next;


ngx_int_t
ngx_polycard_log_handler(ngx_http_request_t *r)
{
    if (r != r->main || r->log_handler == ngx_polycard_log_masked) {
        return NGX_DECLINED;
    }

    if (r->log_handler != ngx_polycard_log_request) {
        ngx_polycard_log_next = r->log_handler;
        r->log_handler = ngx_polycard_log_request;
    }

    if (ngx_polycard_log_market(r)) {
        r->log_handler = ngx_polycard_log_masked;
    }

    return NGX_DECLINED;
}


/* also while a location is being chosen: a body too large */

static u_char *
ngx_polycard_log_request(NGX_POLYCARD_LOG_PARAMETERS)
{
    ngx_http_request_t  *sr;

    sr = ngx_polycard_log_sub;

    if (ngx_polycard_log_market(ngx_polycard_log_main)
        || (sr && ngx_polycard_log_market(sr)))
    {
        return ngx_polycard_log_masked(NGX_POLYCARD_LOG_ARGUMENTS);
    }

    return ngx_polycard_log_next(NGX_POLYCARD_LOG_ARGUMENTS);
}


static u_char *
ngx_polycard_log_masked(NGX_POLYCARD_LOG_PARAMETERS)
{
    size_t                     len;
    u_char                    *p;
    ngx_http_request_t        *r, *sr;
    ngx_polycard_market_t     *market;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;

    r = ngx_polycard_log_main;
    sr = ngx_polycard_log_sub;
    len = ngx_polycard_log_room;

    market = ngx_polycard_log_market(r);

    if (market == NULL && sr) {
        market = ngx_polycard_log_market(sr);
    }

    ngx_polycard_log_mask(market, buf, len);

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    p = ngx_snprintf(buf, len, ", server: %V, request: \"%V %V\"",
                     &cscf->server_name, &r->method_name, &clcf->name);
    len -= p - buf;
    buf = p;

    if (sr && sr != r) {
        clcf = ngx_http_get_module_loc_conf(sr, ngx_http_core_module);

        p = ngx_snprintf(buf, len, ", subrequest: \"%V\"", &clcf->name);
        len -= p - buf;
        buf = p;
    }

    return ngx_polycard_log_upstream(sr ? sr : r, buf, len);
}


static ngx_polycard_market_t *
ngx_polycard_log_market(ngx_http_request_t *r)
{
    ngx_polycard_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_polycard_module);

    return plcf->market;
}


void
ngx_polycard_log_mask(ngx_polycard_market_t *market, u_char *buf, size_t len)
{
    u_char                *text;

    /* nginx composes a line in a buffer of this size, the time comes first */

    text = buf + len - NGX_MAX_ERROR_STR;
    text = ngx_strlchr(text + ngx_cached_err_log_time.len, buf, '#');

    if (text == NULL) {
        return;
    }

    if (market) {
        ngx_polycard_log_mask_tokens(text, buf, &market->access);
        ngx_polycard_log_mask_tokens(text, buf, &market->office);
        ngx_polycard_log_mask_tokens(text, buf, &market->operators);
        ngx_polycard_log_mask_secret(text, buf, market->hook.token.data,
                                     market->hook.token.len);
    }

    ngx_polycard_log_mask_answer(text, buf);
    ngx_polycard_mask_line(text, buf - text);
}


/* "upstream sent ..." quotes an answer that may repeat the whole request */

static void
ngx_polycard_log_mask_answer(u_char *text, u_char *last)
{
    u_char  *p;

    p = ngx_strlcasestrn(text, last, (u_char *) " sent ", 6 - 1);

    if (p) {
        p = ngx_strlchr(p, last, '"');
    }

    if (p == NULL) {
        return;
    }

    while (last[-1] != '"') {
        last--;
    }

    for (p++; p < last - 1; p++) {
        *p = '*';
    }
}


static void
ngx_polycard_log_mask_tokens(u_char *text, u_char *last,
    ngx_polycard_tokens_t *tokens)
{
    ngx_uint_t             i;
    ngx_polycard_token_t  *token;

    token = tokens->list ? tokens->list->elts : NULL;

    for (i = 0; token && i < tokens->list->nelts; i++) {
        ngx_polycard_log_mask_secret(text, last, token[i].data,
                                     ngx_strlen(token[i].data));
    }
}


static void
ngx_polycard_log_mask_secret(u_char *text, u_char *last, u_char *secret,
    size_t len)
{
    if (len >= NGX_POLYCARD_LOG_SECRET_MIN) {
        ngx_polycard_mask_secret(text, last - text, secret, len);
    }
}


u_char *
ngx_polycard_log_upstream(ngx_http_request_t *r, u_char *buf, size_t len)
{
    ngx_http_upstream_t  *u;

    u = r->upstream;

    if (u == NULL || u->peer.name == NULL) {
        return buf;
    }

    return ngx_snprintf(buf, len, ", upstream: \"%V%V\"", &u->schema,
                        u->peer.name);
}
