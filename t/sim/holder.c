
/* An emitter: what hook/emitter does, without nginx and Redis. */

#include "sim.h"

#include <stdlib.h>
#include <string.h>


#define HOLDER_CALL_TIMEOUT  60


static void holder_pump(sim_t *s, int n);
static void holder_send(sim_t *s, int n, size_t slot,
    const ngx_polycard_dispatch_record_t *record);
static void holder_check_send(sim_t *s, int n, int request);
static void holder_check_rate(sim_t *s, sim_holder_t *h);
static void holder_call(sim_t *s, int n,
    const ngx_polycard_dispatch_call_t *wanted);
static void holder_answered(sim_t *s, const sim_event_t *event);
static void holder_add(sim_t *s, sim_holder_t *h, const sim_call_t *call);
static void holder_result(sim_t *s, const sim_event_t *event);
static void holder_check_result(sim_t *s, int n, sim_request_t *request,
    ngx_polycard_verdict_e verdict, int64_t retry_after);
static void holder_lease(sim_t *s, const sim_event_t *event);
static void holder_start(sim_t *s, int n);
static void holder_stop(sim_t *s, int n);
static void holder_crash(sim_t *s, int n);
static void holder_pause(sim_t *s, int n);
static int64_t holder_span(const sim_holder_t *h, int64_t local);


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


/* its milliseconds in ours, not less */

static int64_t
holder_span(const sim_holder_t *h, int64_t local)
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
        holder_answered(s, event);
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
        holder_stop(s, n);
    }

    if (h->draining && ngx_polycard_dispatch_idle(h->dispatch)) {
        holder_stop(s, n);
    }

    if (!h->running) {
        return;
    }

    while ((record = ngx_polycard_dispatch_send(h->dispatch, clock, &slot))) {
        holder_send(s, n, slot, record);
    }

    call = ngx_polycard_dispatch_call(h->dispatch, clock);

    if (call) {
        holder_call(s, n, call);
    }

    timer = ngx_polycard_dispatch_timer(h->dispatch, clock);
    h->timer++;

    if (timer >= 0) {
        sim_event(s, holder_span(h, timer), SIM_TIMER, n, 0, h->timer);
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

    holder_check_send(s, n, i);

    sim_event(s, sim_delay(s, 4 * s->timeout), SIM_POSTED, -1, i, request->life);

    sim_event(s, holder_span(h, s->timeout), SIM_TIMEOUT, n, i, request->life);
}


static void
holder_check_send(sim_t *s, int n, int i)
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
        && h->fence == s->fence && s->loss == 0)
    {
        sim_wrong(s, "sent again after it was acknowledged", "record %zu",
                  s->request[i].record);
    }

    holder_check_rate(s, h);

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
holder_check_rate(sim_t *s, sim_holder_t *h)
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
        sim_wrong(s, "faster than the rate", "holder %d", (int) (h - s->holder));
        h->level = 0;
    }
}


static void
holder_call(sim_t *s, int n, const ngx_polycard_dispatch_call_t *wanted)
{
    int                                    i;
    size_t                                 k;
    int64_t                                delay;
    sim_call_t                            *call;
    sim_holder_t                          *h;
    const ngx_polycard_dispatch_record_t  *record;

    h = &s->holder[n];

    for (i = 0; i < SIM_CALLS && s->call[i].used; i++) { /* void */ }

    if (i == SIM_CALLS) {
        ngx_polycard_dispatch_failed(h->dispatch, sim_holder_clock(s, n));
        return;
    }

    call = &s->call[i];
    k = call->life + 1;
    memset(call, 0, sizeof(*call));
    call->life = k;
    call->used = 1;
    call->holder = n;
    call->session = h->session;
    call->fence = h->fence;
    call->op = wanted->op;
    call->after = wanted->after.seq;
    call->count = wanted->count;
    call->delay = wanted->delay;

    if (call->op == NGX_POLYCARD_DISPATCH_DUE) {
        call->count += wanted->skip;

    } else if (call->op != NGX_POLYCARD_DISPATCH_NEXT) {
        call->n = wanted->n;
        record = ngx_polycard_dispatch_record(h->dispatch, wanted->slot[0]);
        call->attempts = record->attempts;

        for (k = 0; k < wanted->n; k++) {
            record = ngx_polycard_dispatch_record(h->dispatch,
                                                  wanted->slot[k]);
            call->record[k] = record->id.seq - 1;
        }
    }

    /* lost on the way there or back, or too late to be waited for */

    delay = sim_random(s, sim_chance(s, 90) ? 3 : 40);

    if (s->now < s->calm && sim_chance(s, s->loss)) {
        call->failed = 1;
        sim_event(s, holder_span(h, HOLDER_CALL_TIMEOUT), SIM_ANSWERED, n, i,
                  call->life);
        delay = sim_random(s, 3 * HOLDER_CALL_TIMEOUT);
    }

    sim_event(s, delay, SIM_ARRIVES, -1, i, call->life);
}


static void
holder_answered(sim_t *s, const sim_event_t *event)
{
    int64_t        clock;
    sim_call_t    *call;
    sim_holder_t  *h;

    call = &s->call[event->object];

    if (event->life != call->life) {
        return;
    }

    /* what has failed may be carried out yet */

    call->answered = 1;

    if (call->executed) {
        call->used = 0;
    }

    h = &s->holder[call->holder];
    clock = sim_holder_clock(s, event->holder);

    if (call->session != h->session) {
        return;
    }

    if (call->failed) {
        sim_say(s, "holder %d: call %d failed", event->holder, call->op);
        ngx_polycard_dispatch_failed(h->dispatch, clock);
        return;
    }

    if (call->fenced) {
        sim_say(s, "holder %d is FENCED", event->holder);
        holder_stop(s, event->holder);
        return;
    }

    if (call->op == NGX_POLYCARD_DISPATCH_NEXT
        || call->op == NGX_POLYCARD_DISPATCH_DUE)
    {
        holder_add(s, h, call);

    } else {
        sim_say(s, "holder %d: call %d of record %zu%s done", event->holder,
                call->op, call->record[0], call->n > 1 ? " and others" : "");
    }

    ngx_polycard_dispatch_done(h->dispatch, clock, call->next);
}


static void
holder_add(sim_t *s, sim_holder_t *h, const sim_call_t *call)
{
    size_t                           i;
    sim_record_t                    *record;
    ngx_polycard_dispatch_record_t   r;

    for (i = 0; i < call->n; i++) {
        record = &s->record[call->record[i]];

        memset(&r, 0, sizeof(r));
        r.id.seq = call->record[i] + 1;
        r.key[0] = 'k';
        r.key[1] = '0' + record->key / 10;
        r.key[2] = '0' + record->key % 10;
        r.key_len = 3;
        r.held = (call->op == NGX_POLYCARD_DISPATCH_DUE);
        r.attempts = r.held ? record->attempts : 0;

        (void) ngx_polycard_dispatch_add(h->dispatch, &r);
    }
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

    holder_check_result(s, event->holder, request, verdict, retry_after);

    ngx_polycard_dispatch_result(h->dispatch, clock, request->slot, verdict,
                                 retry_after);
}


/*
 * Which refusals count: all answers that refuse, and failures after which
 * the same holder saw another key accepted.
 */

static void
holder_check_result(sim_t *s, int n, sim_request_t *request,
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


static void
holder_lease(sim_t *s, const sim_event_t *event)
{
    int            n;
    sim_holder_t  *h;

    n = event->holder;
    h = &s->holder[n];

    if (event->type == SIM_LEASE) {
        h->asked = sim_holder_clock(s, n);
        sim_event(s, sim_random(s, 10), SIM_LEASE_ARRIVES, n, 0, h->process);
        sim_event(s, s->lease / 3, SIM_LEASE, n, 0, h->process);
        return;
    }

    if (h->offered == 0) {
        if (h->running) {
            holder_stop(s, n);
        }

        return;
    }

    h->lease_end = h->asked + s->lease;

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


static void
holder_stop(sim_t *s, int n)
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
