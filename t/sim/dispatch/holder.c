
#include "dispatch/call.h"
#include "dispatch/check.h"
#include "dispatch/holder.h"
#include "dispatch/request.h"
#include "dispatch/store.h"

#include <stdlib.h>
#include <string.h>


/* a process asks for the lease, at a time by its own clock */

typedef struct {
    scene_holder_t  *holder;
    int64_t          clock;
} holder_asking_t;


static unsigned holder_sleeps(scene_holder_t *h, sim_handler_pt handler,
    void *data, uint64_t tag);
static void holder_timer(void *data, uint64_t tag);
static void holder_lease(void *data, uint64_t tag);
static void holder_lease_arrives(void *data, uint64_t tag);
static void holder_lease_answered(void *data, uint64_t tag);
static void holder_lease_is(scene_holder_t *h, int64_t asked);
static void holder_pump(scene_holder_t *h);
static void holder_answered(void *data, uint64_t tag);
static void holder_send(scene_holder_t *h, size_t slot,
    const ngx_polycard_dispatch_record_t *record);
static unsigned holder_heard(const scene_request_t *request, uint64_t life);
static void holder_timeout(void *data, uint64_t tag);
static void holder_result(void *data, uint64_t tag);
static void holder_judge(scene_request_t *request);
static void holder_start(scene_holder_t *h);
static void holder_stop(scene_holder_t *h);


void
holder_begin(scene_holder_t *h)
{
    h->dispatch = malloc(ngx_polycard_dispatch_size(&h->conf));

    if (h->dispatch == NULL) {
        abort();
    }

    h->dispatch = ngx_polycard_dispatch_init(h->dispatch, &h->conf);
    h->process++;
    h->session++;
    h->running = 0;
    h->draining = 0;
    h->flight = 0;
    h->probe = NULL;
    h->level = -1;
    h->lease_end = 0;
    memset(h->busy, 0, sizeof(h->busy));

    sim_later(sim_below(50), holder_lease, h, h->process);
}


void
holder_end(scene_holder_t *h)
{
    free(h->dispatch);
    h->dispatch = NULL;
}


/* requests on their way may arrive, nobody hears of them */

void
holder_crash(void *data, uint64_t tag)
{
    size_t            i;
    scene_holder_t   *h;
    scene_request_t  *request;

    h = data;
    scene.crashes++;

    sim_say("holder %u crashes", h->n);

    for (i = 0; i < SCENE_REQUESTS; i++) {
        request = &scene.request[i];

        if (request->used && !request->ended && request->holder == h) {
            request_end(request);
        }
    }

    for (i = 0; i < scene.nrecords; i++) {
        scene.record[i].failed[h->n] = 0;
    }

    holder_end(h);
    holder_begin(h);
    h->down = sim.now + sim_below(500);
}


void
holder_pause(void *data, uint64_t tag)
{
    scene_holder_t  *h;

    h = data;
    h->down = sim.now + 1 + sim_below(3 * scene.lease);

    sim_say("holder %u hangs for %lld ms", h->n,
            (long long) (h->down - sim.now));
}


/* it hears of everything when it goes on */

static unsigned
holder_sleeps(scene_holder_t *h, sim_handler_pt handler, void *data,
    uint64_t tag)
{
    if (sim.now >= h->down) {
        return 0;
    }

    sim_later(h->down - sim.now, handler, data, tag);

    return 1;
}


void
holder_wake(void *data, uint64_t tag)
{
    scene_holder_t  *h;

    h = data;

    if (holder_sleeps(h, holder_wake, data, tag)) {
        return;
    }

    ngx_polycard_dispatch_wake(h->dispatch);
    holder_pump(h);
}


void
holder_connects(void *data, uint64_t tag)
{
    scene_holder_t  *h;

    h = data;

    if (holder_sleeps(h, holder_connects, data, tag)) {
        return;
    }

    h->cut = 0;
    ngx_polycard_dispatch_rewind(h->dispatch);
    holder_pump(h);
}


void
holder_drain(void *data, uint64_t tag)
{
    scene_holder_t  *h;

    h = data;

    if (holder_sleeps(h, holder_drain, data, tag)) {
        return;
    }

    if (h->running) {
        sim_say("holder %u: drains", h->n);
        h->draining = 1;
        ngx_polycard_dispatch_drain(h->dispatch);
    }

    holder_pump(h);
}


static void
holder_timer(void *data, uint64_t tag)
{
    scene_holder_t  *h;

    h = data;

    if (holder_sleeps(h, holder_timer, data, tag) || tag != h->timer) {
        return;
    }

    holder_pump(h);
}


static void
holder_lease(void *data, uint64_t tag)
{
    scene_holder_t   *h;
    holder_asking_t  *asking;

    h = data;

    if (holder_sleeps(h, holder_lease, data, tag) || tag != h->process) {
        return;
    }

    asking = sim_alloc(sizeof(holder_asking_t));
    asking->holder = h;
    asking->clock = scene_clock(h);

    sim_later(sim_below(10), holder_lease_arrives, asking, h->process);
    sim_later(scene.lease / 3, holder_lease, h, h->process);

    holder_pump(h);
}


static void
holder_lease_arrives(void *data, uint64_t tag)
{
    holder_asking_t  *asking;

    asking = data;

    if (store_waits(holder_lease_arrives, data, tag)) {
        return;
    }

    store_lease(asking->holder);
    sim_later(sim_below(10), holder_lease_answered, data, tag);
}


static void
holder_lease_answered(void *data, uint64_t tag)
{
    scene_holder_t   *h;
    holder_asking_t  *asking;

    asking = data;
    h = asking->holder;

    if (holder_sleeps(h, holder_lease_answered, data, tag)
        || tag != h->process)
    {
        return;
    }

    if (h->offered) {
        holder_lease_is(h, asking->clock);

    } else {
        holder_stop(h);
    }

    holder_pump(h);
}


static void
holder_lease_is(scene_holder_t *h, int64_t asked)
{
    /* answers to several, after the store has hung */

    if (h->lease_end < asked + scene.lease) {
        h->lease_end = asked + scene.lease;
    }

    if (!h->running || h->fence != h->offered) {
        h->fence = h->offered;
        holder_start(h);
    }
}


static void
holder_pump(scene_holder_t *h)
{
    size_t                                 slot;
    int64_t                                clock, timer;
    const ngx_polycard_dispatch_call_t    *call;
    const ngx_polycard_dispatch_record_t  *record;

    clock = scene_clock(h);

    if (h->running && !h->sloppy && clock >= h->lease_end) {
        holder_stop(h);
    }

    if (h->draining && ngx_polycard_dispatch_idle(h->dispatch)) {
        holder_stop(h);
    }

    if (!h->running) {
        return;
    }

    while ((record = ngx_polycard_dispatch_send(h->dispatch, clock, &slot))) {
        holder_send(h, slot, record);
    }

    call = ngx_polycard_dispatch_call(h->dispatch, clock);

    if (call) {
        call_begin(h, call, holder_answered);
    }

    timer = ngx_polycard_dispatch_timer(h->dispatch, clock);
    h->timer++;

    if (timer >= 0) {
        sim_later(scene_span(h, timer), holder_timer, h, h->timer);
    }
}


static void
holder_answered(void *data, uint64_t tag)
{
    scene_call_t    *call;
    scene_holder_t  *h;

    call = data;
    h = call->holder;

    if (holder_sleeps(h, holder_answered, data, tag)) {
        return;
    }

    if (tag == call->life && call_end(call)) {
        holder_stop(h);
    }

    holder_pump(h);
}


static void
holder_send(scene_holder_t *h, size_t slot,
    const ngx_polycard_dispatch_record_t *record)
{
    scene_request_t  *request;

    request = request_begin(h, slot, (uintptr_t) record->data, holder_result);

    if (request == NULL) {
        ngx_polycard_dispatch_unsent(h->dispatch, scene_clock(h), slot);
        return;
    }

    sim_say("holder %u sends record %zu, attempt %zu", h->n, request->record,
            record->attempts + 1);

    check_send(request);

    sim_later(scene_span(h, scene.timeout), holder_timeout, request,
              request->life);
}


/* by its answer or by its timeout; another one may have its place by now */

static unsigned
holder_heard(const scene_request_t *request, uint64_t life)
{
    return life != request->life || request->ended;
}


static void
holder_timeout(void *data, uint64_t tag)
{
    scene_request_t  *request;

    request = data;

    if (holder_heard(request, tag)
        || holder_sleeps(request->holder, holder_timeout, data, tag))
    {
        return;
    }

    request->answer.error = NGX_POLYCARD_VERDICT_TIMEOUT;
    request->retry_after = NULL;
    holder_judge(request);
    holder_pump(request->holder);
}


static void
holder_result(void *data, uint64_t tag)
{
    scene_request_t  *request;

    request = data;

    if (holder_heard(request, tag)
        || holder_sleeps(request->holder, holder_result, data, tag))
    {
        return;
    }

    holder_judge(request);
    holder_pump(request->holder);
}


static void
holder_judge(scene_request_t *request)
{
    int64_t                 retry_after;
    scene_holder_t         *h;
    ngx_polycard_str_t      header;
    ngx_polycard_verdict_e  verdict;

    request_end(request);

    h = request->holder;

    if (request->process != h->process) {
        return;
    }

    verdict = ngx_polycard_verdict(&request->answer);
    retry_after = 0;

    if (request->retry_after) {
        header.data = (u_char *) request->retry_after;
        header.len = strlen(request->retry_after);
        retry_after = ngx_polycard_verdict_retry_after(&header, 0);
    }

    sim_say("holder %u: record %zu %s", h->n, request->record,
            verdict == NGX_POLYCARD_VERDICT_ACCEPTED ? "accepted"
            : verdict == NGX_POLYCARD_VERDICT_REFUSED ? "refused" : "outage");

    check_result(request, verdict, retry_after);

    if (ngx_polycard_verdict_unreached(&request->answer)) {
        ngx_polycard_dispatch_unreached(h->dispatch, scene_clock(h),
                                        request->slot);

    } else {
        ngx_polycard_dispatch_result(h->dispatch, scene_clock(h),
                                     request->slot, verdict, retry_after);
    }
}


static void
holder_start(scene_holder_t *h)
{
    sim_say("holder %u starts", h->n);

    h->running = 1;
    h->draining = 0;
    h->session++;
    h->probe = NULL;
    h->quiet = 0;
    ngx_polycard_dispatch_start(h->dispatch, scene_clock(h));
}


static void
holder_stop(scene_holder_t *h)
{
    if (!h->running) {
        return;
    }

    sim_say("holder %u stops", h->n);

    h->running = 0;
    h->draining = 0;
    h->session++;
    h->probe = NULL;
    ngx_polycard_dispatch_stop(h->dispatch);
}
