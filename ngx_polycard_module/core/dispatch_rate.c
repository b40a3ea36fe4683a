
/* conf.rate as a bucket that holds the records of 0.1 s, 1 or more */

#include "core/dispatch_internal.h"


/* millionths, so that a millisecond at one record per 1000 s is a whole one */
#define NGX_POLYCARD_RATE_RECORD  1000000


void
ngx_polycard_dispatch_rate_init(ngx_polycard_dispatch_t *d)
{
    d->rate.top = (int64_t) d->conf->rate * 100;

    if (d->rate.top < NGX_POLYCARD_RATE_RECORD) {
        d->rate.top = NGX_POLYCARD_RATE_RECORD;
    }

    /* never filled yet: full at first */

    d->rate.level = 0;
    d->rate.last = 0;
}


unsigned
ngx_polycard_dispatch_rate_take(ngx_polycard_dispatch_t *d, int64_t now)
{
    int64_t                        room, passed;
    ngx_polycard_dispatch_rate_t  *rate;

    rate = &d->rate;

    if (d->conf->rate == 0) {
        return 1;
    }

    room = rate->top - rate->level;
    passed = now - rate->last;

    if (passed > 0) {
        rate->last = now;
        rate->level += passed > room / (int64_t) d->conf->rate
                       ? room : passed * (int64_t) d->conf->rate;
    }

    if (rate->level < NGX_POLYCARD_RATE_RECORD) {
        return 0;
    }

    rate->level -= NGX_POLYCARD_RATE_RECORD;

    return 1;
}


int64_t
ngx_polycard_dispatch_rate_time(const ngx_polycard_dispatch_t *d)
{
    int64_t  missing, rate;

    rate = d->conf->rate;
    missing = NGX_POLYCARD_RATE_RECORD - d->rate.level;

    if (rate == 0 || missing <= 0) {
        return d->rate.last;
    }

    return d->rate.last + (missing + rate - 1) / rate;
}
