
#include "counters/count.h"
#include "counters/zone.h"


/* seconds: the emitter looks once a minute */
#define NGX_POLYCARD_COUNTS_LOOKED  180

/* the values' places in setup, two bits each: the value + 1, 0 is unknown */
#define NGX_POLYCARD_COUNTS_APPEND_ONLY  0
#define NGX_POLYCARD_COUNTS_EVICTS       2


static void ngx_polycard_counts_time_add(ngx_polycard_histogram_t *histogram,
    ngx_msec_int_t ms);
static void ngx_polycard_counts_worker(ngx_polycard_market_t *market,
    ngx_uint_t connected);


#define ngx_polycard_counts_add(counter)                                      \
    (void) ngx_atomic_fetch_add(counter, 1)


void
ngx_polycard_counts_request(ngx_polycard_market_t *market,
    ngx_polycard_service_e service, ngx_polycard_result_e result,
    ngx_msec_int_t duration, ngx_msec_int_t redis)
{
    ngx_polycard_counts_service_t  *counters;

    counters = &market->counts->service[service];

    ngx_polycard_counts_add(&counters->result[result]);
    ngx_polycard_counts_time_add(&counters->duration, duration);

    /* who looks at a market and repairs it is none of its callers */

    if (service != NGX_POLYCARD_SERVICE_OPERATOR) {
        ngx_polycard_history_request(&market->counts->history, result,
                                     duration);
    }

    if (redis >= 0) {
        ngx_polycard_counts_time_add(&counters->redis, redis);
    }
}


void
ngx_polycard_counts_line(ngx_polycard_market_t *market,
    ngx_polycard_result_e result)
{
    ngx_polycard_counts_add(&market->counts->line[result]);
}


ngx_uint_t
ngx_polycard_counts_recent(ngx_polycard_market_t *market,
    ngx_polycard_result_e result)
{
    ngx_uint_t                      i, n, now;
    ngx_polycard_history_minute_t   minute;

    n = 0;
    now = ngx_polycard_history_clock();

    for (i = 0; i < NGX_POLYCARD_COUNTS_MINUTES; i++) {
        ngx_polycard_history_read(&market->counts->history, now - i, &minute);
        n += minute.result[result];
    }

    return n;
}


void
ngx_polycard_counts_curl(ngx_polycard_market_t *market, ngx_uint_t unfit)
{
    market->counts->no_curl = unfit;
}


void
ngx_polycard_counts_bare(ngx_polycard_market_t *market, ngx_uint_t bare)
{
    market->counts->bare = bare ? ngx_time() : 0;
}


time_t
ngx_polycard_counts_bare_at(ngx_polycard_market_t *market)
{
    return market->counts->bare;
}


void
ngx_polycard_counts_setup(ngx_polycard_market_t *market, int64_t append_only,
    int64_t evicts)
{
    market->counts->setup = (ngx_atomic_uint_t)
                    ((append_only + 1) << NGX_POLYCARD_COUNTS_APPEND_ONLY
                     | (evicts + 1) << NGX_POLYCARD_COUNTS_EVICTS);
    market->counts->looked = ngx_time();
}


void
ngx_polycard_counts_setup_read(ngx_polycard_market_t *market,
    int64_t *append_only, int64_t *evicts)
{
    ngx_atomic_uint_t  setup;

    setup = market->counts->setup;

    if (ngx_time() - (time_t) market->counts->looked
        >= NGX_POLYCARD_COUNTS_LOOKED)
    {
        setup = 0;
    }

    *append_only = (int64_t) (setup >> NGX_POLYCARD_COUNTS_APPEND_ONLY & 3) - 1;
    *evicts = (int64_t) (setup >> NGX_POLYCARD_COUNTS_EVICTS & 3) - 1;
}


static void
ngx_polycard_counts_time_add(ngx_polycard_histogram_t *histogram,
    ngx_msec_int_t ms)
{
    ms = ngx_max(ms, 0);

    ngx_polycard_counts_add(&histogram->bucket[ngx_polycard_bucket(ms)]);

    /* usually it took less than the clock can measure */

    if (ms) {
        (void) ngx_atomic_fetch_add(&histogram->sum, ms);
    }
}


void
ngx_polycard_counts_hook(ngx_polycard_market_t *market,
    const ngx_str_t *object, const ngx_str_t *action,
    ngx_polycard_attempt_e attempt, ngx_msec_t duration)
{
    size_t                        o, a;
    ngx_polycard_counts_hooks_t  *hooks;

    hooks = &market->counts->hooks;

    o = ngx_polycard_find_name(ngx_polycard_objects, NGX_POLYCARD_OBJECTS,
                               object->data, object->len);
    a = ngx_polycard_find_name(ngx_polycard_actions, NGX_POLYCARD_ACTIONS,
                               action->data, action->len);

    if (o == NGX_POLYCARD_OBJECTS || a == NGX_POLYCARD_ACTIONS) {
        return;
    }

    ngx_polycard_counts_add(&hooks->attempt[o][a][attempt]);
    ngx_polycard_counts_time_add(&hooks->duration, duration);
    ngx_polycard_history_hook(&market->counts->history, attempt,
                              (ngx_msec_int_t) duration);
}


void
ngx_polycard_counts_connected(ngx_polycard_market_t *market, ngx_uint_t again)
{
    ngx_polycard_counts_add(&market->counts->connections);

    if (again) {
        ngx_polycard_counts_add(&market->counts->reconnects);
    }

    ngx_polycard_counts_worker(market, 1);
    market->counts->away = 0;
}


void
ngx_polycard_counts_disconnected(ngx_polycard_market_t *market)
{
    ngx_polycard_counts_worker(market, 0);
}


void
ngx_polycard_counts_away(ngx_polycard_market_t *market)
{
    if (ngx_polycard_counts_workers(market) == 0) {
        (void) ngx_atomic_cmp_set(&market->counts->away, 0, ngx_time());
    }
}


ngx_uint_t
ngx_polycard_counts_workers(ngx_polycard_market_t *market)
{
    ngx_uint_t  i, n, workers;

    workers = ngx_min(ngx_polycard_counts_zone_workers(),
                      NGX_POLYCARD_COUNTS_WORKERS);

    for (n = 0, i = 0; i < workers; i++) {
        n += market->counts->worker[i] & 1;
    }

    return n;
}


/* a worker that failed may have noted what another one has healed meanwhile */

time_t
ngx_polycard_counts_away_since(ngx_polycard_market_t *market)
{
    return ngx_polycard_counts_workers(market) ? 0 : market->counts->away;
}


/* a worker that is exiting may already have a successor with its number */

static void
ngx_polycard_counts_worker(ngx_polycard_market_t *market, ngx_uint_t connected)
{
    ngx_atomic_t       *worker;
    ngx_atomic_uint_t   was;

    if (ngx_worker >= NGX_POLYCARD_COUNTS_WORKERS) {
        return;
    }

    worker = &market->counts->worker[ngx_worker];
    was = *worker;

    if (was / 2 == (ngx_atomic_uint_t) ngx_pid) {
        (void) ngx_atomic_cmp_set(worker, was, was / 2 * 2 + connected);
    }
}


void
ngx_polycard_counts_left_out(ngx_polycard_market_t *market)
{
    ngx_polycard_counts_add(&market->counts->left_out);
}


void
ngx_polycard_counts_mended(ngx_polycard_market_t *market)
{
    ngx_polycard_counts_add(&market->counts->mended);
}
