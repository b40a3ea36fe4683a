
#include "counters/given.h"
#include "counters/zone.h"


/* the same in every configuration, else nginx creates a new zone */
#define NGX_POLYCARD_COUNTS_SIZE                                              \
    ngx_align(sizeof(ngx_polycard_counts_zone_t) + 128 * 1024, 64 * 1024)


static ngx_int_t ngx_polycard_counts_zone_init(ngx_shm_zone_t *zone,
    void *data);
static ngx_polycard_counts_t *ngx_polycard_counts_zone_place(
    ngx_polycard_counts_zone_t *zone, ngx_str_t *name);
static ngx_polycard_counts_t *ngx_polycard_counts_zone_find(
    ngx_polycard_counts_zone_t *zone, ngx_str_t *name);
static ngx_polycard_counts_t *ngx_polycard_counts_zone_oldest(
    ngx_polycard_counts_zone_t *zone);


static ngx_str_t  ngx_polycard_counts_zone_name =
    ngx_string("polycard_status");


const char  *ngx_polycard_syncs[NGX_POLYCARD_SYNCS] = {
    "new", "running", "restore", "done"
};


ngx_int_t
ngx_polycard_counts_zone_add(ngx_conf_t *cf, ngx_polycard_main_conf_t *pmcf)
{
    ngx_shm_zone_t          *zone;
    ngx_polycard_market_t  **market;

    if (pmcf->markets.nelts > NGX_POLYCARD_COUNTS_MARKETS) {
        market = pmcf->markets.elts;
        market += NGX_POLYCARD_COUNTS_MARKETS;

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "polycard market \"%V\" in %V:%ui is one more than %d",
                      &(*market)->name, &(*market)->place.file,
                      (*market)->place.line, NGX_POLYCARD_COUNTS_MARKETS);
        return NGX_ERROR;
    }

    zone = ngx_shared_memory_add(cf, &ngx_polycard_counts_zone_name,
                                 NGX_POLYCARD_COUNTS_SIZE,
                                 &ngx_polycard_module);
    if (zone == NULL) {
        return NGX_ERROR;
    }

    zone->init = ngx_polycard_counts_zone_init;
    zone->data = pmcf;

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_counts_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_uint_t                   i;
    ngx_slab_pool_t             *pool;
    ngx_polycard_market_t      **market;
    ngx_polycard_main_conf_t    *pmcf;
    ngx_polycard_counts_zone_t  *zone;

    pmcf = shm_zone->data;
    pool = (ngx_slab_pool_t *) shm_zone->shm.addr;
    zone = pool->data;

    if (data == NULL && !shm_zone->shm.exists) {
        zone = ngx_slab_calloc(pool, sizeof(ngx_polycard_counts_zone_t));
        if (zone == NULL) {
            return NGX_ERROR;
        }

        zone->pool = pool;
        zone->start = ngx_polycard_counts_time();

        pool->data = zone;
    }

    pmcf->zone = zone;
    zone->attempt++;

    market = pmcf->markets.elts;

    for (i = 0; i < pmcf->markets.nelts; i++) {
        market[i]->counts = ngx_polycard_counts_zone_place(zone,
                                                           &market[i]->name);
        ngx_polycard_given_init(market[i]);
    }

    return NGX_OK;
}


static ngx_polycard_counts_t *
ngx_polycard_counts_zone_place(ngx_polycard_counts_zone_t *zone,
    ngx_str_t *name)
{
    ngx_polycard_counts_t  *status;

    status = ngx_polycard_counts_zone_find(zone, name);

    if (status == NULL) {
        status = ngx_polycard_counts_zone_oldest(zone);

        ngx_memzero(&status->len, sizeof(ngx_polycard_counts_t)
                                  - offsetof(ngx_polycard_counts_t, len));

        status->pool = zone->pool;
        status->len = name->len;
        ngx_memcpy(status->name, name->data, name->len);
    }

    status->attempt = zone->attempt;

    return status;
}


static ngx_polycard_counts_t *
ngx_polycard_counts_zone_find(ngx_polycard_counts_zone_t *zone,
    ngx_str_t *name)
{
    ngx_uint_t              i;
    ngx_polycard_counts_t  *status;

    for (i = 0; i < NGX_POLYCARD_COUNTS_PLACES; i++) {
        status = &zone->market[i];

        if (status->len == name->len
            && ngx_memcmp(status->name, name->data, name->len) == 0)
        {
            return status;
        }
    }

    return NULL;
}


/*
 * A free place, else that of the market that has been gone for longest.  There
 * is one that neither the configuration in force nor this one has: either has
 * fewer others than half of the places.
 */

static ngx_polycard_counts_t *
ngx_polycard_counts_zone_oldest(ngx_polycard_counts_zone_t *zone)
{
    ngx_uint_t              i;
    ngx_polycard_counts_t  *status, *oldest;

    oldest = NULL;

    for (i = 0; i < NGX_POLYCARD_COUNTS_PLACES; i++) {
        status = &zone->market[i];

        if (status->attempt == zone->attempt
            || (status->attempt && status->attempt == zone->in_force))
        {
            continue;
        }

        if (oldest == NULL || status->attempt < oldest->attempt) {
            oldest = status;
        }
    }

    return oldest;
}


void
ngx_polycard_counts_zone_loaded(ngx_polycard_counts_zone_t *zone)
{
    zone->generation++;
    zone->in_force = zone->attempt;
    zone->load = ngx_polycard_counts_time();
}


void
ngx_polycard_counts_zone_worker(ngx_polycard_main_conf_t *pmcf)
{
    ngx_uint_t               i;
    ngx_polycard_market_t  **market;

    market = pmcf->markets.elts;

    for (i = 0; i < pmcf->markets.nelts; i++) {
        if (ngx_worker < NGX_POLYCARD_COUNTS_WORKERS) {
            market[i]->counts->worker[ngx_worker] =
                                               (ngx_atomic_uint_t) ngx_pid * 2;
        }
    }
}


ngx_uint_t
ngx_polycard_counts_zone_workers(void)
{
    ngx_core_conf_t  *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    return ccf->master ? ccf->worker_processes : 1;
}


int64_t
ngx_polycard_counts_time(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (int64_t) tp->sec * 1000 + tp->msec;
}
