
#include "redis/backoff.h"


#define NGX_POLYCARD_BACKOFF_MIN     50
#define NGX_POLYCARD_BACKOFF_MAX     700

/* a connection that lasted less than this did not work */
#define NGX_POLYCARD_BACKOFF_STABLE  1000


void
ngx_polycard_backoff_ready(ngx_polycard_backoff_t *backoff)
{
    backoff->ready_time = ngx_current_msec;
}


ngx_msec_t
ngx_polycard_backoff_failed(ngx_polycard_backoff_t *backoff)
{
    ngx_msec_t  last;

    last = ngx_max(backoff->last * 2, NGX_POLYCARD_BACKOFF_MIN);
    last = ngx_min(last, NGX_POLYCARD_BACKOFF_MAX);

    backoff->last = last;

    return last - last / 5 + ngx_random() % (last * 2 / 5 + 1);
}


ngx_msec_t
ngx_polycard_backoff_lost(ngx_polycard_backoff_t *backoff)
{
    ngx_msec_t  delay;

    if (ngx_current_msec - backoff->ready_time < NGX_POLYCARD_BACKOFF_STABLE) {

        /* waits before it worked do not count */

        backoff->last = backoff->relapse;
        delay = ngx_polycard_backoff_failed(backoff);
        backoff->relapse = backoff->last;

        return delay;
    }

    backoff->last = 0;
    backoff->relapse = 0;

    return 0;
}
