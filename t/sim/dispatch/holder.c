
/* An emitter: what hook/emitter does, without nginx and Redis. */

#include "dispatch/sim.h"

#include <stdlib.h>
#include <string.h>


static void holder_pump(sim_t *s, int n);
static void holder_send(sim_t *s, int n, size_t slot,
    const ngx_polycard_dispatch_record_t *record);
static void holder_result(sim_t *s, const sim_event_t *event);
static void holder_lease(sim_t *s, const sim_event_t *event);
static void holder_start(sim_t *s, int n);
static void holder_crash(sim_t *s, int n);
static void holder_pause(sim_t *s, int n);


void
sim_holder_init(sim_t *s, int n)
{
    sim_holder_t  *h;

    h = &s->holder[n];

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
    h->probe = -1;
    h->level = -1;
    h->lease_end = 0;
    memset(h->busy, 0, sizeof(h->busy));

    sim_event(s, sim_random(s, 50), SIM_LEASE, n, 0, h->process);
}


void
sim_holder_exit(sim_t *s, int n)
{
    free(s->holder[n].dispatch);
    s->holder[n].dispatch = NULL;
}


int64_t
sim_holder_clock(const sim_t *s, int n)
{
    return s->holder[n].offset + s->now * s->holder[n].speed / 1000;
}


int64_t
sim_holder_span(const sim_holder_t *h, int64_t local)
{
    return (local * 1000 + h->speed - 1) / h->speed;
}


void
sim_holder_event(sim_t *s, const sim_event_t *event)
{
    sim_holder_t  *h;

    h = &s->holder[event->holder];

    switch (event->type) {

    case SIM_CRASH:
        holder_crash(s, event->holder);
        return;

    case SIM_PAUSE:
        holder_pause(s, event->holder);
        return;

    default:
        break;
    }

    /* it hears of everything when it goes on */

    if (s->now < h->down) {
        sim_event(s, h->down - s->now, event->type, event->holder,
                  event->object, event->life);
        return;
    }

    switch (event->type) {

    case SIM_WAKE:
        ngx_polycard_dispatch_wake(h->dispatch);
        break;

    case SIM_TIMER:
        if (event->life != h->timer) {
            return;
        }

        break;

    case SIM_DRAIN:
        if (h->running) {
            sim_say(s, "holder %d: drains", event->holder);
            h->draining = 1;
            ngx_polycard_dispatch_drain(h->dispatch);
        }

        break;

    case SIM_LEASE:
    case SIM_LEASE_ANSWERED:
        if (event->life != h->process) {
            return;
        }

        holder_lease(s, event);
        break;

    case SIM_ANSWERED:
        sim_holder_answered(s, event);
        break;

    case SIM_TIMEOUT:
    case SIM_RESULT:
        holder_result(s, event);
        break;

    default:
        return;
    }

    holder_pump(s, event->holder);
}


static void
holder_pump(sim_t *s, int n)
{
    size_t                                 slot;
    int64_t                                clock, timer;
    sim_holder_t                          *h;
    const ngx_polycard_dispatch_call_t    *call;
    const ngx_polycard_dispatch_record_t  *record;

    h = &s->holder[n];
    clock = sim_holder_clock(s, n);

    if (h->running && !h->sloppy && clock >= h->lease_end) {
        sim_holder_stop(s, n);
    }

    if (h->draining && ngx_polycard_dispatch_idle(h->dispatch)) {
        sim_holder_stop(s, n);
    }

    if (!h->running) {
        return;
    }

    while ((record = ngx_polycard_dispatch_send(h->dispatch, clock, &slot))) {
        holder_send(s, n, slot, record);
    }

    call = ngx_polycard_dispatch_call(h->dispatch, clock);

    if (call) {
        sim_holder_call(s, n, call);
    }

    timer = ngx_polycard_dispatch_timer(h->dispatch, clock);
    h->timer++;

    if (timer >= 0) {
        sim_event(s, sim_holder_span(h, timer), SIM_TIMER, n, 0, h->timer);
    }
}


static void
holder_send(sim_t *s, int n, size_t slot,
    const ngx_polycard_dispatch_record_t *record)
{
    int             i;
    sim_holder_t   *h;
    sim_request_t  *request;

    h = &s->holder[n];

    for (i = 0; i < SIM_REQUESTS && s->request[i].used; i++) { /* void */ }

    if (i == SIM_REQUESTS || sim_chance(s, 1)) {
        ngx_polycard_dispatch_unsent(h->dispatch, sim_holder_clock(s, n),
                                     slot);
        return;
    }

    request = &s->request[i];
    request->used = 1;
    request->life++;
    request->holder = n;
    request->process = h->process;
    request->session = h->session;
    request->fence = h->fence;
    request->slot = slot;
    request->record = record->id.seq - 1;
    request->posted = 0;
    request->ended = 0;
    request->retry_after = NULL;
    memset(&request->answer, 0, sizeof(request->answer));

    sim_say(s, "holder %d sends record %zu, attempt %zu", n, request->record,
            record->attempts + 1);

    sim_check_send(s, n, i);

    sim_event(s, sim_delay(s, 4 * s->timeout), SIM_POSTED, -1, i,
              request->life);

    sim_event(s, sim_holder_span(h, s->timeout), SIM_TIMEOUT, n, i,
              request->life);
}


static void
holder_result(sim_t *s, const sim_event_t *event)
{
    int64_t                  clock, retry_after;
    sim_holder_t            *h;
    sim_request_t           *request;
    ngx_polycard_str_t       header;
    ngx_polycard_verdict_e   verdict;

    request = &s->request[event->object];

    if (event->life != request->life || request->ended) {
        return;
    }

    request->ended = 1;

    if (request->posted) {
        request->used = 0;
    }

    h = &s->holder[event->holder];

    if (request->process != h->process) {
        return;
    }

    if (event->type == SIM_TIMEOUT) {
        request->answer.error = NGX_POLYCARD_VERDICT_TIMEOUT;
        request->retry_after = NULL;
    }

    verdict = ngx_polycard_verdict(&request->answer);
    retry_after = 0;

    if (request->retry_after) {
        header.data = (u_char *) request->retry_after;
        header.len = strlen(request->retry_after);
        retry_after = ngx_polycard_verdict_retry_after(&header, 0);
    }

    clock = sim_holder_clock(s, event->holder);

    sim_say(s, "holder %d: record %zu %s", event->holder, request->record,
            verdict == NGX_POLYCARD_VERDICT_ACCEPTED ? "accepted"
            : verdict == NGX_POLYCARD_VERDICT_REFUSED ? "refused" : "outage");

    sim_check_result(s, event->holder, request, verdict, retry_after);

    ngx_polycard_dispatch_result(h->dispatch, clock, request->slot, verdict,
                                 retry_after);
}


static void
holder_lease(sim_t *s, const sim_event_t *event)
{
    int            n;
    sim_holder_t  *h;

    n = event->holder;
    h = &s->holder[n];

    if (event->type == SIM_LEASE) {
        sim_event(s, sim_random(s, 10), SIM_LEASE_ARRIVES, n,
                  sim_holder_clock(s, n), h->process);
        sim_event(s, s->lease / 3, SIM_LEASE, n, 0, h->process);
        return;
    }

    if (h->offered == 0) {
        if (h->running) {
            sim_holder_stop(s, n);
        }

        return;
    }

    /* answers to several, after the store has hung */

    if (h->lease_end < event->object + s->lease) {
        h->lease_end = event->object + s->lease;
    }

    if (!h->running || h->fence != h->offered) {
        h->fence = h->offered;
        holder_start(s, n);
    }
}


static void
holder_start(sim_t *s, int n)
{
    sim_holder_t  *h;

    h = &s->holder[n];

    sim_say(s, "holder %d starts", n);

    h->running = 1;
    h->draining = 0;
    h->session++;
    h->probe = -1;
    h->quiet = 0;
    ngx_polycard_dispatch_start(h->dispatch, sim_holder_clock(s, n));
}


void
sim_holder_stop(sim_t *s, int n)
{
    sim_holder_t  *h;

    h = &s->holder[n];

    if (!h->running) {
        return;
    }

    sim_say(s, "holder %d stops", n);

    h->running = 0;
    h->draining = 0;
    h->session++;
    h->probe = -1;
    ngx_polycard_dispatch_stop(h->dispatch);
}


/* requests on their way may arrive, nobody hears of them */

static void
holder_crash(sim_t *s, int n)
{
    int            i;
    sim_holder_t  *h;

    h = &s->holder[n];
    s->crashes++;

    sim_say(s, "holder %d crashes", n);

    for (i = 0; i < SIM_REQUESTS; i++) {
        if (s->request[i].used && !s->request[i].ended
            && s->request[i].holder == n)
        {
            s->request[i].ended = 1;
            s->request[i].used = !s->request[i].posted;
        }
    }

    for (i = 0; i < (int) s->nrecords; i++) {
        s->record[i].failed[n] = 0;
    }

    sim_holder_exit(s, n);
    sim_holder_init(s, n);
    h->down = s->now + sim_random(s, 500);
}


static void
holder_pause(sim_t *s, int n)
{
    s->holder[n].down = s->now + 1 + sim_random(s, 3 * s->lease);
    sim_say(s, "holder %d hangs for %lld ms", n,
            (long long) (s->holder[n].down - s->now));
}
