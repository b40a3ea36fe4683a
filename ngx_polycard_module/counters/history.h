
/*
 * What happened in each of the last minutes, of all workers: a ring of fixed
 * size in the zone, so that whoever opens the status page sees the last three
 * hours.  The minute that goes on has all its counters; one that is over is
 * kept as a few numbers.
 */


#ifndef _NGX_POLYCARD_COUNTERS_HISTORY_H_INCLUDED_
#define _NGX_POLYCARD_COUNTERS_HISTORY_H_INCLUDED_


#include "market/market.h"
#include "core/metrics.h"


#define NGX_POLYCARD_HISTORY_MINUTES  180

/* times that half, 95 and 99 of a hundred were not above */
#define NGX_POLYCARD_HISTORY_QUANTILES  3


typedef enum {
    NGX_POLYCARD_HISTORY_REQUESTS = 0,
    NGX_POLYCARD_HISTORY_HOOKS,
    NGX_POLYCARD_HISTORY_KINDS
} ngx_polycard_history_kind_e;


typedef struct {
    uint32_t        minute;      /* since 1970; 0: none */
    uint32_t        result[NGX_POLYCARD_RESULTS];
    uint32_t        attempt[NGX_POLYCARD_ATTEMPTS];
    int32_t         time[NGX_POLYCARD_HISTORY_KINDS]
                        [NGX_POLYCARD_HISTORY_QUANTILES];
                                 /* milliseconds, -1: there was none */
    int32_t         outbox;      /* the last that was told, -1: nobody has */
} ngx_polycard_history_minute_t;


typedef struct {
    ngx_atomic_t    minute;
    ngx_atomic_t    result[NGX_POLYCARD_RESULTS];
    ngx_atomic_t    attempt[NGX_POLYCARD_ATTEMPTS];
    ngx_atomic_t    bucket[NGX_POLYCARD_HISTORY_KINDS]
                          [NGX_POLYCARD_BUCKETS + 1];
    ngx_atomic_t    outbox;      /* and 1; 0: nobody has told it */
} ngx_polycard_history_now_t;


typedef struct {
    ngx_polycard_history_now_t     now;
    ngx_polycard_history_minute_t  past[NGX_POLYCARD_HISTORY_MINUTES];
} ngx_polycard_history_t;


/* durations in milliseconds */
void ngx_polycard_history_request(ngx_polycard_history_t *history,
    ngx_polycard_result_e result, ngx_msec_int_t duration);
void ngx_polycard_history_hook(ngx_polycard_history_t *history,
    ngx_polycard_attempt_e attempt, ngx_msec_int_t duration);

/* so many hooks wait */
void ngx_polycard_history_outbox(ngx_polycard_history_t *history, int64_t n);

/* minutes since 1970 */
ngx_uint_t ngx_polycard_history_clock(void);

/* a minute of the last NGX_POLYCARD_HISTORY_MINUTES, or the one that goes on:
 * one of which nothing is kept has zeros */
void ngx_polycard_history_read(ngx_polycard_history_t *history,
    ngx_uint_t minute, ngx_polycard_history_minute_t *read);


#endif /* _NGX_POLYCARD_COUNTERS_HISTORY_H_INCLUDED_ */
