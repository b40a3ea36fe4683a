
#include "conf/carrier.h"
#include "conf/check.h"
#include "conf/address.h"
#include "conf/hook.h"
#include "conf/sentinel.h"
#include "conf/status.h"
#include "conf/tls.h"
#include "conf/tokens.h"
#include "http/service.h"
#include "redis/store.h"
#include "status/handler.h"


static ngx_int_t ngx_polycard_conf_check_redis(ngx_conf_t *cf,
    ngx_polycard_market_t *market);
static ngx_int_t ngx_polycard_conf_check_replicas(ngx_conf_t *cf,
    ngx_polycard_market_t *market);
static ngx_uint_t ngx_polycard_conf_digits(ngx_str_t *s, size_t max);
static ngx_int_t ngx_polycard_conf_check_location(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf, ngx_polycard_loc_conf_t *plcf);
static ngx_int_t ngx_polycard_conf_check_keyspace(ngx_conf_t *cf,
    ngx_polycard_market_t *one, ngx_polycard_market_t *other);
static ngx_uint_t ngx_polycard_conf_same_redis(
    ngx_polycard_redis_conf_t *one, ngx_polycard_redis_conf_t *other);
static void ngx_polycard_conf_set_resolver(ngx_conf_t *cf,
    ngx_polycard_market_t *market);


ngx_int_t
ngx_polycard_conf_check_name(ngx_conf_t *cf, ngx_polycard_main_conf_t *pmcf,
    ngx_str_t *name)
{
    size_t                  i;
    u_char                  ch;
    ngx_polycard_market_t  *market;

    if (name->len == 0 || name->len > NGX_POLYCARD_NAME_MAX) {
        goto invalid;
    }

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z') {
            continue;
        }

        if ((ch < '0' || ch > '9') && ch != '_' && ch != '-' && ch != '.') {
            goto invalid;
        }
    }

    market = ngx_polycard_conf_find(pmcf, name);

    if (market) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate polycard market \"%V\", first in "
                           "%V:%ui", name, &market->place.file,
                           market->place.line);
        return NGX_ERROR;
    }

    return NGX_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid polycard market name \"%V\", it is 1 to %d "
                       "letters, digits, \"_\", \"-\" and \".\"",
                       name, NGX_POLYCARD_NAME_MAX);

    return NGX_ERROR;
}


char *
ngx_polycard_conf_check_prefix(ngx_conf_t *cf, ngx_str_t *prefix)
{
    ngx_polycard_str_t  text;

    text = ngx_polycard_str(prefix);

    if (ngx_polycard_prefix_check(&text) != NGX_POLYCARD_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "key prefix \"%V\" must be 1 to %d "
                           NGX_POLYCARD_PREFIX_RULES, prefix,
                           NGX_POLYCARD_PREFIX_MAX);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_polycard_conf_check_cards(ngx_conf_t *cf,
    ngx_polycard_cards_conf_t *cards)
{
    ngx_int_t  from, to;

    if (cards->mode != NGX_POLYCARD_CARDS_EAN13) {
        return NGX_CONF_OK;
    }

    if (!ngx_polycard_conf_digits(&cards->prefix, 11)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"card_numbers ean13\" needs \"prefix=\" of 1 to "
                           "11 digits");
        return NGX_CONF_ERROR;
    }

    if ((cards->from.len
         && !ngx_polycard_conf_digits(&cards->from, 12 - cards->prefix.len))
        || (cards->to.len
            && !ngx_polycard_conf_digits(&cards->to,
                                         12 - cards->prefix.len)))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"from=\" and \"to=\" of \"card_numbers ean13\" "
                           "have at most %uz digits beside this prefix",
                           12 - cards->prefix.len);
        return NGX_CONF_ERROR;
    }

    from = cards->from.len ? ngx_atoi(cards->from.data, cards->from.len) : 1;
    to = cards->to.len ? ngx_atoi(cards->to.data, cards->to.len) : from;

    if (from < 1 || to < from) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"from=\" of \"card_numbers ean13\" must be 1 to "
                           "the value of \"to=\"");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_polycard_conf_digits(ngx_str_t *s, size_t max)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if (s->data[i] < '0' || s->data[i] > '9') {
            return 0;
        }
    }

    return s->len > 0 && s->len <= max;
}


char *
ngx_polycard_conf_check_block(ngx_conf_t *cf, ngx_polycard_market_t *market)
{
    u_char  *p;

    if (ngx_polycard_conf_check_redis(cf, market) != NGX_OK
        || ngx_polycard_conf_tls_check_block(cf, market,
                                             &market->redis_conf.ssl,
                                             &market->redis_conf.url)
           != NGX_OK
        || ngx_polycard_conf_sentinel_check_block(cf, market) != NGX_OK
        || ngx_polycard_conf_check_replicas(cf, market) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (market->key_prefix.len == 0) {
        market->key_prefix.len = sizeof("polycard:{}:") - 1
                                 + market->name.len;

        p = ngx_pnalloc(cf->pool, market->key_prefix.len);
        if (p == NULL) {
            return NGX_CONF_ERROR;
        }

        market->key_prefix.data = p;
        ngx_sprintf(p, "polycard:{%V}:", &market->name);
    }

    return ngx_polycard_conf_hook_check_block(cf, market);
}


/* where Redis is, and the directives that a block must have */

static ngx_int_t
ngx_polycard_conf_check_redis(ngx_conf_t *cf, ngx_polycard_market_t *market)
{
    char                       *missing;
    ngx_polycard_redis_conf_t  *redis;

    missing = NULL;
    redis = &market->redis_conf;

    if (redis->sentinels && redis->address.len) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "polycard market \"%V\" has both \"redis\" and "
                           "\"redis_sentinel\"", &market->name);
        return NGX_ERROR;
    }

    if (redis->seeds) {
        redis->key = &market->key_prefix;

        if (redis->database) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "polycard market \"%V\" is in a cluster, which "
                               "has no other \"redis_database\" than 0",
                               &market->name);
            return NGX_ERROR;
        }
    }

    /* shown in the log: the name that the Sentinels use */

    if (redis->sentinels) {
        redis->address = redis->sentinels->master;
    }

    if (redis->address.len == 0) {
        missing = "\"redis\" or \"redis_sentinel\"";

    } else if (market->access.on == NGX_CONF_UNSET) {
        missing = NGX_POLYCARD_SERVICE_TOKENS;

    } else if (redis->user.len && redis->password.len == 0) {
        missing = "\"redis_password_file\" beside \"redis_user\"";
    }

    if (missing) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "polycard market \"%V\" needs %s",
                           &market->name, missing);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* the time of "redis_replicas" */

static ngx_int_t
ngx_polycard_conf_check_replicas(ngx_conf_t *cf, ngx_polycard_market_t *market)
{
    ngx_msec_t  timeout;

    timeout = market->redis_conf.timeout;

    if (market->replicas_time == 0) {
        market->replicas_time = ngx_max(timeout / 2, 1);

    } else if (market->replicas_time >= timeout) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the time of \"redis_replicas\" must be less than "
                           "\"redis_timeout\", %Mms", timeout);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_polycard_conf_check(ngx_conf_t *cf, ngx_polycard_main_conf_t *pmcf)
{
    ngx_uint_t                 i, n;
    ngx_polycard_market_t    **market;
    ngx_polycard_location_t   *location;

    location = pmcf->locations.elts;

    for (i = 0; i < pmcf->locations.nelts; i++) {
        if (ngx_polycard_conf_check_location(cf, pmcf, location[i].conf)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    location = pmcf->hooks.elts;

    for (i = 0; i < pmcf->hooks.nelts; i++) {
        if (ngx_polycard_conf_check_location(cf, pmcf, location[i].conf)
            != NGX_OK
            || ngx_polycard_conf_hook_check_location(cf, &location[i])
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ngx_polycard_carrier_check(cf, pmcf) != NGX_OK
        || ngx_polycard_conf_check_statuses(cf, pmcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    market = pmcf->markets.elts;

    for (i = 0; i < pmcf->markets.nelts; i++) {
        ngx_polycard_conf_set_resolver(cf, market[i]);

        if (ngx_polycard_conf_hook_check(cf, market[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        for (n = 0; n < i; n++) {
            if (ngx_polycard_conf_check_keyspace(cf, market[n], market[i])
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


ngx_polycard_market_t *
ngx_polycard_conf_find(ngx_polycard_main_conf_t *pmcf, ngx_str_t *name)
{
    ngx_uint_t               i;
    ngx_polycard_market_t  **market;

    market = pmcf->markets.elts;

    for (i = 0; i < pmcf->markets.nelts; i++) {
        if (market[i]->name.len == name->len
            && ngx_strncmp(market[i]->name.data, name->data, name->len) == 0)
        {
            return market[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_polycard_conf_check_location(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf, ngx_polycard_loc_conf_t *plcf)
{
    plcf->market = ngx_polycard_conf_find(pmcf, &plcf->market_name);

    if (plcf->market == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "unknown polycard market \"%V\" in %V:%ui",
                      &plcf->market_name, &plcf->place.file,
                      plcf->place.line);
        return NGX_ERROR;
    }

    if (plcf->service
        && ngx_polycard_conf_check_tokens(cf, plcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (plcf->service
        && plcf->service->issues_cards
        && plcf->market->cards.mode == NGX_POLYCARD_CARDS_UNSET)
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "polycard market \"%V\" in %V:%ui needs "
                      "\"card_numbers\", because clients are added in %V:%ui",
                      &plcf->market_name, &plcf->market->place.file,
                      plcf->market->place.line, &plcf->place.file,
                      plcf->place.line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * A location has one content handler, the last one set; an
 * "if" or "limit_except" without one uses that of the location.
 */

ngx_int_t
ngx_polycard_conf_check_handler(ngx_conf_t *cf,
    ngx_polycard_loc_conf_t *plcf, ngx_http_core_loc_conf_t *clcf)
{
    ngx_http_handler_pt  handler;

    handler = plcf->service ? plcf->service->handler
                            : ngx_polycard_status_handler;

    if (clcf->handler == handler || (clcf->noname && clcf->handler == NULL)) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "the polycard service in %V:%ui "
                  NGX_POLYCARD_CONF_HANDLER,
                  &plcf->place.file, plcf->place.line);

    return NGX_ERROR;
}


static ngx_int_t
ngx_polycard_conf_check_keyspace(ngx_conf_t *cf, ngx_polycard_market_t *one,
    ngx_polycard_market_t *other)
{
    if (!ngx_polycard_conf_same_redis(&one->redis_conf, &other->redis_conf)
        || one->redis_conf.database != other->redis_conf.database
        || !ngx_polycard_store_prefixes_meet(&one->key_prefix,
                                             &other->key_prefix))
    {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "polycard markets \"%V\" in %V:%ui and \"%V\" in %V:%ui "
                  "have the same redis, database and key prefix, or a prefix "
                  "that keys of the other begin with",
                  &one->name, &one->place.file, one->place.line,
                  &other->name, &other->place.file, other->place.line);

    return NGX_ERROR;
}


static ngx_uint_t
ngx_polycard_conf_same_redis(ngx_polycard_redis_conf_t *one,
    ngx_polycard_redis_conf_t *other)
{
    if (one->sentinels == NULL && other->sentinels == NULL) {
        return ngx_polycard_conf_same_seeds(one, other);
    }

    return one->sentinels && other->sentinels
           && ngx_polycard_conf_same_sentinels(one->sentinels,
                                               other->sentinels);
}


/* the "resolver" of http {}; without one that of the system: resolve.h */

static void
ngx_polycard_conf_set_resolver(ngx_conf_t *cf, ngx_polycard_market_t *market)
{
    ngx_uint_t                 i;
    ngx_polycard_sentinels_t  *sentinels;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->resolver == NULL || ngx_polycard_resolver_none(clcf->resolver)) {
        return;
    }

    market->redis_conf.resolver = clcf->resolver;

    sentinels = market->redis_conf.sentinels;

    for (i = 0; sentinels && i < sentinels->n; i++) {
        sentinels->server[i].resolver = clcf->resolver;
    }
}
