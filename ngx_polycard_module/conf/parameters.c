
/* Directives of a market that have parameters of their own. */


#include "conf/parameters.h"
#include "conf/check.h"


/* more than anybody has */
#define NGX_POLYCARD_REPLICAS_MAX  100


static ngx_int_t ngx_polycard_conf_option(ngx_str_t *arg, char *name,
    ngx_str_t *value);
static ngx_int_t ngx_polycard_conf_take_limit(ngx_str_t *arg, char *name,
    ngx_str_t *value, ngx_uint_t *limit);
static char *ngx_polycard_conf_bad_parameter(ngx_conf_t *cf,
    ngx_str_t *value, const char *takes);


char *
ngx_polycard_conf_set_cards(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    static const ngx_conf_enum_t  words[] = {
        { ngx_string("ean13"), NGX_POLYCARD_CARDS_EAN13 },
        { ngx_string("pool"), NGX_POLYCARD_CARDS_POOL },
        { ngx_string("phone"), NGX_POLYCARD_CARDS_PHONE },
        { ngx_null_string, 0 }
    };

    char                        modes[NGX_POLYCARD_CONF_WORDS];
    ngx_int_t                   mode;
    ngx_str_t                  *value;
    ngx_uint_t                  i;
    const char                 *takes;
    ngx_polycard_cards_conf_t  *cards;

    value = cf->args->elts;
    cards = &market->cards;

    mode = ngx_polycard_conf_find_word(words, &value[1]);

    if (mode == NGX_ERROR) {
        ngx_polycard_conf_name_words(words, modes);
        return ngx_polycard_conf_bad_parameter(cf, &value[1], modes);
    }

    cards->mode = (ngx_polycard_cards_e) mode;
    takes = (cards->mode == NGX_POLYCARD_CARDS_EAN13)
            ? "once each \"prefix=\", \"from=\" and \"to=\"" : "no parameter";

    for (i = 2; i < cf->args->nelts; i++) {
        if (cards->mode != NGX_POLYCARD_CARDS_EAN13
            || (ngx_polycard_conf_option(&value[i], "prefix=",
                                         &cards->prefix) != NGX_OK
                && ngx_polycard_conf_option(&value[i], "from=",
                                            &cards->from) != NGX_OK
                && ngx_polycard_conf_option(&value[i], "to=", &cards->to)
                   != NGX_OK))
        {
            return ngx_polycard_conf_bad_parameter(cf, &value[i], takes);
        }
    }

    return ngx_polycard_conf_check_cards(cf, cards);
}


char *
ngx_polycard_conf_set_page(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_str_t   *value, usual, max;
    ngx_uint_t   i;

    value = cf->args->elts;

    ngx_str_null(&usual);
    ngx_str_null(&max);

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_polycard_conf_take_limit(&value[i], "default=", &usual,
                                         &market->page_default)
            != NGX_OK
            && ngx_polycard_conf_take_limit(&value[i], "max=", &max,
                                            &market->page_max)
               != NGX_OK)
        {
            return ngx_polycard_conf_bad_parameter(cf, &value[i],
                        "once each \"default=\" and \"max=\", from 1 to 10000");
        }
    }

    if (usual.len == 0) {
        market->page_default = ngx_min(market->page_default,
                                       market->page_max);
    }

    if (market->page_default > market->page_max) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"page_limit\" has a default of %ui, greater than "
                           "its max of %ui",
                           market->page_default, market->page_max);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_polycard_conf_set_replicas(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_int_t   n, ms;
    ngx_str_t  *value;

    value = cf->args->elts;

    n = ngx_atoi(value[1].data, value[1].len);

    if (n == NGX_ERROR || n > NGX_POLYCARD_REPLICAS_MAX) {
        return ngx_polycard_conf_bad_parameter(cf, &value[1],
                                              "a number of replicas");
    }

    market->replicas = n;

    if (cf->args->nelts == 3) {
        ms = ngx_parse_time(&value[2], 0);

        if (ms == NGX_ERROR || ms == 0) {
            return ngx_polycard_conf_bad_parameter(cf, &value[2],
                                                   "a time like 200ms");
        }

        market->replicas_time = ms;
    }

    return NGX_CONF_OK;
}


/* reads the value of "name=value"; it may be given once, and not be empty */

static ngx_int_t
ngx_polycard_conf_option(ngx_str_t *arg, char *name, ngx_str_t *value)
{
    size_t  len;

    len = ngx_strlen(name);

    if (value->data != NULL || arg->len <= len
        || ngx_strncmp(arg->data, name, len) != 0)
    {
        return NGX_DECLINED;
    }

    value->len = arg->len - len;
    value->data = arg->data + len;

    return NGX_OK;
}


/* the same for a number of records */

static ngx_int_t
ngx_polycard_conf_take_limit(ngx_str_t *arg, char *name, ngx_str_t *value,
    ngx_uint_t *limit)
{
    ngx_int_t  n;

    if (ngx_polycard_conf_option(arg, name, value) != NGX_OK) {
        return NGX_DECLINED;
    }

    n = ngx_atoi(value->data, value->len);

    if (n == NGX_ERROR || n == 0 || n > NGX_POLYCARD_PAGE_MAX) {
        return NGX_DECLINED;
    }

    *limit = n;

    return NGX_OK;
}


static char *
ngx_polycard_conf_bad_parameter(ngx_conf_t *cf, ngx_str_t *value,
    const char *takes)
{
    ngx_str_t  *name;

    name = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"%V\" directive, it takes "
                       "%s", value, name, takes);

    return NGX_CONF_ERROR;
}
