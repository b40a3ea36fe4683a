
#include "status/report.h"


ngx_polycard_report_t *
ngx_polycard_report(ngx_pool_t *pool, ngx_polycard_main_conf_t *pmcf)
{
    ngx_uint_t               i;
    ngx_polycard_market_t  **market;
    ngx_polycard_report_t   *report;

    report = ngx_palloc(pool, sizeof(ngx_polycard_report_t));
    if (report == NULL) {
        return NULL;
    }

    report->pool = pool;
    report->zone = pmcf->zone;
    report->time = ngx_polycard_counts_time();
    report->workers = ngx_polycard_counts_zone_workers();
    report->n = pmcf->markets.nelts;

    report->markets = ngx_palloc(pool, (report->n + 1)
                                       * sizeof(ngx_polycard_figures_t));
    if (report->markets == NULL) {
        return NULL;
    }

    market = pmcf->markets.elts;

    for (i = 0; i < report->n; i++) {
        ngx_polycard_figures_get(market[i], &report->markets[i]);
    }

    return report;
}
