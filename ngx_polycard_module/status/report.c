
#include "status/report.h"


ngx_polycard_report_t *
ngx_polycard_report(ngx_http_request_t *r)
{
    ngx_uint_t                  i;
    ngx_pool_t                 *pool;
    ngx_polycard_market_t     **market;
    ngx_polycard_report_t      *report;
    ngx_polycard_main_conf_t   *pmcf;

    pool = r->pool;
    pmcf = ngx_http_get_module_main_conf(r, ngx_polycard_module);

    report = ngx_palloc(pool, sizeof(ngx_polycard_report_t));
    if (report == NULL) {
        return NULL;
    }

    report->pool = pool;
    report->location = ngx_http_get_module_loc_conf(r, ngx_polycard_module);
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
