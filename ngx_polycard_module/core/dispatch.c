
#include "core/dispatch_internal.h"

#include <string.h>


static ngx_polycard_dispatch_link_t *ngx_polycard_dispatch_candidates(
    ngx_polycard_dispatch_t *d);
static ngx_polycard_dispatch_slot_t *ngx_polycard_dispatch_land(
    ngx_polycard_dispatch_t *d, size_t n);
static int64_t ngx_polycard_dispatch_send_time(
    const ngx_polycard_dispatch_t *d);


ngx_polycard_dispatch_t *
ngx_polycard_dispatch_init(void *memory,
    const ngx_polycard_dispatch_conf_t *conf)
{
    ngx_polycard_dispatch_t  *d;

    d = memory;
    memset(d, 0, ngx_polycard_dispatch_size(conf));

    d->conf = conf;

    /* xorshift stays at 0 */
    d->random = conf->seed ? conf->seed : 1;

    ngx_polycard_dispatch_window_init(d);
    ngx_polycard_dispatch_rate_init(d);

    return d;
}


void
ngx_polycard_dispatch_start(ngx_polycard_dispatch_t *d, int64_t now)
{
    ngx_polycard_dispatch_stop(d);

    d->running = 1;
    d->draining = 0;
    d->send_at = now;
    d->call_at = now;
    d->next_at = now;
    d->end = 0;
    ngx_polycard_dispatch_due_start(d, now);
    ngx_polycard_dispatch_rewind(d);
}


void
ngx_polycard_dispatch_stop(ngx_polycard_dispatch_t *d)
{
    d->running = 0;
    d->given = 0;
    d->call.op = NGX_POLYCARD_DISPATCH_NONE;

    ngx_polycard_dispatch_window_clear(d);
    ngx_polycard_dispatch_outage_reset(d);
}


void
ngx_polycard_dispatch_drain(ngx_polycard_dispatch_t *d)
{
    d->draining = 1;
}


/* what is only read can be read again by the next holder */

unsigned
ngx_polycard_dispatch_idle(const ngx_polycard_dispatch_t *d)
{
    return d->flight == 0
           && d->call.op <= NGX_POLYCARD_DISPATCH_DUE
           && ngx_polycard_dispatch_list_empty(&d->accepted)
           && ngx_polycard_dispatch_stuck_all(&d->accepted_held)
           && ngx_polycard_dispatch_stuck_all(&d->counted);
}


const ngx_polycard_dispatch_record_t *
ngx_polycard_dispatch_send(ngx_polycard_dispatch_t *d, int64_t now,
    size_t *n)
{
    ngx_polycard_dispatch_key_t   *key;
    ngx_polycard_dispatch_link_t  *list;
    ngx_polycard_dispatch_slot_t  *slot;

    if (ngx_polycard_dispatch_send_time(d) > now
        || !ngx_polycard_dispatch_rate_take(d, now))
    {
        return NULL;
    }

    list = ngx_polycard_dispatch_candidates(d);
    key = (ngx_polycard_dispatch_key_t *) list->next;
    slot = ngx_polycard_dispatch_key_head(key);

    slot->state = NGX_POLYCARD_DISPATCH_SLOT_FLIGHT;
    slot->outage = d->outages;
    d->flight++;

    if (d->failures) {
        d->probe = slot;
    }

    ngx_polycard_dispatch_key_place(d, key, NULL);

    *n = slot - d->slots;

    return &slot->record;
}


/* keys that did not fail yet are probed first */

static ngx_polycard_dispatch_link_t *
ngx_polycard_dispatch_candidates(ngx_polycard_dispatch_t *d)
{
    return ngx_polycard_dispatch_list_empty(&d->ready) ? &d->failed
                                                       : &d->ready;
}


/* when the next record may be sent, as far as is known; NEVER: not without a
 * result or a record */

static int64_t
ngx_polycard_dispatch_send_time(const ngx_polycard_dispatch_t *d)
{
    int64_t  time, rate;

    if (!d->running || d->draining || d->flight >= d->conf->concurrency) {
        return NGX_POLYCARD_DISPATCH_NEVER;
    }

    time = d->send_at;

    if (d->failures) {

        if (d->probe || (ngx_polycard_dispatch_list_empty(&d->ready)
                         && ngx_polycard_dispatch_list_empty(&d->failed)))
        {
            return NGX_POLYCARD_DISPATCH_NEVER;
        }

        if (time < d->probe_at) {
            time = d->probe_at;
        }

    } else if (ngx_polycard_dispatch_list_empty(&d->ready)) {
        return NGX_POLYCARD_DISPATCH_NEVER;
    }

    rate = ngx_polycard_dispatch_rate_time(d);

    return time < rate ? rate : time;
}


void
ngx_polycard_dispatch_result(ngx_polycard_dispatch_t *d, int64_t now,
    size_t n, ngx_polycard_verdict_e verdict, int64_t retry_after)
{
    ngx_polycard_dispatch_slot_t  *slot;

    slot = ngx_polycard_dispatch_land(d, n);

    if (slot == NULL) {
        return;
    }

    switch (verdict) {

    case NGX_POLYCARD_VERDICT_ACCEPTED:
        ngx_polycard_dispatch_outage_accepted(d, now, slot);
        break;

    case NGX_POLYCARD_VERDICT_REFUSED:
        ngx_polycard_dispatch_outage_refused(d, now, slot, retry_after);
        break;

    default:
        ngx_polycard_dispatch_outage_failed(d, now, slot, retry_after);
    }
}


void
ngx_polycard_dispatch_unreached(ngx_polycard_dispatch_t *d, int64_t now,
    size_t n)
{
    ngx_polycard_dispatch_slot_t  *slot;

    slot = ngx_polycard_dispatch_land(d, n);

    if (slot) {
        ngx_polycard_dispatch_outage_unreached(d, now, slot);
    }
}


void
ngx_polycard_dispatch_unsent(ngx_polycard_dispatch_t *d, int64_t now, size_t n)
{
    ngx_polycard_dispatch_slot_t  *slot;

    slot = ngx_polycard_dispatch_land(d, n);

    if (slot == NULL) {
        return;
    }

    slot->state = NGX_POLYCARD_DISPATCH_SLOT_WAITING;
    ngx_polycard_dispatch_key_place(d, slot->key,
                                    slot->failed ? &d->failed : &d->ready);

    if (slot == d->probe) {
        d->probe = NULL;
    }

    d->send_at = now + NGX_POLYCARD_DISPATCH_PAUSE;
}


/* it is not in flight any more; NULL: an orphan, which is dropped */

static ngx_polycard_dispatch_slot_t *
ngx_polycard_dispatch_land(ngx_polycard_dispatch_t *d, size_t n)
{
    ngx_polycard_dispatch_slot_t  *slot;

    slot = &d->slots[n];
    d->flight--;

    if (slot->state == NGX_POLYCARD_DISPATCH_SLOT_ORPHAN) {
        ngx_polycard_dispatch_window_free(d, slot);
        return NULL;
    }

    return slot;
}


const ngx_polycard_dispatch_record_t *
ngx_polycard_dispatch_record(const ngx_polycard_dispatch_t *d, size_t n)
{
    return &d->slots[n].record;
}


int64_t
ngx_polycard_dispatch_timer(const ngx_polycard_dispatch_t *d, int64_t now)
{
    int64_t  time, other;

    time = ngx_polycard_dispatch_send_time(d);

    other = ngx_polycard_dispatch_store_time(d);
    time = time < other ? time : other;

    if (!d->given) {
        other = ngx_polycard_dispatch_outage_ripe(d, now);
        time = time < other ? time : other;
    }

    if (time == NGX_POLYCARD_DISPATCH_NEVER) {
        return -1;
    }

    return time > now ? time - now : 0;
}


void
ngx_polycard_dispatch_state(const ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_state_t *state)
{
    state->window = d->noutbox + d->nheld;
    state->flight = d->flight;
    state->failures = d->failures;
    state->probe = d->failures ? d->probe_at : 0;
}
