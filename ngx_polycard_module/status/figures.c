
#include "status/figures.h"
#include "counters/count.h"
#include "counters/denial.h"


static void ngx_polycard_figures_derive(ngx_polycard_figures_t *figures);
static int64_t ngx_polycard_figures_away(ngx_polycard_market_t *market);
static int64_t ngx_polycard_figures_cards(ngx_polycard_cards_conf_t *cards,
    const ngx_polycard_counts_values_t *values);
static int64_t ngx_polycard_figures_serials(ngx_polycard_cards_conf_t *cards,
    int64_t last);


void
ngx_polycard_figures_get(ngx_polycard_market_t *market,
    ngx_polycard_figures_t *figures)
{
    ngx_polycard_values_t   values;
    ngx_polycard_counts_t  *status;

    status = market->counts;
    ngx_polycard_values_read(market, &values);

    figures->market = market;
    figures->name = market->name.data;
    figures->address = market->redis_conf.address.data;
    figures->state = values.state;
    figures->values = values.values;

    figures->up = (values.state == NGX_POLYCARD_STATE_UP);
    figures->age = values.age;
    figures->workers = ngx_polycard_counts_zone_workers();
    figures->connected = ngx_polycard_counts_workers(market);
    figures->away = ngx_polycard_figures_away(market);
    figures->connections = status->connections;
    figures->reconnects = status->reconnects;
    figures->left_out = status->left_out;
    figures->mended = status->mended;
    figures->enabled = (market->hook.url.len > 0);
    figures->no_curl = status->no_curl;
    figures->bare = (status->bare != 0);
    ngx_polycard_counts_setup_read(market, &figures->append_only,
                                   &figures->evicts);
    figures->refusal = ngx_polycard_denial_read(market);
    figures->refuses = (figures->refusal != NULL);
    figures->cards_left = ngx_polycard_figures_cards(&market->cards,
                                                     &figures->values);

    ngx_polycard_figures_derive(figures);
}


/* Redis returns 0 if there is no such time */

static void
ngx_polycard_figures_derive(ngx_polycard_figures_t *figures)
{
    ngx_polycard_counts_values_t  *values;

    values = &figures->values;

    figures->is_outage = NGX_POLYCARD_COUNTS_NONE;
    figures->is_held = NGX_POLYCARD_COUNTS_NONE;
    figures->is_lost = NGX_POLYCARD_COUNTS_NONE;
    figures->is_doubt = NGX_POLYCARD_COUNTS_NONE;
    figures->waiting_time = NGX_POLYCARD_COUNTS_NONE;
    figures->unread_time = NGX_POLYCARD_COUNTS_NONE;

    if (figures->age != NGX_POLYCARD_COUNTS_NONE) {
        figures->is_outage = (figures->enabled && values->outage > 0);
        figures->is_held = (values->holder_len > 0);
        figures->is_lost = (values->lost > 0);
        figures->is_doubt = (figures->enabled && values->doubt > 0);
        figures->waiting_time = ngx_max(values->outbox_age, 0);
        figures->unread_time = ngx_max(values->unread_age, 0);
    }

    if (figures->is_outage != 1) {
        values->outage = NGX_POLYCARD_COUNTS_NONE;
        values->outage_reason = NGX_POLYCARD_COUNTS_NONE;
        values->outage_next = NGX_POLYCARD_COUNTS_NONE;
    }

    if (figures->is_held != 1) {
        values->lease_left = NGX_POLYCARD_COUNTS_NONE;
    }

    if (figures->is_lost != 1) {
        values->lost = NGX_POLYCARD_COUNTS_NONE;
    }

    if (figures->is_doubt != 1) {
        values->doubt = NGX_POLYCARD_COUNTS_NONE;
    }

    if (values->accepted == 0) {
        values->accepted = NGX_POLYCARD_COUNTS_NONE;
    }

    if (values->heard == 0) {
        values->heard = NGX_POLYCARD_COUNTS_NONE;
    }

    if (values->round == 0) {
        values->round = NGX_POLYCARD_COUNTS_NONE;
        values->round_bad = NGX_POLYCARD_COUNTS_NONE;
    }
}


static int64_t
ngx_polycard_figures_away(ngx_polycard_market_t *market)
{
    time_t  since;

    since = ngx_polycard_counts_away_since(market);

    return since ? (int64_t) since * 1000 : NGX_POLYCARD_COUNTS_NONE;
}


static int64_t
ngx_polycard_figures_cards(ngx_polycard_cards_conf_t *cards,
    const ngx_polycard_counts_values_t *values)
{
    switch (cards->mode) {

    case NGX_POLYCARD_CARDS_POOL:
        return values->cards;

    case NGX_POLYCARD_CARDS_EAN13:

        if (values->serial != NGX_POLYCARD_COUNTS_NONE) {
            return ngx_polycard_figures_serials(cards, values->serial);
        }

        /* fall through */

    default:
        return NGX_POLYCARD_COUNTS_NONE;
    }
}


/* the bounds were checked when the configuration was read */

static int64_t
ngx_polycard_figures_serials(ngx_polycard_cards_conf_t *cards, int64_t last)
{
    size_t   i;
    int64_t  from, to;

    from = cards->from.len ? ngx_atoi(cards->from.data, cards->from.len) : 1;

    if (cards->to.len) {
        to = ngx_atoi(cards->to.data, cards->to.len);

    } else {

        /* twelve digits, the check digit is the thirteenth */

        for (to = 1, i = cards->prefix.len; i < 12; i++) {
            to *= 10;
        }

        to--;
    }

    return ngx_max(to - ngx_max(from - 1, last), 0);
}
