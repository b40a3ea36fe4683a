
#include "conf/hook.h"
#include "conf/secret.h"


static char *ngx_polycard_hook_set_token(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_hook_set_rate(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_hook_set_retry(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_hook_set_ca(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_hook_set_history(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_hook_set_guard(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);


#define ngx_polycard_hook_offset(member)                                      \
    offsetof(ngx_polycard_market_t, hook.member)


static ngx_conf_enum_t  ngx_polycard_hook_formats[] = {
    { ngx_string("post_json"), NGX_POLYCARD_HOOK_POST_JSON },
    { ngx_string("post_form"), NGX_POLYCARD_HOOK_POST_FORM },
    { ngx_string("get"), NGX_POLYCARD_HOOK_GET },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_polycard_hook_syncs[] = {
    { ngx_string("seed"), 0 },
    { ngx_string("announce"), 1 },
    { ngx_null_string, 0 }
};


ngx_polycard_directive_t  ngx_polycard_conf_hook_directives[] = {

    { ngx_string("hook"), 1, 1, ngx_polycard_conf_set_text,
      ngx_polycard_hook_offset(url),
      (uintptr_t) ngx_polycard_conf_hook_check_url },

    { ngx_string("hook_insecure"), 1, 1, ngx_polycard_conf_set_flag,
      ngx_polycard_hook_offset(insecure), 0 },

    { ngx_string("hook_format"), 1, 1, ngx_polycard_conf_set_word,
      ngx_polycard_hook_offset(format),
      (uintptr_t) ngx_polycard_hook_formats },

    { ngx_string("hook_alias"), 1, 1, ngx_polycard_conf_set_text,
      ngx_polycard_hook_offset(alias),
      (uintptr_t) ngx_polycard_conf_hook_check_alias },

    { ngx_string("hook_token_file"), 1, 1, ngx_polycard_hook_set_token, 0, 0 },

    { ngx_string("hook_timeout"), 1, 1, ngx_polycard_conf_set_time,
      ngx_polycard_hook_offset(timeout), 0 },

    { ngx_string("hook_concurrency"), 1, 1, ngx_polycard_conf_set_count,
      ngx_polycard_hook_offset(concurrency),
      NGX_POLYCARD_HOOK_CONCURRENCY_MAX },

    { ngx_string("hook_rate"), 1, 1, ngx_polycard_hook_set_rate, 0, 0 },

    { ngx_string("hook_retry"), 1, NGX_POLYCARD_HOOK_RETRY_MAX,
      ngx_polycard_hook_set_retry, 0, 0 },

    { ngx_string("hook_attempts"), 1, 1, ngx_polycard_conf_set_count,
      ngx_polycard_hook_offset(attempts), NGX_POLYCARD_HOOK_ATTEMPTS_MAX },

    { ngx_string("hook_ssl_trusted_certificate"), 1, 1,
      ngx_polycard_hook_set_ca, 0, 0 },

    { ngx_string("hook_ssl_verify"), 1, 1, ngx_polycard_conf_set_flag,
      ngx_polycard_hook_offset(verify), 0 },

    { ngx_string("hook_ssl_certificate"), 1, 1, ngx_polycard_conf_set_secret,
      ngx_polycard_hook_offset(certificate), NGX_POLYCARD_PEM_MAX },

    { ngx_string("hook_ssl_certificate_key"), 1, 1,
      ngx_polycard_conf_set_secret,
      ngx_polycard_hook_offset(certificate_key), NGX_POLYCARD_PEM_MAX },

    { ngx_string("hook_proxy"), 1, 1, ngx_polycard_conf_set_text,
      ngx_polycard_hook_offset(proxy),
      (uintptr_t) ngx_polycard_conf_hook_check_proxy },

    { ngx_string("hook_bind"), 1, 1, ngx_polycard_conf_set_text,
      ngx_polycard_hook_offset(bind),
      (uintptr_t) ngx_polycard_conf_hook_check_bind },

    { ngx_string("emitter"), 1, 1, ngx_polycard_conf_set_flag,
      ngx_polycard_hook_offset(emitter), 0 },

    { ngx_string("lease"), 1, 1, ngx_polycard_conf_set_time,
      ngx_polycard_hook_offset(lease), NGX_POLYCARD_HOOK_DAYS_MAX },

    { ngx_string("idempotency_time"), 1, 1, ngx_polycard_conf_set_time,
      ngx_polycard_hook_offset(idempotency_time),
      NGX_POLYCARD_HOOK_DAYS_MAX },

    { ngx_string("sweep_interval"), 1, 1, ngx_polycard_conf_set_time,
      ngx_polycard_hook_offset(sweep_interval), 0 },

    { ngx_string("outbox_max"), 1, 1, ngx_polycard_conf_set_count,
      ngx_polycard_hook_offset(outbox_max), NGX_POLYCARD_HOOK_OUTBOX_MAX },

    { ngx_string("hook_history"), 1, 1, ngx_polycard_hook_set_history, 0, 0 },

    { ngx_string("initial_sync"), 1, 1, ngx_polycard_conf_set_word,
      ngx_polycard_hook_offset(announce),
      (uintptr_t) ngx_polycard_hook_syncs },

    { ngx_string("delete_guard"), 1, 1, ngx_polycard_hook_set_guard, 0, 0 },

    { ngx_null_string, 0, 0, NULL, 0, 0 }
};


void
ngx_polycard_conf_hook_init(ngx_polycard_hook_conf_t *hook)
{
    static ngx_msec_t  retry[] = { 1000, 5000, 30000, 60000, 300000 };

    hook->format = NGX_POLYCARD_HOOK_POST_JSON;
    hook->timeout = 15000;
    hook->concurrency = 8;
    hook->attempts = 10;
    hook->verify = 1;

    hook->retries = sizeof(retry) / sizeof(ngx_msec_t);
    ngx_memcpy(hook->retry, retry, sizeof(retry));

    hook->emitter = 1;
    hook->lease = 15000;
    hook->idempotency_time = 604800000;
    hook->sweep_interval = 50;
    hook->outbox_max = 1000000;
    hook->history = 100000;
    hook->delete_guard = 10;
}


static char *
ngx_polycard_hook_set_token(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    size_t      i;
    ngx_str_t  *value, *token;

    value = cf->args->elts;
    token = &market->hook.token;

    if (ngx_polycard_secret_read(cf, &value[1], NGX_POLYCARD_TOKEN_MAX, token)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (token->data[token->len - 1] == CR) {
        token->len--;
    }

    for (i = 0; i < token->len; i++) {
        if (token->data[i] <= 0x20 || token->data[i] >= 0x7f) {
            break;
        }
    }

    if (i != NGX_POLYCARD_HOOK_TOKEN_LEN || i != token->len) {

        /* it is not shown */

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the token in \"%V\" must be %d characters of "
                           "visible ASCII", &value[1],
                           NGX_POLYCARD_HOOK_TOKEN_LEN);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* as in "limit_req_zone": 50r/s, 30r/m */

static char *
ngx_polycard_hook_set_rate(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    size_t       len;
    u_char      *unit;
    ngx_int_t    n, scale;
    ngx_str_t   *value;

    value = cf->args->elts;

    len = value[1].len > 3 ? value[1].len - 3 : 0;
    unit = value[1].data + len;

    if (len && ngx_strncmp(unit, "r/s", 3) == 0) {
        scale = 1;

    } else if (len && ngx_strncmp(unit, "r/m", 3) == 0) {
        scale = 60;

    } else {
        return ngx_polycard_conf_invalid(cf, &value[1],
                                         "like 50r/s or 30r/m");
    }

    n = ngx_atoi(value[1].data, len);

    if (n == NGX_ERROR || n == 0 || n > NGX_POLYCARD_HOOK_ATTEMPTS_MAX) {
        return ngx_polycard_conf_invalid(cf, &value[1],
                                         "like 50r/s or 30r/m");
    }

    market->hook.rate = n * 1000 / scale;

    return NGX_CONF_OK;
}


static char *
ngx_polycard_hook_set_retry(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_int_t    ms;
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        ms = ngx_parse_time(&value[i], 0);

        if (ms == NGX_ERROR || ms == 0) {
            return ngx_polycard_conf_invalid(cf, &value[i],
                                         "times like 1s 5s 30s");
        }

        market->hook.retry[i - 1] = ms;
    }

    market->hook.retries = cf->args->nelts - 1;

    return NGX_CONF_OK;
}


static char *
ngx_polycard_hook_set_ca(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_str_t  *value, *file;

    value = cf->args->elts;
    file = &market->hook.ca_file;

    *file = value[1];
    ngx_polycard_conf_place(cf, &market->hook.ca_place);

    return (ngx_polycard_secret_find(cf, file) == NGX_OK) ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


static char *
ngx_polycard_hook_set_history(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_int_t   n;
    ngx_str_t  *value;

    value = cf->args->elts;
    n = ngx_atoi(value[1].data, value[1].len);

    if (n == NGX_ERROR || n > NGX_POLYCARD_HOOK_HISTORY_MAX) {
        return ngx_polycard_conf_invalid(cf, &value[1],
                                         "a number up to 10000000");
    }

    market->hook.history = n;

    return NGX_CONF_OK;
}


static char *
ngx_polycard_hook_set_guard(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_int_t   n;
    ngx_str_t  *value;

    value = cf->args->elts;

    if (ngx_atoi(value[1].data, value[1].len) > 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\", it is "
                           "written with \"%%\"", &value[1], &value[0]);
        return NGX_CONF_ERROR;
    }

    if (value[1].len < 2 || value[1].data[value[1].len - 1] != '%') {
        return ngx_polycard_conf_invalid(cf, &value[1], "1% to 100%");
    }

    n = ngx_atoi(value[1].data, value[1].len - 1);

    if (n == NGX_ERROR || n == 0 || n > 100) {
        return ngx_polycard_conf_invalid(cf, &value[1], "1% to 100%");
    }

    market->hook.delete_guard = n;

    return NGX_CONF_OK;
}
