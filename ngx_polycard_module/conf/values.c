
/* Values of the directives of a market. */


#include "conf/values.h"
#include "conf/secret.h"


const char  ngx_polycard_conf_flag[] = "\"on\" or \"off\"";


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
                           "invalid time \"%V\" in \"%V\" directive, it must "
                           "be more than 0, like 500ms, 15s or 5m",
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
        return ngx_polycard_conf_invalid(cf, &value[1],
                                         ngx_polycard_conf_flag);
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
    char              must[NGX_POLYCARD_CONF_WORDS];
    ngx_int_t         n;
    ngx_str_t        *value;
    ngx_uint_t       *word;
    ngx_conf_enum_t  *words;

    value = cf->args->elts;
    word = (ngx_uint_t *) ((u_char *) market + directive->offset);
    words = (ngx_conf_enum_t *) directive->data;

    n = ngx_polycard_conf_find_word(words, &value[1]);

    if (n == NGX_ERROR) {
        ngx_polycard_conf_name_words(words, must);
        return ngx_polycard_conf_invalid(cf, &value[1], must);
    }

    *word = n;

    return NGX_CONF_OK;
}


ngx_int_t
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


void
ngx_polycard_conf_name_words(const ngx_conf_enum_t *words, char *buf)
{
    u_char  *p, *last;

    p = (u_char *) buf;
    last = p + NGX_POLYCARD_CONF_WORDS - 1;

    for ( /* void */ ; words->name.len; words++) {
        p = ngx_slprintf(p, last, "\"%V\"%s", &words->name,
                         words[1].name.len == 0 ? ""
                         : words[2].name.len == 0 ? " or " : ", ");
    }

    *p = '\0';
}


char *
ngx_polycard_conf_invalid(ngx_conf_t *cf, ngx_str_t *value, const char *must)
{
    ngx_str_t  *name;

    name = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"%V\" directive, it must be "
                       "%s", value, name, must);

    return NGX_CONF_ERROR;
}


void
ngx_polycard_conf_place(ngx_conf_t *cf, ngx_polycard_place_t *place)
{
    place->file = cf->conf_file->file.name;
    place->line = cf->conf_file->line;
}
