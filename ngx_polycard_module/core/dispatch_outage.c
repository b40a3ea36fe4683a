
/* The consequences of refusals and failures (contract, B22); see dispatch.h. */

#include "core/dispatch_internal.h"

#include <string.h>


static void ngx_polycard_dispatch_outage_end(ngx_polycard_dispatch_t *d,
    int64_t now, unsigned accepted);
static void ngx_polycard_dispatch_outage_add(ngx_polycard_dispatch_t *d,
    int64_t now, ngx_polycard_dispatch_slot_t *slot, unsigned blamed,
    int64_t retry_after);
static void ngx_polycard_dispatch_outage_go_on(ngx_polycard_dispatch_t *d,
    int64_t now, const ngx_polycard_dispatch_slot_t *slot,
    int64_t retry_after);
static void ngx_polycard_dispatch_outage_delay(ngx_polycard_dispatch_t *d,
    int64_t time);
static unsigned ngx_polycard_dispatch_outage_streak(ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_key_t *key);
static void ngx_polycard_dispatch_outage_void(ngx_polycard_dispatch_t *d);
static void ngx_polycard_dispatch_outage_return(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_slot_t *slot, unsigned failed,
    ngx_polycard_dispatch_link_t *list);
static void ngx_polycard_dispatch_outage_count(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_slot_t *slot);
static void ngx_polycard_dispatch_outage_count_refused(
    ngx_polycard_dispatch_t *d, int64_t now);
static int64_t ngx_polycard_dispatch_outage_wait(ngx_polycard_dispatch_t *d,
    size_t failures, int64_t retry_after);


void
ngx_polycard_dispatch_outage_reset(ngx_polycard_dispatch_t *d)
{
    d->failures = 0;
    d->refusals = 0;
    d->nstreak = 0;
    d->probe = NULL;
    d->outages++;
}


void
ngx_polycard_dispatch_outage_accepted(ngx_polycard_dispatch_t *d, int64_t now,
    ngx_polycard_dispatch_slot_t *slot)
{
    slot->state = NGX_POLYCARD_DISPATCH_SLOT_ACCEPTED;
    ngx_polycard_dispatch_list_append(slot->record.held ? &d->accepted_held
                                                        : &d->accepted,
                                      &slot->link);
    ngx_polycard_dispatch_key_place(d, slot->key, &d->ready);

    d->nstreak = 0;
    ngx_polycard_dispatch_outage_count_refused(d, NGX_POLYCARD_DISPATCH_NEVER);

    if (slot == d->probe) {
        ngx_polycard_dispatch_outage_end(d, now, 1);
    }
}


void
ngx_polycard_dispatch_outage_refused(ngx_polycard_dispatch_t *d, int64_t now,
    ngx_polycard_dispatch_slot_t *slot, int64_t retry_after)
{
    if (ngx_polycard_dispatch_outage_streak(d, slot->key)) {
        ngx_polycard_dispatch_outage_void(d);
        d->refusals = 1;
    }

    if (d->refusals) {
        ngx_polycard_dispatch_outage_return(d, slot, 0, &d->failed);
        ngx_polycard_dispatch_outage_go_on(d, now, slot, retry_after);
        return;
    }

    slot->state = NGX_POLYCARD_DISPATCH_SLOT_REFUSED;
    slot->due = now
                + ngx_polycard_dispatch_outage_wait(d,
                                                    slot->record.attempts + 1,
                                                    retry_after);
    ngx_polycard_dispatch_list_append(&d->refused, &slot->link);
    ngx_polycard_dispatch_key_place(d, slot->key, NULL);

    if (slot == d->probe) {
        ngx_polycard_dispatch_outage_end(d, now, 0);
    }
}


void
ngx_polycard_dispatch_outage_failed(ngx_polycard_dispatch_t *d, int64_t now,
    ngx_polycard_dispatch_slot_t *slot, int64_t retry_after)
{
    ngx_polycard_dispatch_outage_add(d, now, slot, 1, retry_after);
}


void
ngx_polycard_dispatch_outage_unreached(ngx_polycard_dispatch_t *d,
    int64_t now, ngx_polycard_dispatch_slot_t *slot)
{
    ngx_polycard_dispatch_outage_add(d, now, slot, slot->failed, 0);
}


/*
 * What was sent before the end of an outage and fails afterwards belongs to
 * that outage: it is sent again, and does not begin another one.
 */

static void
ngx_polycard_dispatch_outage_add(ngx_polycard_dispatch_t *d, int64_t now,
    ngx_polycard_dispatch_slot_t *slot, unsigned blamed, int64_t retry_after)
{
    unsigned  late;

    late = (slot->outage != d->outages);

    if (late && d->failures == 0) {
        ngx_polycard_dispatch_outage_return(d, slot, 0, &d->ready);
        return;
    }

    ngx_polycard_dispatch_outage_return(d, slot, blamed && !late, &d->failed);
    ngx_polycard_dispatch_outage_go_on(d, now, slot, retry_after);
}


/* After an answer that was no acceptance: the outage begins, or goes on.  A
 * probe in flight stays the only one, whatever other answers arrive. */

static void
ngx_polycard_dispatch_outage_go_on(ngx_polycard_dispatch_t *d, int64_t now,
    const ngx_polycard_dispatch_slot_t *slot, int64_t retry_after)
{
    if (d->failures == 0) {
        d->probe_at = 0;
    }

    if (d->failures == 0 || slot == d->probe) {
        d->failures++;
        d->probe = NULL;
        now += ngx_polycard_dispatch_outage_wait(d, d->failures, retry_after);
        ngx_polycard_dispatch_outage_delay(d, now);

    } else if (retry_after) {
        ngx_polycard_dispatch_outage_delay(d, now + retry_after);
    }
}


/* never to an earlier time: an earlier Retry-After still holds */

static void
ngx_polycard_dispatch_outage_delay(ngx_polycard_dispatch_t *d, int64_t time)
{
    if (d->probe_at < time) {
        d->probe_at = time;
    }
}


void
ngx_polycard_dispatch_probe(ngx_polycard_dispatch_t *d, int64_t now)
{
    if (d->failures && d->probe_at > now) {
        d->probe_at = now;
    }
}


static void
ngx_polycard_dispatch_outage_end(ngx_polycard_dispatch_t *d, int64_t now,
    unsigned accepted)
{
    int64_t                        wait;
    ngx_polycard_dispatch_key_t   *key;
    ngx_polycard_dispatch_slot_t  *slot;

    d->failures = 0;
    d->refusals = 0;
    d->probe = NULL;
    d->outages++;

    while (!ngx_polycard_dispatch_list_empty(&d->failed)) {
        key = (ngx_polycard_dispatch_key_t *) d->failed.next;
        slot = ngx_polycard_dispatch_key_head(key);

        if (accepted && slot->failed) {
            wait = ngx_polycard_dispatch_outage_wait(d,
                                                 slot->record.attempts + 1, 0);
            slot->due = now + wait;
            ngx_polycard_dispatch_outage_count(d, slot);

        } else {
            ngx_polycard_dispatch_outage_return(d, slot, 0, &d->ready);
        }
    }
}


/* notes a refusal of the key; whether enough different keys were refused */

static unsigned
ngx_polycard_dispatch_outage_streak(ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_key_t *key)
{
    size_t  i;

    for (i = 0; i < d->nstreak; i++) {
        if (d->streak_len[i] == key->len
            && memcmp(d->streak[i], key->name, key->len) == 0)
        {
            break;
        }
    }

    if (i == d->nstreak && i < NGX_POLYCARD_DISPATCH_STREAK) {
        memcpy(d->streak[i], key->name, key->len);
        d->streak_len[i] = key->len;
        d->nstreak++;
    }

    return d->nstreak == NGX_POLYCARD_DISPATCH_STREAK;
}


static void
ngx_polycard_dispatch_outage_void(ngx_polycard_dispatch_t *d)
{
    ngx_polycard_dispatch_slot_t  *slot;

    while (!ngx_polycard_dispatch_list_empty(&d->refused)) {
        slot = (ngx_polycard_dispatch_slot_t *) d->refused.next;
        ngx_polycard_dispatch_outage_return(d, slot, 0, &d->failed);
    }
}


/* the record waits again */

static void
ngx_polycard_dispatch_outage_return(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_slot_t *slot, unsigned failed,
    ngx_polycard_dispatch_link_t *list)
{
    slot->state = NGX_POLYCARD_DISPATCH_SLOT_WAITING;
    slot->failed = failed;
    ngx_polycard_dispatch_list_remove(&slot->link);
    ngx_polycard_dispatch_key_place(d, slot->key, list);
}


static void
ngx_polycard_dispatch_outage_count(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_slot_t *slot)
{
    slot->state = NGX_POLYCARD_DISPATCH_SLOT_COUNTED;
    ngx_polycard_dispatch_list_append(&d->counted, &slot->link);
    ngx_polycard_dispatch_key_place(d, slot->key, NULL);
}


/* those whose wait is over */

static void
ngx_polycard_dispatch_outage_count_refused(ngx_polycard_dispatch_t *d,
    int64_t now)
{
    ngx_polycard_dispatch_link_t  *link, *next;
    ngx_polycard_dispatch_slot_t  *slot;

    for (link = d->refused.next; link != &d->refused; link = next) {
        next = link->next;
        slot = (ngx_polycard_dispatch_slot_t *) link;

        if (slot->due <= now) {
            ngx_polycard_dispatch_outage_count(d, slot);
        }
    }
}


void
ngx_polycard_dispatch_outage_ripen(ngx_polycard_dispatch_t *d, int64_t now)
{
    if (ngx_polycard_dispatch_outage_ripe(d, now) <= now) {
        ngx_polycard_dispatch_outage_count_refused(d, now);
    }
}


/* not while there are other keys to try, which did not fail yet */

int64_t
ngx_polycard_dispatch_outage_ripe(const ngx_polycard_dispatch_t *d,
    int64_t now)
{
    int64_t                              time;
    const ngx_polycard_dispatch_link_t  *link;
    const ngx_polycard_dispatch_slot_t  *slot;

    time = NGX_POLYCARD_DISPATCH_NEVER;

    if (d->draining || d->flight
        || !ngx_polycard_dispatch_list_empty(&d->ready)
        || ngx_polycard_dispatch_store_more(d, now))
    {
        return time;
    }

    for (link = d->refused.next; link != &d->refused; link = link->next) {
        slot = (const ngx_polycard_dispatch_slot_t *) link;

        if (slot->due < time) {
            time = slot->due;
        }
    }

    return time;
}


/*
 * A window full of keys that failed would leave no room for one that would be
 * accepted: one of them is put back.
 */

void
ngx_polycard_dispatch_outage_make_room(ngx_polycard_dispatch_t *d, int64_t now)
{
    ngx_polycard_dispatch_key_t  *key;

    if (d->failures == 0 || d->flight || ngx_polycard_dispatch_store_room(d)
        || !ngx_polycard_dispatch_list_empty(&d->ready)
        || ngx_polycard_dispatch_stuck_crowded(d, now)
        || ngx_polycard_dispatch_list_empty(&d->failed))
    {
        return;
    }

    key = (ngx_polycard_dispatch_key_t *) d->failed.next;

    if (key->first->record.held) {
        ngx_polycard_dispatch_window_free(d, key->first);

    } else {
        ngx_polycard_dispatch_key_crowd(d, key);
    }
}


static int64_t
ngx_polycard_dispatch_outage_wait(ngx_polycard_dispatch_t *d, size_t failures,
    int64_t retry_after)
{
    if (retry_after) {
        return retry_after;
    }

    /* xorshift */

    d->random ^= d->random << 13;
    d->random ^= d->random >> 7;
    d->random ^= d->random << 17;

    return ngx_polycard_verdict_wait(d->conf->retry, d->conf->nretry, failures,
                                     (uint32_t) (d->random >> 16));
}
