
/* Values that a directive of a market may have. */


#include "ngx_polycard_market.h"
#include "ngx_polycard_market_check.h"


static ngx_int_t ngx_polycard_market_option(ngx_str_t *arg, char *name,
    ngx_str_t *value);


char *
ngx_polycard_market_set_cards(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_str_t                  *value;
    ngx_uint_t                  i;
    ngx_polycard_cards_conf_t  *cards;

    value = cf->args->elts;
    cards = &market->cards;

    if (ngx_strcmp(value[1].data, "ean13") == 0) {
        cards->mode = NGX_POLYCARD_CARDS_EAN13;

    } else if (ngx_strcmp(value[1].data, "pool") == 0) {
        cards->mode = NGX_POLYCARD_CARDS_POOL;

    } else if (ngx_strcmp(value[1].data, "phone") == 0) {
        cards->mode = NGX_POLYCARD_CARDS_PHONE;

    } else {
        i = 1;
        goto invalid;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (cards->mode != NGX_POLYCARD_CARDS_EAN13
            || (ngx_polycard_market_option(&value[i], "prefix=",
                                           &cards->prefix) != NGX_OK
                && ngx_polycard_market_option(&value[i], "from=",
                                              &cards->from) != NGX_OK
                && ngx_polycard_market_option(&value[i], "to=", &cards->to)
                   != NGX_OK))
        {
            goto invalid;
        }
    }

    return ngx_polycard_market_check_cards(cf, cards);

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"card_numbers\" "
                       "directive", &value[i]);

    return NGX_CONF_ERROR;
}


char *
ngx_polycard_market_set_page(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_str_t   *value, *text, usual, max;
    ngx_int_t    n;
    ngx_uint_t   i, *limit;

    value = cf->args->elts;

    ngx_str_null(&usual);
    ngx_str_null(&max);

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_polycard_market_option(&value[i], "default=", &usual)
            == NGX_OK)
        {
            text = &usual;
            limit = &market->page_default;

        } else if (ngx_polycard_market_option(&value[i], "max=", &max)
                   == NGX_OK)
        {
            text = &max;
            limit = &market->page_max;

        } else {
            goto invalid;
        }

        n = ngx_atoi(text->data, text->len);

        if (n == NGX_ERROR || n == 0 || n > NGX_POLYCARD_PAGE_MAX) {
            goto invalid;
        }

        *limit = n;
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

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"page_limit\" "
                       "directive", &value[i]);

    return NGX_CONF_ERROR;
}


/* takes the value of "name=value", once, and never an empty one */

static ngx_int_t
ngx_polycard_market_option(ngx_str_t *arg, char *name, ngx_str_t *value)
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


char *
ngx_polycard_market_set_time(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_int_t    ms;
    ngx_str_t   *value;
    ngx_msec_t  *time;

    value = cf->args->elts;
    time = (ngx_msec_t *) ((u_char *) market + directive->offset);

    ms = ngx_parse_time(&value[1], 0);

    if (ms == NGX_ERROR || ms == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid time \"%V\" in \"%V\" directive",
                           &value[1], &value[0]);
        return NGX_CONF_ERROR;
    }

    *time = ms;

    return NGX_CONF_OK;
}


char *
ngx_polycard_market_set_flag(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_str_t   *value;
    ngx_flag_t  *flag;

    value = cf->args->elts;
    flag = (ngx_flag_t *) ((u_char *) market + directive->offset);

    if (ngx_strcmp(value[1].data, "on") == 0) {
        *flag = 1;

    } else if (ngx_strcmp(value[1].data, "off") == 0) {
        *flag = 0;

    } else {
        return ngx_polycard_market_invalid(cf, &value[1]);
    }

    return NGX_CONF_OK;
}


char *
ngx_polycard_market_set_count(ngx_conf_t *cf, ngx_uint_t *count, ngx_int_t max)
{
    ngx_int_t   n;
    ngx_str_t  *value;

    value = cf->args->elts;

    n = ngx_atoi(value[1].data, value[1].len);

    if (n == NGX_ERROR || n == 0 || n > max) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must be a number from 1 to %i",
                           &value[0], max);
        return NGX_CONF_ERROR;
    }

    *count = n;

    return NGX_CONF_OK;
}


char *
ngx_polycard_market_invalid(ngx_conf_t *cf, ngx_str_t *value)
{
    ngx_str_t  *name;

    name = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"%V\" directive", value,
                       name);

    return NGX_CONF_ERROR;
}
