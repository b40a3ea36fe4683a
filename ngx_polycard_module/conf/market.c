
/*
 * The directives of "polycard_market NAME { ... }".  Each is read by one short
 * function through the table below; checks that need the whole configuration
 * are in check.c.
 */


#include "conf/market.h"
#include "conf/address.h"
#include "conf/parameters.h"
#include "conf/check.h"
#include "conf/hook.h"
#include "conf/secret.h"
#include "conf/sentinel.h"
#include "conf/tls.h"


#define NGX_POLYCARD_TABLES  3


typedef struct {
    ngx_polycard_market_t  *market;
    ngx_uint_t              seen[NGX_POLYCARD_TABLES];  /* a bit for each */
} ngx_polycard_block_t;


static ngx_polycard_market_t *ngx_polycard_conf_create(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf, ngx_str_t *name);
static char *ngx_polycard_conf_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_polycard_conf_set(ngx_conf_t *cf,
    ngx_polycard_block_t *block, ngx_polycard_directive_t *directive,
    ngx_uint_t *seen, ngx_uint_t bit);
static char *ngx_polycard_conf_set_redis(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_set_user(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_set_database(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_set_token_file(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static char *ngx_polycard_conf_set_token_off(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
static ngx_polycard_tokens_t *ngx_polycard_conf_tokens_of(
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);


static ngx_polycard_directive_t  ngx_polycard_conf_directives[] = {

    { ngx_string("redis"), 1, NGX_POLYCARD_SEEDS_MAX,
      ngx_polycard_conf_set_redis, 0, 0 },

    { ngx_string("redis_sentinel"), 2, NGX_POLYCARD_SENTINEL_WORDS_MAX,
      ngx_polycard_conf_set_sentinel, 0, 0 },

    { ngx_string("redis_sentinel_user"), 1, 1, ngx_polycard_conf_set_user,
      offsetof(ngx_polycard_market_t, sentinel_conf.user), 0 },

    { ngx_string("redis_sentinel_password_file"), 1, 1,
      ngx_polycard_conf_set_secret,
      offsetof(ngx_polycard_market_t, sentinel_conf.password),
      NGX_POLYCARD_PASSWORD_MAX },

    { ngx_string("redis_user"), 1, 1, ngx_polycard_conf_set_user,
      offsetof(ngx_polycard_market_t, redis_conf.user), 0 },

    { ngx_string("redis_password_file"), 1, 1, ngx_polycard_conf_set_secret,
      offsetof(ngx_polycard_market_t, redis_conf.password),
      NGX_POLYCARD_PASSWORD_MAX },

    { ngx_string("redis_database"), 1, 1, ngx_polycard_conf_set_database,
      0, 0 },

    { ngx_string("redis_connect_timeout"), 1, 1, ngx_polycard_conf_set_time,
      offsetof(ngx_polycard_market_t, redis_conf.connect_timeout), 0 },

    { ngx_string("redis_timeout"), 1, 1, ngx_polycard_conf_set_time,
      offsetof(ngx_polycard_market_t, redis_conf.timeout), 0 },

    { ngx_string("redis_replicas"), 1, 2, ngx_polycard_conf_set_replicas,
      0, 0 },

    { ngx_string("key_prefix"), 1, 1, ngx_polycard_conf_set_text,
      offsetof(ngx_polycard_market_t, key_prefix),
      (uintptr_t) ngx_polycard_conf_check_prefix },

    { ngx_string("access_token_file"), 1, 1,
      ngx_polycard_conf_set_token_file,
      offsetof(ngx_polycard_market_t, access), (uintptr_t) "access_token" },

    { ngx_string("access_token"), 1, 1, ngx_polycard_conf_set_token_off,
      offsetof(ngx_polycard_market_t, access), 0 },

    { ngx_string("office_token_file"), 1, 1,
      ngx_polycard_conf_set_token_file,
      offsetof(ngx_polycard_market_t, office), (uintptr_t) "office_token" },

    { ngx_string("office_token"), 1, 1, ngx_polycard_conf_set_token_off,
      offsetof(ngx_polycard_market_t, office), 0 },

    { ngx_string("operator_token_file"), 1, 1,
      ngx_polycard_conf_set_token_file,
      offsetof(ngx_polycard_market_t, operators),
      (uintptr_t) "operator_token" },

    { ngx_string("operator_token"), 1, 1, ngx_polycard_conf_set_token_off,
      offsetof(ngx_polycard_market_t, operators), 0 },

    { ngx_string("card_numbers"), 1, 4, ngx_polycard_conf_set_cards, 0, 0 },

    { ngx_string("page_limit"), 1, 2, ngx_polycard_conf_set_page, 0, 0 },

    { ngx_null_string, 0, 0, NULL, 0, 0 }
};


char *
ngx_polycard_conf_block(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_polycard_main_conf_t  *pmcf = conf;

    char                  *rv;
    ngx_str_t             *value;
    ngx_conf_t             save;
    ngx_polycard_block_t   block;

    value = cf->args->elts;

    ngx_memzero(&block, sizeof(ngx_polycard_block_t));

    block.market = ngx_polycard_conf_create(cf, pmcf, &value[1]);
    if (block.market == NULL) {
        return NGX_CONF_ERROR;
    }

    save = *cf;

    cf->handler = ngx_polycard_conf_directive;
    cf->handler_conf = (char *) &block;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    return ngx_polycard_conf_check_block(cf, block.market);
}


static ngx_polycard_market_t *
ngx_polycard_conf_create(ngx_conf_t *cf, ngx_polycard_main_conf_t *pmcf,
    ngx_str_t *name)
{
    ngx_polycard_market_t  *market, **slot;

    if (ngx_polycard_conf_check_name(cf, pmcf, name) != NGX_OK) {
        return NULL;
    }

    market = ngx_pcalloc(cf->pool, sizeof(ngx_polycard_market_t));
    if (market == NULL) {
        return NULL;
    }

    market->worker = ngx_pcalloc(cf->pool, sizeof(ngx_polycard_worker_t));
    if (market->worker == NULL) {
        return NULL;
    }

    market->name = *name;
    market->access.on = NGX_CONF_UNSET;
    market->office.on = NGX_CONF_UNSET;
    market->operators.on = NGX_CONF_UNSET;
    market->redis_conf.connect_timeout = 1000;
    market->redis_conf.timeout = 1000;
    market->page_default = 100;
    market->page_max = 1000;

    ngx_polycard_conf_hook_init(&market->hook);
    ngx_polycard_conf_tls_init(&market->redis_conf.ssl, "redis_ssl");
    ngx_polycard_conf_tls_init(&market->sentinel_conf.ssl,
                               "redis_sentinel_ssl");

    ngx_polycard_conf_place(cf, &market->place);

    slot = ngx_array_push(&pmcf->markets);
    if (slot == NULL) {
        return NULL;
    }

    *slot = market;

    return market;
}


/* called by ngx_conf_parse() for each directive inside the block */

static char *
ngx_polycard_conf_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_polycard_block_t  *block = conf;

    ngx_uint_t                 i, n;
    ngx_str_t                 *value;
    ngx_polycard_directive_t  *d, *table[NGX_POLYCARD_TABLES];

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[0].data, "include") == 0) {
        return ngx_conf_include(cf, cmd, conf);
    }

    table[0] = ngx_polycard_conf_directives;
    table[1] = ngx_polycard_conf_hook_directives;
    table[2] = ngx_polycard_conf_tls_directives;

    for (n = 0; n < NGX_POLYCARD_TABLES; n++) {
        for (i = 0; table[n][i].name.len; i++) {
            d = &table[n][i];

            if (d->name.len == value[0].len
                && ngx_strcmp(d->name.data, value[0].data) == 0)
            {
                return ngx_polycard_conf_set(cf, block, d, &block->seen[n],
                                             (ngx_uint_t) 1 << i);
            }
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown directive \"%V\" in \"polycard_market\"",
                       &value[0]);

    return NGX_CONF_ERROR;
}


static char *
ngx_polycard_conf_set(ngx_conf_t *cf, ngx_polycard_block_t *block,
    ngx_polycard_directive_t *directive, ngx_uint_t *seen, ngx_uint_t bit)
{
    ngx_uint_t  n;

    n = cf->args->nelts - 1;

    if (n < directive->min || n > directive->max) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid number of arguments in \"%V\" directive",
                           &directive->name);
        return NGX_CONF_ERROR;
    }

    if (*seen & bit) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" directive is duplicate",
                           &directive->name);
        return NGX_CONF_ERROR;
    }

    *seen |= bit;

    return directive->set(cf, block->market, directive);
}


static char *
ngx_polycard_conf_set_redis(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    return ngx_polycard_conf_read_seeds(cf, &value[1], cf->args->nelts - 1,
                                        &market->redis_conf)
           == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_polycard_conf_set_user(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    ngx_str_t  *value, *user;

    value = cf->args->elts;
    user = (ngx_str_t *) ((u_char *) market + directive->offset);

    if (value[1].len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" has an empty name",
                           &value[0]);
        return NGX_CONF_ERROR;
    }

    *user = value[1];

    return NGX_CONF_OK;
}


static char *
ngx_polycard_conf_set_database(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive)
{
    ngx_int_t   n;
    ngx_str_t  *value;

    value = cf->args->elts;

    n = ngx_atoi(value[1].data, value[1].len);

    if (n == NGX_ERROR || n > NGX_POLYCARD_DATABASE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid database number \"%V\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    market->redis_conf.database = n;

    return NGX_CONF_OK;
}


static char *
ngx_polycard_conf_set_token_file(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive)
{
    ngx_str_t              *value;
    ngx_polycard_tokens_t  *tokens;

    value = cf->args->elts;
    tokens = ngx_polycard_conf_tokens_of(market, directive);

    if (tokens->on == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" conflicts with \"%s off\"",
                           &directive->name, (char *) directive->data);
        return NGX_CONF_ERROR;
    }

    tokens->list = ngx_polycard_secret_read_tokens(cf, &value[1]);
    if (tokens->list == NULL) {
        return NGX_CONF_ERROR;
    }

    tokens->on = 1;

    return NGX_CONF_OK;
}


static char *
ngx_polycard_conf_set_token_off(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive)
{
    ngx_str_t              *value;
    ngx_polycard_tokens_t  *tokens;

    value = cf->args->elts;
    tokens = ngx_polycard_conf_tokens_of(market, directive);

    if (ngx_strcmp(value[1].data, "off") != 0) {

        /* the argument may be a token: it is not shown */

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" takes only \"off\"; tokens are read from "
                           "\"%V_file\"", &directive->name, &directive->name);
        return NGX_CONF_ERROR;
    }

    if (tokens->list) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V off\" conflicts with \"%V_file\"",
                           &directive->name, &directive->name);
        return NGX_CONF_ERROR;
    }

    tokens->on = 0;

    return NGX_CONF_OK;
}


static ngx_polycard_tokens_t *
ngx_polycard_conf_tokens_of(ngx_polycard_market_t *market,
    ngx_polycard_directive_t *directive)
{
    return (ngx_polycard_tokens_t *) ((u_char *) market + directive->offset);
}
