
/* Which call to the store is wanted, and what follows from it. */

#include "core/dispatch_internal.h"


/* each fills d->call and returns 1 if such a call is wanted */

typedef unsigned (*ngx_polycard_dispatch_store_pt)(ngx_polycard_dispatch_t *d,
    int64_t now);


static unsigned ngx_polycard_dispatch_store_accept(ngx_polycard_dispatch_t *d,
    int64_t now);
static unsigned ngx_polycard_dispatch_store_accept_held(
    ngx_polycard_dispatch_t *d, int64_t now);
static unsigned ngx_polycard_dispatch_store_refuse(ngx_polycard_dispatch_t *d,
    int64_t now);
static unsigned ngx_polycard_dispatch_store_hold(ngx_polycard_dispatch_t *d,
    int64_t now);
static unsigned ngx_polycard_dispatch_store_next(ngx_polycard_dispatch_t *d,
    int64_t now);
static unsigned ngx_polycard_dispatch_store_due(ngx_polycard_dispatch_t *d,
    int64_t now);
static size_t ngx_polycard_dispatch_store_count(
    const ngx_polycard_dispatch_t *d);
static void ngx_polycard_dispatch_store_begin(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_op_e op);
static void ngx_polycard_dispatch_store_put(ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_slot_t *slot);
static void ngx_polycard_dispatch_store_put_all(ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_slot_t *slot);
static int64_t ngx_polycard_dispatch_store_delay(
    const ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_call_t *call);
static void ngx_polycard_dispatch_store_free(ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_call_t *call);
static int64_t ngx_polycard_dispatch_store_min(int64_t one, int64_t other);


/* in turn, so that none has to wait until another has nothing to do */

static const ngx_polycard_dispatch_store_pt
    ngx_polycard_dispatch_store_calls[] =
{
    ngx_polycard_dispatch_store_accept,
    ngx_polycard_dispatch_store_accept_held,
    ngx_polycard_dispatch_store_refuse,
    ngx_polycard_dispatch_store_hold,
    ngx_polycard_dispatch_store_next,
    ngx_polycard_dispatch_store_due
};

#define NGX_POLYCARD_STORE_CALLS                                              \
    (sizeof(ngx_polycard_dispatch_store_calls)                                \
     / sizeof(ngx_polycard_dispatch_store_pt))


void
ngx_polycard_dispatch_wake(ngx_polycard_dispatch_t *d)
{
    d->woken = 1;
    d->end = 0;
    d->next_at = 0;
}


void
ngx_polycard_dispatch_rewind(ngx_polycard_dispatch_t *d)
{
    d->last.ms = 0;
    d->last.seq = 0;

    /* the pending one returns records after those to be read first */

    d->stale = d->given && d->call.op == NGX_POLYCARD_DISPATCH_NEXT;

    ngx_polycard_dispatch_wake(d);
}


const ngx_polycard_dispatch_call_t *
ngx_polycard_dispatch_call(ngx_polycard_dispatch_t *d, int64_t now)
{
    size_t  i;

    if (!d->running || d->given) {
        return NULL;
    }

    ngx_polycard_dispatch_outage_ripen(d, now);
    ngx_polycard_dispatch_outage_make_room(d, now);

    if (now < d->call_at) {
        return NULL;
    }

    /* one that failed is repeated */

    if (d->call.op != NGX_POLYCARD_DISPATCH_NONE) {
        d->given = 1;
        return &d->call;
    }

    for (i = 0; i < NGX_POLYCARD_STORE_CALLS; i++) {
        d->turn = (d->turn + 1) % NGX_POLYCARD_STORE_CALLS;

        if (ngx_polycard_dispatch_store_calls[d->turn](d, now)) {
            d->given = 1;
            return &d->call;
        }
    }

    return NULL;
}


static unsigned
ngx_polycard_dispatch_store_accept(ngx_polycard_dispatch_t *d, int64_t now)
{
    ngx_polycard_dispatch_link_t  *link;
    ngx_polycard_dispatch_slot_t  *slot;

    if (ngx_polycard_dispatch_list_empty(&d->accepted)) {
        return 0;
    }

    ngx_polycard_dispatch_store_begin(d, NGX_POLYCARD_DISPATCH_ACCEPT);

    for (link = d->accepted.next; link != &d->accepted; link = link->next) {

        if (d->call.n == NGX_POLYCARD_DISPATCH_BATCH) {
            break;
        }

        slot = (ngx_polycard_dispatch_slot_t *) link;
        ngx_polycard_dispatch_store_put(d, slot);
    }

    return 1;
}


static unsigned
ngx_polycard_dispatch_store_accept_held(ngx_polycard_dispatch_t *d,
    int64_t now)
{
    ngx_polycard_dispatch_slot_t  *slot;

    slot = ngx_polycard_dispatch_stuck_first(&d->accepted_held, now);

    if (slot == NULL) {
        return 0;
    }

    ngx_polycard_dispatch_store_begin(d, NGX_POLYCARD_DISPATCH_ACCEPT_HELD);
    ngx_polycard_dispatch_store_put(d, slot);

    return 1;
}


static unsigned
ngx_polycard_dispatch_store_refuse(ngx_polycard_dispatch_t *d, int64_t now)
{
    ngx_polycard_dispatch_slot_t  *slot;

    slot = ngx_polycard_dispatch_stuck_first(&d->counted, now);

    if (slot == NULL) {
        return 0;
    }

    ngx_polycard_dispatch_store_begin(d, slot->record.held
                                         ? NGX_POLYCARD_DISPATCH_REFUSE_HELD
                                         : NGX_POLYCARD_DISPATCH_REFUSE);
    ngx_polycard_dispatch_store_put_all(d, slot);

    d->call.delay = slot->due > now ? slot->due - now : 0;

    return 1;
}


static unsigned
ngx_polycard_dispatch_store_hold(ngx_polycard_dispatch_t *d, int64_t now)
{
    ngx_polycard_dispatch_key_t  *key;

    key = ngx_polycard_dispatch_stuck_crowded(d, now);

    if (key == NULL) {
        return 0;
    }

    ngx_polycard_dispatch_store_begin(d, NGX_POLYCARD_DISPATCH_HOLD);
    ngx_polycard_dispatch_store_put_all(d,
                                        ngx_polycard_dispatch_key_head(key));

    return 1;
}


static unsigned
ngx_polycard_dispatch_store_next(ngx_polycard_dispatch_t *d, int64_t now)
{
    if (!ngx_polycard_dispatch_store_room(d) || d->next_at > now) {
        return 0;
    }

    ngx_polycard_dispatch_store_begin(d, NGX_POLYCARD_DISPATCH_NEXT);

    /* if nothing of the outbox is here, nothing can come twice; but records
     * that were skipped must not block those that follow */

    if (d->noutbox == 0 && !d->more) {
        d->last.ms = 0;
        d->last.seq = 0;
    }

    d->call.after = d->last;
    d->call.count = ngx_polycard_dispatch_store_count(d);
    d->woken = 0;
    d->stale = 0;

    return 1;
}


static unsigned
ngx_polycard_dispatch_store_due(ngx_polycard_dispatch_t *d, int64_t now)
{
    if (!ngx_polycard_dispatch_store_room(d) || d->due_at > now) {
        return 0;
    }

    ngx_polycard_dispatch_store_begin(d, NGX_POLYCARD_DISPATCH_DUE);

    d->call.skip = ngx_polycard_dispatch_due_skip(d);
    d->call.count = ngx_polycard_dispatch_store_count(d);

    if (d->call.count > NGX_POLYCARD_DISPATCH_HEADS) {
        d->call.count = NGX_POLYCARD_DISPATCH_HEADS;
    }

    return 1;
}


/* both calls that read need the same room: neither can use up the other's */

unsigned
ngx_polycard_dispatch_store_room(const ngx_polycard_dispatch_t *d)
{
    return !d->draining && d->nfree >= (d->read + 1) / 2;
}


static size_t
ngx_polycard_dispatch_store_count(const ngx_polycard_dispatch_t *d)
{
    return d->nfree < d->read ? d->nfree : d->read;
}


static void
ngx_polycard_dispatch_store_begin(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_op_e op)
{
    d->call.op = op;
    d->call.n = 0;
}


static void
ngx_polycard_dispatch_store_put(ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_slot_t *slot)
{
    d->call.slot[d->call.n++] = slot - d->slots;
}


/* the record and those after it; none of them is sent any more: the first is
 * refused, or the key crowded */

static void
ngx_polycard_dispatch_store_put_all(ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_slot_t *slot)
{
    for ( /* void */ ; slot; slot = slot->next) {
        ngx_polycard_dispatch_store_put(d, slot);
    }
}


int
ngx_polycard_dispatch_add(ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_record_t *record)
{
    if (!d->running || d->nfree == 0) {
        return NGX_POLYCARD_ERROR;
    }

    if (!record->held) {

        if (d->stale) {
            return NGX_POLYCARD_ERROR;
        }

        d->last = record->id;
    }

    if (record->skip || ngx_polycard_dispatch_window_add(d, record) == NULL) {
        d->heads.left += (record->held != 0);
        return NGX_POLYCARD_ERROR;
    }

    d->heads.taken += (record->held != 0);

    return NGX_POLYCARD_OK;
}


void
ngx_polycard_dispatch_done(ngx_polycard_dispatch_t *d, int64_t now,
    int64_t next)
{
    int64_t                              time;
    const ngx_polycard_dispatch_call_t  *call;

    call = &d->call;

    switch (call->op) {

    case NGX_POLYCARD_DISPATCH_NONE:
        return;

    case NGX_POLYCARD_DISPATCH_NEXT:
        d->more = (next >= 0);
        d->end = (!d->more && !d->woken);
        d->next_at = d->end ? now + d->conf->poll : now;
        break;

    case NGX_POLYCARD_DISPATCH_DUE:
        ngx_polycard_dispatch_due_done(d, now, next);
        break;

    default:
        time = now + ngx_polycard_dispatch_store_delay(d, call);

        if (d->due_at > time) {
            d->due_at = time;
        }

        ngx_polycard_dispatch_store_free(d, call);
    }

    d->call.op = NGX_POLYCARD_DISPATCH_NONE;
    d->given = 0;
}


/* until the key's hold list has a head that is due */

static int64_t
ngx_polycard_dispatch_store_delay(const ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_call_t *call)
{
    switch (call->op) {

    case NGX_POLYCARD_DISPATCH_HOLD:
    case NGX_POLYCARD_DISPATCH_ACCEPT_HELD:
        return 0;

    case NGX_POLYCARD_DISPATCH_REFUSE:
    case NGX_POLYCARD_DISPATCH_REFUSE_HELD:
        return d->slots[call->slot[0]].record.attempts + 1 >= d->conf->attempts
               ? 0 : call->delay;

    default:
        return d->conf->poll;
    }
}


static void
ngx_polycard_dispatch_store_free(ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_call_t *call)
{
    size_t  i;

    for (i = 0; i < call->n; i++) {
        d->slots[call->slot[i]].key->stuck = 0;
        ngx_polycard_dispatch_window_free(d, &d->slots[call->slot[i]]);
    }
}


void
ngx_polycard_dispatch_failed(ngx_polycard_dispatch_t *d, int64_t now)
{
    if (d->call.op == NGX_POLYCARD_DISPATCH_NONE) {
        return;
    }

    d->given = 0;
    d->call_at = now + NGX_POLYCARD_DISPATCH_PAUSE;

    /* there may be another Redis by then: what was to be read may not be what
     * is to be read now */

    if (d->call.op <= NGX_POLYCARD_DISPATCH_DUE) {
        d->call.op = NGX_POLYCARD_DISPATCH_NONE;
    }

    ngx_polycard_dispatch_rewind(d);
}


int64_t
ngx_polycard_dispatch_store_time(const ngx_polycard_dispatch_t *d)
{
    int64_t  time;

    if (!d->running || d->given) {
        return NGX_POLYCARD_DISPATCH_NEVER;
    }

    if (d->call.op != NGX_POLYCARD_DISPATCH_NONE
        || !ngx_polycard_dispatch_list_empty(&d->accepted))
    {
        return d->call_at;
    }

    time = ngx_polycard_dispatch_stuck_time(&d->accepted_held);
    time = ngx_polycard_dispatch_store_min(time,
                                ngx_polycard_dispatch_stuck_time(&d->counted));
    time = ngx_polycard_dispatch_store_min(time,
                                  ngx_polycard_dispatch_stuck_crowded_time(d));

    if (ngx_polycard_dispatch_store_room(d)) {
        time = ngx_polycard_dispatch_store_min(time, d->next_at);
        time = ngx_polycard_dispatch_store_min(time, d->due_at);
    }

    return time < d->call_at ? d->call_at : time;
}


static int64_t
ngx_polycard_dispatch_store_min(int64_t one, int64_t other)
{
    return one < other ? one : other;
}


unsigned
ngx_polycard_dispatch_store_more(const ngx_polycard_dispatch_t *d, int64_t now)
{
    return ngx_polycard_dispatch_stuck_crowded(d, now)
           || ((!d->end || d->due_at <= now)
               && ngx_polycard_dispatch_store_room(d));
}
