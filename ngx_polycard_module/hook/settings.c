
#include "hook/settings.h"


/* bytes of a host's name; the functions accept only these characters */
#define NGX_POLYCARD_SETTINGS_HOST  192


static void ngx_polycard_settings_host(ngx_polycard_settings_t *settings);
static u_char *ngx_polycard_settings_cards(u_char *p,
    const ngx_polycard_cards_conf_t *cards);
static void ngx_polycard_settings_put(ngx_polycard_settings_t *settings,
    const char *name, u_char *last);


void
ngx_polycard_settings_init(ngx_polycard_settings_t *settings,
    const ngx_polycard_market_t *market)
{
    u_char                          *p;
    const ngx_polycard_hook_conf_t  *hook;

    hook = &market->hook;

    settings->n = 0;
    settings->last = settings->text;

    ngx_polycard_settings_host(settings);

    p = settings->last;
    ngx_polycard_settings_put(settings, "hooks",
                              ngx_sprintf(p, "%d", hook->url.len ? 1 : 0));

    p = settings->last;
    ngx_polycard_settings_put(settings, "delete_guard",
                              ngx_sprintf(p, "%ui", hook->delete_guard));

    p = settings->last;
    ngx_polycard_settings_put(settings, "outbox_max",
                              ngx_sprintf(p, "%ui", hook->outbox_max));

    p = settings->last;
    ngx_polycard_settings_put(settings, "initial_sync",
                              ngx_sprintf(p, "%s", hook->announce ? "announce"
                                                                  : "seed"));

    p = settings->last;
    ngx_polycard_settings_put(settings, "idempotency_time",
                              ngx_sprintf(p, "%M", hook->idempotency_time));

    p = settings->last;
    ngx_polycard_settings_put(settings, "hook_history",
                              ngx_sprintf(p, "%ui", hook->history));

    if (market->cards.mode) {
        p = settings->last;
        ngx_polycard_settings_put(settings, "card_numbers",
                                  ngx_polycard_settings_cards(p,
                                                              &market->cards));
    }

    /* these two are only compared with those of other hosts */

    p = settings->last;
    ngx_polycard_settings_put(settings, "hook",
                              ngx_sprintf(p, "%08xD",
                                          ngx_crc32_long(hook->url.data,
                                                         hook->url.len)));

    p = settings->last;
    ngx_polycard_settings_put(settings, "lease",
                              ngx_sprintf(p, "%M", hook->lease));
}


static void
ngx_polycard_settings_host(ngx_polycard_settings_t *settings)
{
    u_char      *p, c;
    ngx_str_t    name;
    ngx_uint_t   i;

    name = ngx_cycle->hostname;
    p = settings->last;

    for (i = 0; i < name.len && i < NGX_POLYCARD_SETTINGS_HOST; i++) {
        c = name.data[i];

        *p++ = ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_')
               ? c : '_';
    }

    p = ngx_sprintf(p, "/%08xD", ngx_crc32_long(ngx_cycle->conf_file.data,
                                                ngx_cycle->conf_file.len));

    settings->argument[0].data = settings->last;
    settings->argument[0].len = p - settings->last;
    settings->n = 1;
    settings->last = p;
}


static u_char *
ngx_polycard_settings_cards(u_char *p, const ngx_polycard_cards_conf_t *cards)
{
    switch (cards->mode) {

    case NGX_POLYCARD_CARDS_EAN13:
        return ngx_sprintf(p, "ean13_%V_%V_%V", &cards->prefix, &cards->from,
                           &cards->to);

    case NGX_POLYCARD_CARDS_POOL:
        return ngx_sprintf(p, "pool");

    default:
        return ngx_sprintf(p, "phone");
    }
}


/* adds the value that was written to the text, up to last */

static void
ngx_polycard_settings_put(ngx_polycard_settings_t *settings, const char *name,
    u_char *last)
{
    ngx_str_t  *argument;

    argument = &settings->argument[settings->n];

    argument[0].data = (u_char *) name;
    argument[0].len = ngx_strlen(name);

    argument[1].data = settings->last;
    argument[1].len = last - settings->last;

    settings->n += 2;
    settings->last = last;
}


void
ngx_polycard_settings_log(ngx_polycard_settings_t *settings,
    ngx_polycard_market_t *market, const ngx_polycard_str_t *differ)
{
    size_t  len;

    if (ngx_worker != 0 || ngx_exiting) {
        return;
    }

    len = ngx_min(differ->len, NGX_POLYCARD_SETTINGS_DIFFER);

    if (len == settings->differ_len
        && ngx_memcmp(differ->data, settings->differ, len) == 0)
    {
        return;
    }

    ngx_memcpy(settings->differ, differ->data, len);
    settings->differ_len = len;

    if (len) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "polycard market \"%V\" is configured differently on "
                      "other hosts: %*s", &market->name, len, differ->data);

    } else {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "polycard market \"%V\" is configured alike on all "
                      "hosts", &market->name);
    }
}
