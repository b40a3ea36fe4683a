
/* What a holder must keep to while it sends, counted another way. */

#include "dispatch/sim.h"


static void check_rate(sim_t *s, sim_holder_t *h);


void
sim_check_send(sim_t *s, int n, int i)
{
    size_t                          key;
    int64_t                         clock;
    sim_holder_t                   *h;
    ngx_polycard_dispatch_state_t   state;

    h = &s->holder[n];
    key = s->record[s->request[i].record].key;
    clock = sim_holder_clock(s, n);

    if (h->busy[key]++) {
        sim_wrong(s, "a key in flight twice", "holder %d, key %zu", n, key);
    }

    if (++h->flight > h->conf.concurrency) {
        sim_wrong(s, "too many in flight", "holder %d: %zu", n, h->flight);
    }

    if (s->record[s->request[i].record].place == SIM_GONE
        && h->fence == s->fence && !s->late)
    {
        sim_wrong(s, "sent again after it was acknowledged", "record %zu",
                  s->request[i].record);
    }

    check_rate(s, h);

    ngx_polycard_dispatch_state(h->dispatch, &state);

    if (state.failures == 0) {
        return;
    }

    if (h->probe != -1) {
        sim_wrong(s, "two probes at once", "holder %d", n);
    }

    if (clock < h->quiet) {
        sim_wrong(s, "a probe too early", "holder %d: %lld ms", n,
                  (long long) (h->quiet - clock));
    }

    h->probe = i;
}


/* the same bucket, counted another way */

static void
check_rate(sim_t *s, sim_holder_t *h)
{
    double   top;
    int64_t  clock;

    if (h->conf.rate == 0) {
        return;
    }

    clock = sim_holder_clock(s, h - s->holder);
    top = h->conf.rate / 10000.0;
    top = top < 1 ? 1 : top;

    if (h->level < 0) {
        h->level = top;

    } else {
        h->level += (clock - h->filled) * (h->conf.rate / 1e6);
        h->level = h->level > top ? top : h->level;
    }

    h->filled = clock;
    h->level -= 1;

    if (h->level < -1e-6) {
        sim_wrong(s, "faster than the rate", "holder %d",
                  (int) (h - s->holder));
        h->level = 0;
    }
}


/*
 * Which refusals count: all answers that refuse, and failures after which
 * the same holder saw another key accepted.
 */

void
sim_check_result(sim_t *s, int n, sim_request_t *request,
    ngx_polycard_verdict_e verdict, int64_t retry_after)
{
    int                             i;
    size_t                          k;
    int64_t                         clock, wait;
    sim_holder_t                   *h;
    sim_record_t                   *record;
    ngx_polycard_dispatch_state_t   state;

    h = &s->holder[n];
    record = &s->record[request->record];
    clock = sim_holder_clock(s, n);
    i = request - s->request;

    h->flight--;
    h->busy[record->key]--;

    /* of an orphan it is of no account how it ends */

    if (request->session != h->session) {
        return;
    }

    ngx_polycard_dispatch_state(h->dispatch, &state);
    wait = retry_after ? retry_after : s->retry[0] * 8 / 10;

    if (state.failures == 0) {
        h->quiet = 0;
    }

    switch (verdict) {

    case NGX_POLYCARD_VERDICT_ACCEPTED:
        record->failed[n] = 0;

        for (k = 0; k < s->nrecords; k++) {
            if (s->record[k].failed[n] && s->record[k].key != record->key) {
                s->record[k].failed[n] = 0;
                s->record[k].refusals++;
            }
        }

        break;

    case NGX_POLYCARD_VERDICT_REFUSED:
        record->refusals++;
        break;

    default:
        record->failed[n] = 1;

        if (state.failures == 0) {
            s->outages++;
        }

        if (state.failures == 0 || h->probe == i) {
            h->quiet = clock + wait;

        } else if (retry_after && h->quiet < clock + retry_after) {
            h->quiet = clock + retry_after;
        }
    }

    if (h->probe == i) {
        h->probe = -1;
    }
}
