
#include "ngx_polycard_process.h"
#include "hook/curl.h"
#include "hook/emitter.h"
#include "hook/request.h"
#include "redis/connections.h"
#include "counters/zone.h"
#include "status/sampler.h"


static void ngx_polycard_process_start(ngx_event_t *ev);
static ngx_int_t ngx_polycard_process_start_market(
    ngx_polycard_market_t *market);


/* of this worker: a market that could not be started is tried again */

static ngx_event_t  ngx_polycard_process_event;


ngx_int_t
ngx_polycard_process_init(ngx_cycle_t *cycle)
{
    ngx_polycard_main_conf_t  *pmcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    pmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_polycard_module);

    if (pmcf == NULL) {
        return NGX_OK;
    }

    ngx_polycard_counts_zone_worker(pmcf);

    ngx_memzero(&ngx_polycard_process_event, sizeof(ngx_event_t));
    ngx_polycard_process_event.handler = ngx_polycard_process_start;
    ngx_polycard_process_event.data = pmcf;
    ngx_polycard_process_event.log = cycle->log;
    ngx_polycard_process_event.cancelable = 1;

    ngx_polycard_process_start(&ngx_polycard_process_event);
    ngx_polycard_sampler_start(cycle, pmcf);

    return NGX_OK;
}


/*
 * nginx would not replace a worker that exits here for lack of memory: what
 * cannot be started now is started later.
 */

static void
ngx_polycard_process_start(ngx_event_t *ev)
{
    ngx_uint_t                  i, failed;
    ngx_polycard_market_t     **market;
    ngx_polycard_main_conf_t   *pmcf;

    pmcf = ev->data;
    market = pmcf->markets.elts;
    failed = 0;

    for (i = 0; i < pmcf->markets.nelts; i++) {
        if (market[i]->worker->started) {
            continue;
        }

        if (ngx_polycard_process_start_market(market[i]) == NGX_OK) {
            market[i]->worker->started = 1;
            continue;
        }

        failed = 1;

        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "no memory to start polycard market \"%V\", "
                      "it is tried again", &market[i]->name);
    }

    if (failed && !ngx_exiting) {
        ngx_add_timer(ev, 1000);
    }
}


static ngx_int_t
ngx_polycard_process_start_market(ngx_polycard_market_t *market)
{
    if (ngx_polycard_redis_start(market) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_polycard_emitter_start(market);
}


void
ngx_polycard_process_exit(ngx_cycle_t *cycle)
{
    ngx_uint_t                  i;
    ngx_polycard_market_t     **market;
    ngx_polycard_main_conf_t   *pmcf;

    pmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_polycard_module);

    if (pmcf == NULL) {
        return;
    }

    ngx_polycard_hook_request_exit();

    market = pmcf->markets.elts;

    for (i = 0; i < pmcf->markets.nelts; i++) {
        ngx_polycard_emitter_exit(market[i]);
        ngx_polycard_curl_close(market[i]);
        ngx_polycard_redis_end(market[i]);
    }
}
