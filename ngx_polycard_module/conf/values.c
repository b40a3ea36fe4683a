
/* Values that a directive of a market may have. */


#include "conf/market.h"
#include "conf/check.h"
#include "conf/secret.h"


static ngx_int_t ngx_polycard_conf_find_word(const ngx_conf_enum_t *words,
    ngx_str_t *value);
static ngx_int_t ngx_polycard_conf_option(ngx_str_t *arg, char *name,
    ngx_str_t *value);
static ngx_int_t ngx_polycard_conf_take_limit(ngx_str_t *arg, char *name,
    ngx_str_t *value, ngx_uint_t *limit);
static char *ngx_polycard_conf_bad_parameter(ngx_conf_t *cf,
    ngx_str_t *value);


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

    ngx_int_t                   mode;
    ngx_str_t                  *value;
    ngx_uint_t                  i;
    ngx_polycard_cards_conf_t  *cards;

    value = cf->args->elts;
    cards = &market->cards;

    mode = ngx_polycard_conf_find_word(words, &value[1]);

    if (mode == NGX_ERROR) {
        return ngx_polycard_conf_bad_parameter(cf, &value[1]);
    }

    cards->mode = mode;

    for (i = 2; i < cf->args->nelts; i++) {
        if (cards->mode != NGX_POLYCARD_CARDS_EAN13
            || (ngx_polycard_conf_option(&value[i], "prefix=",
                                         &cards->prefix) != NGX_OK
                && ngx_polycard_conf_option(&value[i], "from=",
                                            &cards->from) != NGX_OK
                && ngx_polycard_conf_option(&value[i], "to=", &cards->to)
                   != NGX_OK))
        {
            return ngx_polycard_conf_bad_parameter(cf, &value[i]);
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
            return ngx_polycard_conf_bad_parameter(cf, &value[i]);
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


/* takes the value of "name=value", once, and never an empty one */

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


/* the same, of a number of records */

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
ngx_polycard_conf_bad_parameter(ngx_conf_t *cf, ngx_str_t *value)
{
    ngx_str_t  *name;

    name = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"%V\" directive", value,
                       name);

    return NGX_CONF_ERROR;
}


char *
ngx_polycard_conf_set_time(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_int_t    ms;
    ngx_str_t   *value;
    ngx_uint_t   days;
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

    days = directive->data;

    if (days && (ngx_uint_t) (ms - 1) / 86400000 >= days) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must be at most %ui days", &value[0], days);
        return NGX_CONF_ERROR;
    }

    *time = ms;

    return NGX_CONF_OK;
}


char *
ngx_polycard_conf_set_flag(ngx_conf_t *cf, ngx_polycard_market_t *market,
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
        return ngx_polycard_conf_invalid(cf, &value[1]);
    }

    return NGX_CONF_OK;
}


char *
ngx_polycard_conf_set_count(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_int_t    n, max;
    ngx_str_t   *value;
    ngx_uint_t  *count;

    value = cf->args->elts;
    count = (ngx_uint_t *) ((u_char *) market + directive->offset);

    n = ngx_atoi(value[1].data, value[1].len);
    max = directive->data;

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
ngx_polycard_conf_set_word(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_int_t    n;
    ngx_str_t   *value;
    ngx_uint_t  *word;

    value = cf->args->elts;
    word = (ngx_uint_t *) ((u_char *) market + directive->offset);

    n = ngx_polycard_conf_find_word((ngx_conf_enum_t *) directive->data,
                                    &value[1]);

    if (n == NGX_ERROR) {
        return ngx_polycard_conf_invalid(cf, &value[1]);
    }

    *word = n;

    return NGX_CONF_OK;
}


/* the value of the word, or NGX_ERROR */

static ngx_int_t
ngx_polycard_conf_find_word(const ngx_conf_enum_t *words, ngx_str_t *value)
{
    for ( /* void */ ; words->name.len; words++) {
        if (ngx_strcmp(words->name.data, value->data) == 0) {
            return words->value;
        }
    }

    return NGX_ERROR;
}


char *
ngx_polycard_conf_set_text(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_str_t              *value, *text;
    ngx_polycard_check_pt   check;

    value = cf->args->elts;
    text = (ngx_str_t *) ((u_char *) market + directive->offset);
    check = (ngx_polycard_check_pt) directive->data;

    *text = value[1];

    return check(cf, text);
}


char *
ngx_polycard_conf_set_secret(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_str_t  *value, *secret;

    value = cf->args->elts;
    secret = (ngx_str_t *) ((u_char *) market + directive->offset);

    return ngx_polycard_secret_read(cf, &value[1], directive->data, secret)
           == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_polycard_conf_invalid(ngx_conf_t *cf, ngx_str_t *value)
{
    ngx_str_t  *name;

    name = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"%V\" directive", value,
                       name);

    return NGX_CONF_ERROR;
}


void
ngx_polycard_conf_place(ngx_conf_t *cf, ngx_polycard_place_t *place)
{
    place->file = cf->conf_file->file.name;
    place->line = cf->conf_file->line;
}
