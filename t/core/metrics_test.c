
#include "tap.h"
#include "core/metrics.h"
#include "core/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    unsigned       status;
    const char    *result;
} metrics_status_t;


static void metrics_test_results(void);
static void metrics_test_buckets(void);
static void metrics_test_names(void);
static void metrics_test_quantiles(void);


static const metrics_status_t  metrics_statuses[] = {
    { 200, "ok" },
    { 204, "ok" },
    { 304, "ok" },
    { 400, "invalid" },
    { 401, "denied" },
    { 403, "denied" },
    { 404, "miss" },
    { 405, "invalid" },
    { 408, "closed" },
    { 409, "conflict" },
    { 411, "invalid" },
    { 412, "conflict" },
    { 413, "invalid" },
    { 414, "invalid" },
    { 415, "invalid" },
    { 422, "conflict" },
    { 429, "limited" },
    { 431, "invalid" },
    { 444, "closed" },
    { 494, "invalid" },
    { 499, "closed" },
    { 500, "error" },
    { 502, "error" },
    { 503, "unavailable" },
    { 504, "timeout" },
    { 507, "error" },
    { 0, "closed" }
};


int
main(void)
{
    metrics_test_results();
    metrics_test_buckets();
    metrics_test_names();
    metrics_test_quantiles();

    return tap_done();
}


static void
metrics_test_results(void)
{
    size_t  i;

    for (i = 0; i < sizeof(metrics_statuses) / sizeof(metrics_status_t); i++) {
        const metrics_status_t  *s = &metrics_statuses[i];

        tap_is_str((char *) ngx_polycard_results[
                                ngx_polycard_result(s->status, 0)].data,
                   s->result, "status %u", s->status);
    }

    tap_is_str((char *) ngx_polycard_results[ngx_polycard_result(503, 1)].data,
               "limited", "a limit with its own status");
}


static void
metrics_test_buckets(void)
{
    int     rising, right;
    size_t  i;

    rising = 1;
    right = 1;

    for (i = 0; i < NGX_POLYCARD_BUCKETS; i++) {
        rising &= (i == 0 || ngx_polycard_buckets[i]
                             > ngx_polycard_buckets[i - 1]);
        right &= (ngx_polycard_bucket(ngx_polycard_buckets[i]) == i
                  && ngx_polycard_bucket(ngx_polycard_buckets[i] + 1) == i + 1);

        tap_ok(strtod(ngx_polycard_bucket_names[i], NULL) * 1000
               == (double) ngx_polycard_buckets[i],
               "bound %s", ngx_polycard_bucket_names[i]);
    }

    tap_ok(rising, "bounds rise");
    tap_ok(right, "a bound belongs to its bucket");
    tap_ok(ngx_polycard_bucket(0) == 0, "no time");
    tap_ok(ngx_polycard_bucket(INT64_MAX) == NGX_POLYCARD_BUCKETS, "for ever");
}


static void
metrics_test_names(void)
{
    size_t  i;

    for (i = 0; i < NGX_POLYCARD_ACTIONS; i++) {
        const ngx_polycard_str_t  *name = &ngx_polycard_actions[i];

        tap_ok(ngx_polycard_find_name(ngx_polycard_actions,
                                      NGX_POLYCARD_ACTIONS, name->data,
                                      name->len)
               == i, "the place of %s", name->data);
    }

    tap_ok(ngx_polycard_find_name(ngx_polycard_actions, NGX_POLYCARD_ACTIONS,
                                  (u_char *) "adde", 4)
           == NGX_POLYCARD_ACTIONS, "a part of a name is none");
    tap_ok(ngx_polycard_find_name(ngx_polycard_actions, NGX_POLYCARD_ACTIONS,
                                  (u_char *) "", 0)
           == NGX_POLYCARD_ACTIONS, "no name");

    tap_ok((int) NGX_POLYCARD_ATTEMPT_ACCEPTED
           == (int) NGX_POLYCARD_VERDICT_ACCEPTED
           && (int) NGX_POLYCARD_ATTEMPT_REFUSED
              == (int) NGX_POLYCARD_VERDICT_REFUSED
           && (int) NGX_POLYCARD_ATTEMPT_OUTAGE
              == (int) NGX_POLYCARD_VERDICT_OUTAGE,
           "attempts end as verdicts do");
}


static void
metrics_test_quantiles(void)
{
    uint64_t  count[NGX_POLYCARD_BUCKETS + 1];

    memset(count, 0, sizeof(count));
    tap_ok(ngx_polycard_quantile(count, 500) == -1, "of nothing");

    count[3] = 1;
    tap_ok(ngx_polycard_quantile(count, 500) == 10
           && ngx_polycard_quantile(count, 990) == 10, "one of up to 10 ms");

    count[3] = 100;
    tap_ok(ngx_polycard_quantile(count, 500) == 8
           && ngx_polycard_quantile(count, 1000) == 10, "a hundred of them");

    count[0] = 100;
    tap_ok(ngx_polycard_quantile(count, 500) == 1
           && ngx_polycard_quantile(count, 950) == 10, "half of them faster");

    count[NGX_POLYCARD_BUCKETS] = 1000;
    tap_ok(ngx_polycard_quantile(count, 500) == 30000, "beyond all bounds");
}
