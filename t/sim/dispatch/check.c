
#include "dispatch/check.h"


static void check_rate(scene_holder_t *h);
static void check_accepted(const scene_holder_t *h, scene_record_t *record);


void
check_send(const scene_request_t *request)
{
    size_t                         key;
    int64_t                        clock;
    scene_holder_t                *h;
    ngx_polycard_dispatch_state_t  state;

    h = request->holder;
    key = scene.record[request->record].key;
    clock = scene_clock(h);

    if (h->busy[key]++) {
        sim_wrong("a key in flight twice", "holder %u, key %zu", h->n, key);
    }

    if (++h->flight > h->conf.concurrency) {
        sim_wrong("too many in flight", "holder %u: %zu", h->n, h->flight);
    }

    if (scene.record[request->record].place == SCENE_GONE
        && h->fence == scene.fence && !scene.late)
    {
        sim_wrong("sent again after it was acknowledged", "record %zu",
                  request->record);
    }

    check_rate(h);

    ngx_polycard_dispatch_state(h->dispatch, &state);

    if (state.failures == 0) {
        return;
    }

    if (h->probe) {
        sim_wrong("two probes at once", "holder %u", h->n);
    }

    if (clock < h->quiet) {
        sim_wrong("a probe too early", "holder %u: %lld ms", h->n,
                  (long long) (h->quiet - clock));
    }

    h->probe = request;
}


/* the same bucket, counted another way */

static void
check_rate(scene_holder_t *h)
{
    double   top;
    int64_t  clock;

    if (h->conf.rate == 0) {
        return;
    }

    clock = scene_clock(h);
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
        sim_wrong("faster than the rate", "holder %u", h->n);
        h->level = 0;
    }
}


/*
 * Which refusals count: all answers that refuse, and failures after which
 * the same holder saw another key accepted.
 */

void
check_result(const scene_request_t *request, ngx_polycard_verdict_e verdict,
    int64_t retry_after)
{
    int64_t                        clock, wait;
    scene_holder_t                *h;
    scene_record_t                *record;
    ngx_polycard_dispatch_state_t  state;

    h = request->holder;
    record = &scene.record[request->record];
    clock = scene_clock(h);

    h->flight--;
    h->busy[record->key]--;

    /* of an orphan it does not matter how it ends */

    if (request->session != h->session) {
        return;
    }

    ngx_polycard_dispatch_state(h->dispatch, &state);
    wait = retry_after ? retry_after : scene.retry[0] * 8 / 10;

    if (state.failures == 0) {
        h->quiet = 0;
    }

    switch (verdict) {

    case NGX_POLYCARD_VERDICT_ACCEPTED:
        check_accepted(h, record);
        break;

    case NGX_POLYCARD_VERDICT_REFUSED:
        record->refusals++;
        break;

    default:
        record->failed[h->n] |= !ngx_polycard_verdict_unreached(
                                                            &request->answer);
        scene.unheard |= scene.strict;

        if (state.failures == 0) {
            scene.outages++;
        }

        if (state.failures == 0 || h->probe == request) {
            h->quiet = clock + wait;

        } else if (retry_after && h->quiet < clock + retry_after) {
            h->quiet = clock + retry_after;
        }
    }

    if (h->probe == request) {
        h->probe = NULL;
    }
}


static void
check_accepted(const scene_holder_t *h, scene_record_t *record)
{
    size_t           k;
    scene_record_t  *other;

    record->failed[h->n] = 0;

    for (k = 0; k < scene.nrecords; k++) {
        other = &scene.record[k];

        if (other->failed[h->n] && other->key != record->key) {
            other->failed[h->n] = 0;
            other->refusals++;
        }
    }
}
