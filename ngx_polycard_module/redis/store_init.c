
/* at configuration: names of keys, and what is sent each time */


#include "redis/store_internal.h"


static ngx_int_t ngx_polycard_store_init_record(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_store_record_t *record,
    const ngx_polycard_table_t *table, const char *name);
static ngx_int_t ngx_polycard_store_key(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_str_t *key, const char *name);
static ngx_int_t ngx_polycard_store_init_cards(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_store_conf_t *conf);
static ngx_int_t ngx_polycard_store_init_call(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_str_t *call, const char *function);


ngx_int_t
ngx_polycard_store_init(ngx_conf_t *cf, ngx_polycard_market_t *market)
{
    ngx_polycard_store_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_polycard_store_conf_t));
    if (conf == NULL) {
        return NGX_ERROR;
    }

    market->store = conf;

    if (ngx_polycard_store_init_record(cf, market, &conf->client,
                                       &ngx_polycard_client, "client:")
        != NGX_OK
        || ngx_polycard_store_init_record(cf, market, &conf->group,
                                          &ngx_polycard_group, "group:")
           != NGX_OK
        || ngx_polycard_store_key(cf, market, &conf->clients, "clients")
           != NGX_OK
        || ngx_polycard_store_key(cf, market, &conf->groups, "groups")
           != NGX_OK
        || ngx_polycard_store_key(cf, market, &conf->barcodes, "barcodes:")
           != NGX_OK
        || ngx_polycard_store_init_cards(cf, market, conf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_polycard_store_prefixes_meet(const ngx_str_t *one, const ngx_str_t *other)
{
    size_t            len;
    ngx_str_t        *family;
    const u_char     *rest;
    const ngx_str_t  *longer;

    /* keys whose names continue with a variable part after a colon */

    static ngx_str_t  families[] = {
        ngx_string("client:"),
        ngx_string("group:"),
        ngx_string("barcodes:"),
        ngx_string("shadow:"),
        ngx_string("added:"),
        ngx_string("once:"),
        ngx_string("retry:"),
        ngx_string("history:"),
        ngx_string("moved:"),
        ngx_string("seq:"),
        ngx_null_string
    };

    longer = (one->len > other->len) ? one : other;
    len = ngx_min(one->len, other->len);

    if (ngx_memcmp(one->data, other->data, len) != 0) {
        return 0;
    }

    rest = longer->data + len;
    len = longer->len - len;

    for (family = families; family->len; family++) {
        if (len >= family->len
            && ngx_memcmp(rest, family->data, family->len) == 0)
        {
            return 1;
        }
    }

    return len == 0;
}


/* HMGET of the fields in the table's order: prepared except for the key */

static ngx_int_t
ngx_polycard_store_init_record(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_store_record_t *record, const ngx_polycard_table_t *table,
    const char *name)
{
    u_char                     *p;
    size_t                      size, i;
    const ngx_polycard_str_t   *field;

    if (ngx_polycard_store_key(cf, market, &record->key, name) != NGX_OK) {
        return NGX_ERROR;
    }

    size = NGX_POLYCARD_COMMAND_HEAD + ngx_polycard_command_size(5);

    for (i = 1; i < table->n; i++) {
        size += ngx_polycard_command_size(table->attribute[i].name.len);
    }

    p = ngx_pnalloc(cf->pool, size);
    record->field = ngx_pcalloc(cf->pool, table->n * sizeof(ngx_str_t));

    if (p == NULL || record->field == NULL) {
        return NGX_ERROR;
    }

    record->head.data = p;
    p = ngx_polycard_command_start(p, table->n + 1);
    p = ngx_polycard_command_arg(p, "HMGET", 5);
    record->head.len = p - record->head.data;

    record->fields.data = p;

    for (i = 1; i < table->n; i++) {
        field = &table->attribute[i].name;

        record->field[i].data = p;
        p = ngx_polycard_command_arg(p, field->data, field->len);
        record->field[i].len = p - record->field[i].data;
    }

    record->fields.len = p - record->fields.data;

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_store_key(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_str_t *key, const char *name)
{
    u_char  *p;
    size_t   len;

    len = ngx_strlen(name);

    key->len = market->key_prefix.len + len;

    key->data = ngx_pnalloc(cf->pool, key->len);
    if (key->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(key->data, market->key_prefix.data, market->key_prefix.len);
    ngx_memcpy(p, name, len);

    return NGX_OK;
}


/* what store_add.c sends each time */

static ngx_int_t
ngx_polycard_store_init_cards(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_polycard_store_conf_t *conf)
{
    u_char                     *p;
    ngx_polycard_cards_conf_t  *cards;

    static ngx_str_t  modes[] = {
        ngx_null_string,
        ngx_string("ean13"),
        ngx_string("pool"),
        ngx_string("phone")
    };

    cards = &market->cards;

    p = ngx_pnalloc(cf->pool, 2 * ngx_polycard_command_size(32)
                              + ngx_polycard_command_size(cards->prefix.len)
                              + ngx_polycard_command_size(cards->from.len)
                              + ngx_polycard_command_size(cards->to.len));
    if (p == NULL) {
        return NGX_ERROR;
    }

    conf->cards.data = p;

    p = ngx_polycard_command_arg(p, modes[cards->mode].data,
                                 modes[cards->mode].len);
    p = ngx_polycard_command_arg(p, cards->prefix.data, cards->prefix.len);
    p = ngx_polycard_command_arg(p, cards->from.data, cards->from.len);
    p = ngx_polycard_command_arg(p, cards->to.data, cards->to.len);
    p = ngx_polycard_command_arg(p, "known_card", 10);

    conf->cards.len = p - conf->cards.data;

    return (ngx_polycard_store_init_call(cf, market, &conf->add_client,
                                         "polycard_add_client") == NGX_OK
            && ngx_polycard_store_init_call(cf, market, &conf->issue_card,
                                            "polycard_issue_card") == NGX_OK
            && ngx_polycard_store_init_call(cf, market, &conf->once,
                                            "polycard_once") == NGX_OK)
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_polycard_store_init_call(ngx_conf_t *cf, ngx_polycard_market_t *market,
    ngx_str_t *call, const char *function)
{
    u_char     *p;
    size_t      len;
    ngx_str_t  *prefix;

    prefix = &market->key_prefix;
    len = ngx_strlen(function);

    p = ngx_pnalloc(cf->pool, 2 * ngx_polycard_command_size(5)
                              + ngx_polycard_command_size(len)
                              + ngx_polycard_command_size(prefix->len));
    if (p == NULL) {
        return NGX_ERROR;
    }

    call->data = p;

    p = ngx_polycard_command_arg(p, "FCALL", 5);
    p = ngx_polycard_command_arg(p, function, len);
    p = ngx_polycard_command_arg(p, "1", 1);
    p = ngx_polycard_command_arg(p, prefix->data, prefix->len);

    call->len = p - call->data;

    return NGX_OK;
}
