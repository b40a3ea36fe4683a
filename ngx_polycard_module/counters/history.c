
#include "counters/history.h"


static ngx_polycard_history_now_t *ngx_polycard_history_begin(
    ngx_polycard_history_t *history);
static void ngx_polycard_history_sum(ngx_polycard_history_now_t *now,
    ngx_uint_t minute, ngx_polycard_history_minute_t *sum);
static void ngx_polycard_history_clear(ngx_polycard_history_now_t *now);


#define ngx_polycard_history_add(counter)                                     \
    (void) ngx_atomic_fetch_add(counter, 1)


void
ngx_polycard_history_request(ngx_polycard_history_t *history,
    ngx_polycard_result_e result, ngx_msec_int_t duration)
{
    size_t                       bucket;
    ngx_polycard_history_now_t  *now;

    now = ngx_polycard_history_begin(history);
    bucket = ngx_polycard_bucket(ngx_max(duration, 0));

    ngx_polycard_history_add(&now->result[result]);
    ngx_polycard_history_add(
                         &now->bucket[NGX_POLYCARD_HISTORY_REQUESTS][bucket]);
}


void
ngx_polycard_history_hook(ngx_polycard_history_t *history,
    ngx_polycard_attempt_e attempt, ngx_msec_int_t duration)
{
    size_t                       bucket;
    ngx_polycard_history_now_t  *now;

    now = ngx_polycard_history_begin(history);
    bucket = ngx_polycard_bucket(ngx_max(duration, 0));

    ngx_polycard_history_add(&now->attempt[attempt]);
    ngx_polycard_history_add(&now->bucket[NGX_POLYCARD_HISTORY_HOOKS][bucket]);
}


void
ngx_polycard_history_outbox(ngx_polycard_history_t *history, int64_t n)
{
    ngx_polycard_history_begin(history)->outbox = (ngx_atomic_uint_t)
                                         ngx_min(ngx_max(n + 1, 0), INT32_MAX);
}


ngx_uint_t
ngx_polycard_history_clock(void)
{
    return (ngx_uint_t) (ngx_time() / 60);
}


/*
 * Whoever is first in a minute puts the one before away; what others count at
 * the same moment may be lost.
 */

static ngx_polycard_history_now_t *
ngx_polycard_history_begin(ngx_polycard_history_t *history)
{
    ngx_atomic_uint_t            minute, was;
    ngx_polycard_history_now_t  *now;

    now = &history->now;
    minute = ngx_polycard_history_clock();
    was = now->minute;

    if (was != minute && ngx_atomic_cmp_set(&now->minute, was, minute)) {

        if (was) {
            ngx_polycard_history_sum(now, was,
                        &history->past[was % NGX_POLYCARD_HISTORY_MINUTES]);
        }

        ngx_polycard_history_clear(now);
    }

    return now;
}


static void
ngx_polycard_history_sum(ngx_polycard_history_now_t *now, ngx_uint_t minute,
    ngx_polycard_history_minute_t *sum)
{
    size_t    i, k;
    uint64_t  count[NGX_POLYCARD_BUCKETS + 1];

    static const unsigned  per_mille[] = { 500, 950, 990 };

    sum->minute = (uint32_t) minute;
    sum->outbox = (int32_t) now->outbox - 1;

    for (i = 0; i < NGX_POLYCARD_RESULTS; i++) {
        sum->result[i] = (uint32_t) now->result[i];
    }

    for (i = 0; i < NGX_POLYCARD_ATTEMPTS; i++) {
        sum->attempt[i] = (uint32_t) now->attempt[i];
    }

    for (k = 0; k < NGX_POLYCARD_HISTORY_KINDS; k++) {

        for (i = 0; i < NGX_POLYCARD_BUCKETS + 1; i++) {
            count[i] = now->bucket[k][i];
        }

        for (i = 0; i < NGX_POLYCARD_HISTORY_QUANTILES; i++) {
            sum->time[k][i] = (int32_t) ngx_polycard_quantile(count,
                                                              per_mille[i]);
        }
    }
}


static void
ngx_polycard_history_clear(ngx_polycard_history_now_t *now)
{
    size_t  i, k;

    now->outbox = 0;

    for (i = 0; i < NGX_POLYCARD_RESULTS; i++) {
        now->result[i] = 0;
    }

    for (i = 0; i < NGX_POLYCARD_ATTEMPTS; i++) {
        now->attempt[i] = 0;
    }

    for (k = 0; k < NGX_POLYCARD_HISTORY_KINDS; k++) {
        for (i = 0; i < NGX_POLYCARD_BUCKETS + 1; i++) {
            now->bucket[k][i] = 0;
        }
    }
}


void
ngx_polycard_history_read(ngx_polycard_history_t *history, ngx_uint_t minute,
    ngx_polycard_history_minute_t *read)
{
    size_t                          i, k;
    ngx_polycard_history_minute_t  *past;

    if (history->now.minute == minute) {
        ngx_polycard_history_sum(&history->now, minute, read);
        return;
    }

    past = &history->past[minute % NGX_POLYCARD_HISTORY_MINUTES];

    if (past->minute == minute) {
        *read = *past;
        return;
    }

    ngx_memzero(read, sizeof(ngx_polycard_history_minute_t));

    read->minute = (uint32_t) minute;
    read->outbox = -1;

    for (k = 0; k < NGX_POLYCARD_HISTORY_KINDS; k++) {
        for (i = 0; i < NGX_POLYCARD_HISTORY_QUANTILES; i++) {
            read->time[k][i] = -1;
        }
    }
}
