
/* An emitter's calls to the store, some of which are lost. */

#include "dispatch/sim.h"

#include <string.h>


#define HOLDER_CALL_TIMEOUT  60

/* records in one reply, as in hook/emitter_store.c */
#define HOLDER_RECORDS       32


static void holder_add(sim_t *s, sim_holder_t *h, const sim_call_t *call);


void
sim_holder_call(sim_t *s, int n, const ngx_polycard_dispatch_call_t *wanted)
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
    call->count = wanted->count < HOLDER_RECORDS ? wanted->count
                                                 : HOLDER_RECORDS;
    call->delay = wanted->delay;

    if (call->op == NGX_POLYCARD_DISPATCH_DUE) {
        call->skip = wanted->skip;

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
        sim_holder_lose(s, call);
        delay = sim_random(s, 3 * HOLDER_CALL_TIMEOUT);
    }

    sim_event(s, delay, SIM_ARRIVES, -1, i, call->life);
}


void
sim_holder_lose(sim_t *s, sim_call_t *call)
{
    call->failed = 1;
    sim_event(s, sim_holder_span(&s->holder[call->holder],
                                 HOLDER_CALL_TIMEOUT),
              SIM_ANSWERED, call->holder, call - s->call, call->life);
}


void
sim_holder_answered(sim_t *s, const sim_event_t *event)
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
        sim_holder_stop(s, event->holder);
        return;
    }

    if (call->rejected) {
        sim_say(s, "holder %d: call %d of record %zu is rejected",
                event->holder, call->op, call->record[0]);
        ngx_polycard_dispatch_rejected(h->dispatch, clock);
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
        r.hold = !r.held && call->hold[i];
        r.attempts = r.held ? record->attempts : 0;

        if (ngx_polycard_dispatch_add(h->dispatch, &r) == NGX_POLYCARD_OK) {
            sim_say(s, "holder %d reads record %zu%s", call->holder,
                    call->record[i], r.held ? ", held" : "");
        }
    }
}
