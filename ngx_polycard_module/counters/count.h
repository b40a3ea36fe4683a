
/*
 * Counting: a few additions, without locks or allocations, which cannot fail.
 */


#ifndef _NGX_POLYCARD_COUNTERS_COUNT_H_INCLUDED_
#define _NGX_POLYCARD_COUNTERS_COUNT_H_INCLUDED_


#include "market/market.h"
#include "core/metrics.h"


/* a request has ended; times in milliseconds, redis is -1 if it was not
 * asked */
void ngx_polycard_counts_request(ngx_polycard_market_t *market,
    ngx_polycard_service_e service, ngx_polycard_result_e result,
    ngx_msec_int_t duration, ngx_msec_int_t redis);

/* a line of a batch is answered, or nobody waits for its answer any more */
void ngx_polycard_counts_line(ngx_polycard_market_t *market,
    ngx_polycard_result_e result);

/* how many requests of the last minutes had this result; those of operators
 * are not counted here */
ngx_uint_t ngx_polycard_counts_recent(ngx_polycard_market_t *market,
    ngx_polycard_result_e result);

/* whether libcurl is unfit; called by the emitter */
void ngx_polycard_counts_curl(ngx_polycard_market_t *market, ngx_uint_t unfit);

/* whether Redis has replicas, and takes writes without them; called by the
 * emitter */
void ngx_polycard_counts_bare(ngx_polycard_market_t *market, ngx_uint_t bare);

/* the time when that was last said to be so, by any worker; 0: it is not */
time_t ngx_polycard_counts_bare_at(ngx_polycard_market_t *market);

/* as INFO shows it: whether Redis has an append only file, and whether it
 * evicts records when its memory is full; each 1, 0 or NGX_POLYCARD_COUNTS_NONE
 * where it does not say; called by the emitter, once a minute */
void ngx_polycard_counts_setup(ngx_polycard_market_t *market,
    int64_t append_only, int64_t evicts);

/* the same; NONE where no emitter of this host has looked for 3 minutes */
void ngx_polycard_counts_setup_read(ngx_polycard_market_t *market,
    int64_t *append_only, int64_t *evicts);

/* an attempt to deliver a hook has ended; object and action as in the hook */
void ngx_polycard_counts_hook(ngx_polycard_market_t *market,
    const ngx_str_t *object, const ngx_str_t *action,
    ngx_polycard_attempt_e attempt, ngx_msec_t duration);

/* this worker's connection to Redis is ready, for the first time or again;
 * it is lost, or closed */
void ngx_polycard_counts_connected(ngx_polycard_market_t *market,
    ngx_uint_t again);
void ngx_polycard_counts_disconnected(ngx_polycard_market_t *market);

/* this worker has lost its connection, or got none: noted is the time where no
 * worker has one, as long as none has */
void ngx_polycard_counts_away(ngx_polycard_market_t *market);

/* how many workers of the configuration are connected */
ngx_uint_t ngx_polycard_counts_workers(ngx_polycard_market_t *market);

/* since when none is, in seconds since 1970; 0: one is, or none was yet */
time_t ngx_polycard_counts_away_since(ngx_polycard_market_t *market);

/* a stored record was left out of an answer, or shown with corrections */
void ngx_polycard_counts_left_out(ngx_polycard_market_t *market);
void ngx_polycard_counts_mended(ngx_polycard_market_t *market);


#endif /* _NGX_POLYCARD_COUNTERS_COUNT_H_INCLUDED_ */
