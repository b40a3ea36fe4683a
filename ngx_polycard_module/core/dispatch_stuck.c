
/*
 * Calls that the store rejects.  A call for one key makes this key wait;
 * a call for all is made again in its turn, so that the others go on.
 */

#include "core/dispatch_internal.h"


static unsigned ngx_polycard_dispatch_stuck_oldest(
    const ngx_polycard_dispatch_slot_t *slot);
static ngx_polycard_dispatch_key_t *ngx_polycard_dispatch_stuck_crowd_key(
    ngx_polycard_dispatch_link_t *link);
static int64_t ngx_polycard_dispatch_stuck_hold_time(
    const ngx_polycard_dispatch_t *d, const ngx_polycard_dispatch_key_t *key);


void
ngx_polycard_dispatch_rejected(ngx_polycard_dispatch_t *d, int64_t now)
{
    ngx_polycard_dispatch_slot_t  *slot;

    switch (d->call.op) {

    case NGX_POLYCARD_DISPATCH_NONE:
        return;

    case NGX_POLYCARD_DISPATCH_NEXT:
    case NGX_POLYCARD_DISPATCH_DUE:
    case NGX_POLYCARD_DISPATCH_ACCEPT:
        d->call_at = now + NGX_POLYCARD_DISPATCH_PAUSE;
        break;

    default:
        slot = &d->slots[d->call.slot[0]];
        slot->key->stuck = now + d->conf->poll;
    }

    d->call.op = NGX_POLYCARD_DISPATCH_NONE;
    d->given = 0;
}


ngx_polycard_dispatch_slot_t *
ngx_polycard_dispatch_stuck_first(const ngx_polycard_dispatch_link_t *list,
    int64_t now)
{
    ngx_polycard_dispatch_link_t  *link;
    ngx_polycard_dispatch_slot_t  *slot;

    for (link = list->next; link != list; link = link->next) {
        slot = (ngx_polycard_dispatch_slot_t *) link;

        if (slot->key->stuck <= now
            && ngx_polycard_dispatch_stuck_oldest(slot))
        {
            return slot;
        }
    }

    return NULL;
}


/*
 * No record of a key goes on hold before all accepted ones of the key are
 * acknowledged: NEXT would move an accepted one to the hold list, after those
 * that are acknowledged then, and it would be sent again as the last.
 */

static unsigned
ngx_polycard_dispatch_stuck_oldest(const ngx_polycard_dispatch_slot_t *slot)
{
    return slot->key->first == slot;
}


int64_t
ngx_polycard_dispatch_stuck_time(const ngx_polycard_dispatch_link_t *list)
{
    int64_t                              time;
    const ngx_polycard_dispatch_link_t  *link;
    const ngx_polycard_dispatch_slot_t  *slot;

    time = NGX_POLYCARD_DISPATCH_NEVER;

    for (link = list->next; link != list; link = link->next) {
        slot = (const ngx_polycard_dispatch_slot_t *) link;

        if (slot->key->stuck < time) {
            time = slot->key->stuck;
        }
    }

    return time;
}


size_t
ngx_polycard_dispatch_stuck_held(const ngx_polycard_dispatch_link_t *list)
{
    size_t                               n;
    const ngx_polycard_dispatch_link_t  *link;
    const ngx_polycard_dispatch_slot_t  *slot;

    n = 0;

    for (link = list->next; link != list; link = link->next) {
        slot = (const ngx_polycard_dispatch_slot_t *) link;
        n += (slot->record.held && slot->key->stuck);
    }

    return n;
}


unsigned
ngx_polycard_dispatch_stuck_all(const ngx_polycard_dispatch_link_t *list)
{
    return ngx_polycard_dispatch_stuck_time(list) != 0;
}


ngx_polycard_dispatch_key_t *
ngx_polycard_dispatch_stuck_crowded(const ngx_polycard_dispatch_t *d,
    int64_t now)
{
    ngx_polycard_dispatch_key_t   *key;
    ngx_polycard_dispatch_link_t  *link;

    for (link = d->crowded.next; link != &d->crowded; link = link->next) {
        key = ngx_polycard_dispatch_stuck_crowd_key(link);

        if (ngx_polycard_dispatch_stuck_hold_time(d, key) <= now) {
            return key;
        }
    }

    return NULL;
}


int64_t
ngx_polycard_dispatch_stuck_crowded_time(const ngx_polycard_dispatch_t *d)
{
    int64_t                        time, other;
    ngx_polycard_dispatch_link_t  *link;

    time = NGX_POLYCARD_DISPATCH_NEVER;

    for (link = d->crowded.next; link != &d->crowded; link = link->next) {
        other = ngx_polycard_dispatch_stuck_hold_time(d,
                                  ngx_polycard_dispatch_stuck_crowd_key(link));

        if (other < time) {
            time = other;
        }
    }

    return time;
}


static ngx_polycard_dispatch_key_t *
ngx_polycard_dispatch_stuck_crowd_key(ngx_polycard_dispatch_link_t *link)
{
    return (ngx_polycard_dispatch_key_t *)
           ((u_char *) link - offsetof(ngx_polycard_dispatch_key_t, crowd));
}


/* when a key can go on hold, 0: now, NEVER: not while some is in flight or
 * unacknowledged */

static int64_t
ngx_polycard_dispatch_stuck_hold_time(const ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_key_t *key)
{
    const ngx_polycard_dispatch_slot_t  *head;

    head = ngx_polycard_dispatch_key_head(key);

    return (head && head->state == NGX_POLYCARD_DISPATCH_SLOT_WAITING
            && !d->draining
            && ngx_polycard_dispatch_stuck_oldest(head))
           ? key->stuck : NGX_POLYCARD_DISPATCH_NEVER;
}
