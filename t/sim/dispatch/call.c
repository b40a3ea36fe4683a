
#include "dispatch/call.h"
#include "dispatch/store.h"

#include <string.h>


#define CALL_TIMEOUT  60

/* records in one reply, as in hook/emitter_store.c */
#define CALL_RECORDS  32


static scene_call_t *call_place(void);
static void call_ask(scene_call_t *call,
    const ngx_polycard_dispatch_call_t *wanted);
static void call_lose(scene_call_t *call);
static void call_arrives(void *data, uint64_t tag);
static void call_add(const scene_call_t *call);


void
call_begin(scene_holder_t *h, const ngx_polycard_dispatch_call_t *wanted,
    sim_handler_pt answer)
{
    int64_t        delay;
    scene_call_t  *call;

    call = call_place();

    if (call == NULL) {
        ngx_polycard_dispatch_failed(h->dispatch, scene_clock(h));
        return;
    }

    call->holder = h;
    call->session = h->session;
    call->fence = h->fence;
    call->answer = answer;
    call_ask(call, wanted);

    /* lost on the way there or back, or too late to be waited for */

    delay = sim_below(sim_chance(90) ? 3 : 40);

    if (!scene_is_calm() && sim_chance(scene.loss)) {
        call_lose(call);
        delay = sim_below(3 * CALL_TIMEOUT);

    } else if (h->cut) {
        call_lose(call);
    }

    call->cut = h->cut;
    sim_later(delay, call_arrives, call, call->life);
}


static scene_call_t *
call_place(void)
{
    int            i;
    unsigned       life;
    scene_call_t  *call;

    for (i = 0; i < SCENE_CALLS && scene.call[i].used; i++) { /* void */ }

    if (i == SCENE_CALLS) {
        return NULL;
    }

    call = &scene.call[i];
    life = call->life + 1;
    memset(call, 0, sizeof(scene_call_t));

    call->used = 1;
    call->life = life;

    return call;
}


static void
call_ask(scene_call_t *call, const ngx_polycard_dispatch_call_t *wanted)
{
    size_t                                 k;
    const ngx_polycard_dispatch_t         *d;
    const ngx_polycard_dispatch_record_t  *record;

    call->op = wanted->op;
    call->after = wanted->after.seq;
    call->count = wanted->count < CALL_RECORDS ? wanted->count : CALL_RECORDS;
    call->delay = wanted->delay;

    if (call->op == NGX_POLYCARD_DISPATCH_DUE) {
        call->skip = wanted->skip;
        return;
    }

    if (call->op == NGX_POLYCARD_DISPATCH_NEXT) {
        return;
    }

    d = call->holder->dispatch;
    call->n = wanted->n;
    record = ngx_polycard_dispatch_record(d, wanted->slot[0]);
    call->attempts = record->attempts;

    for (k = 0; k < wanted->n; k++) {
        record = ngx_polycard_dispatch_record(d, wanted->slot[k]);
        call->record[k] = (uintptr_t) record->data;
    }
}


/* it is not answered, though it may be carried out yet */

static void
call_lose(scene_call_t *call)
{
    call->failed = 1;
    sim_later(scene_span(call->holder, CALL_TIMEOUT), call->answer, call,
              call->life);
}


static void
call_arrives(void *data, uint64_t tag)
{
    scene_call_t  *call, late;

    call = data;

    if (store_waits(call_arrives, data, tag)) {
        if (!call->failed) {
            call_lose(call);
        }

        return;
    }

    /* nobody reads the answer to what has failed; some of it never came */

    if (call->failed) {
        late = *call;
        call->executed = 1;
        call->used = !call->answered;

        if (!call->cut && sim_chance(60)) {
            store_call(&late);
        }

        return;
    }

    store_call(call);
    sim_later(sim_below(3), call->answer, call, tag);
}


void
call_cut(void)
{
    size_t         i;
    scene_call_t  *call;

    for (i = 0; i < SCENE_CALLS; i++) {
        call = &scene.call[i];

        if (!call->used || call->executed) {
            continue;
        }

        call->cut = 1;

        if (!call->failed) {
            call_lose(call);
        }
    }
}


unsigned
call_end(scene_call_t *call)
{
    int64_t          clock;
    scene_holder_t  *h;

    /* what has failed may be carried out yet */

    call->answered = 1;

    if (call->executed) {
        call->used = 0;
    }

    h = call->holder;
    clock = scene_clock(h);

    if (call->session != h->session) {
        return 0;
    }

    if (call->failed) {
        sim_say("holder %u: call %d failed", h->n, call->op);
        ngx_polycard_dispatch_failed(h->dispatch, clock);
        return 0;
    }

    if (call->fenced) {
        sim_say("holder %u is FENCED", h->n);
        return 1;
    }

    if (call->rejected) {
        sim_say("holder %u: call %d of record %zu is rejected", h->n, call->op,
                call->record[0]);
        ngx_polycard_dispatch_rejected(h->dispatch, clock);
        return 0;
    }

    if (call->op == NGX_POLYCARD_DISPATCH_NEXT
        || call->op == NGX_POLYCARD_DISPATCH_DUE)
    {
        call_add(call);

    } else {
        sim_say("holder %u: call %d of record %zu%s done", h->n, call->op,
                call->record[0], call->n > 1 ? " and others" : "");
    }

    ngx_polycard_dispatch_done(h->dispatch, clock, call->next);

    return 0;
}


static void
call_add(const scene_call_t *call)
{
    size_t                          i;
    scene_holder_t                 *h;
    scene_record_t                 *record;
    ngx_polycard_dispatch_record_t  r;

    h = call->holder;

    for (i = 0; i < call->n; i++) {
        record = &scene.record[call->record[i]];

        memset(&r, 0, sizeof(r));
        r.id.seq = record->id;
        r.data = (void *) (uintptr_t) call->record[i];
        r.key[0] = 'k';
        r.key[1] = '0' + record->key / 10;
        r.key[2] = '0' + record->key % 10;
        r.key_len = 3;
        r.held = (call->op == NGX_POLYCARD_DISPATCH_DUE);
        r.hold = !r.held && call->hold[i];
        r.attempts = r.held ? record->attempts : 0;

        if (ngx_polycard_dispatch_add(h->dispatch, &r) == NGX_POLYCARD_OK) {
            sim_say("holder %u reads record %zu%s", h->n,
                    call->record[i], r.held ? ", held" : "");
        }
    }
}
