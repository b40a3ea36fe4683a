
#include "status/sampler.h"
#include "status/values.h"


#define NGX_POLYCARD_SAMPLER_MINUTE  60000


static void ngx_polycard_sampler_handler(ngx_event_t *ev);


static ngx_event_t  ngx_polycard_sampler_event;


void
ngx_polycard_sampler_start(ngx_cycle_t *cycle, ngx_polycard_main_conf_t *pmcf)
{
    ngx_event_t  *ev;

    if (ngx_worker != 0 || !pmcf->status) {
        return;
    }

    ev = &ngx_polycard_sampler_event;

    ngx_memzero(ev, sizeof(ngx_event_t));
    ev->handler = ngx_polycard_sampler_handler;
    ev->data = pmcf;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, NGX_POLYCARD_SAMPLER_MINUTE);
}


/* what readers ask for is looked at as well: it need not be asked for again */

static void
ngx_polycard_sampler_handler(ngx_event_t *ev)
{
    ngx_uint_t                  i;
    ngx_polycard_market_t     **market;
    ngx_polycard_main_conf_t   *pmcf;

    pmcf = ev->data;
    market = pmcf->markets.elts;

    for (i = 0; i < pmcf->markets.nelts; i++) {
        (void) ngx_polycard_values_ask(market[i], 0);
    }

    if (!ngx_exiting) {
        ngx_add_timer(ev, NGX_POLYCARD_SAMPLER_MINUTE);
    }
}
