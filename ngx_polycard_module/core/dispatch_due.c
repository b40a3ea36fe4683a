
/*
 * Which heads of hold lists DUE asks for.
 *
 * Those that are here are usually the longest due: they are skipped.  This is
 * wrong if some were not returned in their turn, because the outbox had not
 * been read so far, or were left alone because their key had records here, or
 * if several were due in the same millisecond.  Then as many of those that
 * are here turn up after the skipped ones, and all heads are gone through
 * from the first one.  Now and then that is done in any case: those that are
 * here may not be due any more.
 */

#include "core/dispatch_internal.h"


#define NGX_POLYCARD_DUE_ALL  10000


void
ngx_polycard_dispatch_due_start(ngx_polycard_dispatch_t *d, int64_t now)
{
    d->due_at = now;
    d->heads.taken = 0;
    d->heads.left = 0;
    d->heads.all = 0;
    d->heads.all_at = now + NGX_POLYCARD_DUE_ALL;
}


size_t
ngx_polycard_dispatch_due_skip(const ngx_polycard_dispatch_t *d)
{
    if (d->heads.all) {
        return d->heads.rank;
    }

    /* the store delays broken lists */

    return d->nheld - ngx_polycard_dispatch_stuck_held(&d->accepted_held)
           - ngx_polycard_dispatch_stuck_held(&d->counted);
}


void
ngx_polycard_dispatch_due_done(ngx_polycard_dispatch_t *d, int64_t now,
    int64_t next)
{
    unsigned                        nothing;
    ngx_polycard_dispatch_heads_t  *heads;

    heads = &d->heads;

    if (heads->all && next == 0) {
        heads->rank += d->call.count;
        d->due_at = now;
        return;
    }

    nothing = (heads->taken == 0 && (heads->left || next == 0));

    heads->taken = 0;
    heads->left = 0;

    if (!heads->all && (nothing || (d->nheld && heads->all_at <= now))) {
        heads->all = 1;
        heads->all_at = now + NGX_POLYCARD_DUE_ALL;
        heads->rank = 0;
        d->due_at = now;
        return;
    }

    heads->all = 0;

    /* heads that were all left alone will be returned the next time, too */

    if (nothing && 0 <= next && next < NGX_POLYCARD_DISPATCH_PAUSE) {
        next = NGX_POLYCARD_DISPATCH_PAUSE;
    }

    d->due_at = now + (next < 0 || next > d->conf->poll ? d->conf->poll
                                                        : next);
}
