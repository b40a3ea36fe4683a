
/*
 * The inside of the dispatcher, shared by its files: dispatch.c (the way of a
 * record), dispatch_window.c (records and keys in memory), dispatch_outage.c
 * (refusals and outages), dispatch_store.c (calls to the store),
 * dispatch_stuck.c (those that the store rejects), dispatch_due.c (heads of
 * hold lists) and dispatch_rate.c.
 */


#ifndef _NGX_POLYCARD_CORE_DISPATCH_INTERNAL_H_INCLUDED_
#define _NGX_POLYCARD_CORE_DISPATCH_INTERNAL_H_INCLUDED_


#include "core/dispatch.h"


#define NGX_POLYCARD_DISPATCH_NEVER  INT64_MAX

/* a pause after a local failure: no connection, no Redis */
#define NGX_POLYCARD_DISPATCH_PAUSE  100


typedef struct ngx_polycard_dispatch_link_s  ngx_polycard_dispatch_link_t;
typedef struct ngx_polycard_dispatch_slot_s  ngx_polycard_dispatch_slot_t;
typedef struct ngx_polycard_dispatch_key_s   ngx_polycard_dispatch_key_t;


/* of a list; the list itself is one, its next is the first member */

struct ngx_polycard_dispatch_link_s {
    ngx_polycard_dispatch_link_t  *prev;
    ngx_polycard_dispatch_link_t  *next;
};


typedef enum {
    NGX_POLYCARD_DISPATCH_SLOT_FREE = 0,
    NGX_POLYCARD_DISPATCH_SLOT_WAITING,
    NGX_POLYCARD_DISPATCH_SLOT_FLIGHT,
    NGX_POLYCARD_DISPATCH_SLOT_ORPHAN,     /* in flight since before stop() */
    NGX_POLYCARD_DISPATCH_SLOT_ACCEPTED,   /* the store does not know yet */
    NGX_POLYCARD_DISPATCH_SLOT_REFUSED,    /* provisionally */
    NGX_POLYCARD_DISPATCH_SLOT_COUNTED     /* for good; the store does not
                                            * know yet */
} ngx_polycard_dispatch_slot_e;


struct ngx_polycard_dispatch_slot_s {
    ngx_polycard_dispatch_link_t    link;    /* by state; must be first */
    ngx_polycard_dispatch_record_t  record;
    ngx_polycard_dispatch_slot_e    state;
    ngx_polycard_dispatch_key_t    *key;
    ngx_polycard_dispatch_slot_t   *next;    /* of the key, in order */
    int64_t                         due;     /* not again before, if refused */
    uint64_t                        outage;  /* ends of outages when sent */
    unsigned                        failed;  /* in this outage */
};


/*
 * Is in one list: `ready` or `failed` if its first record that is not
 * accepted may be sent, else `keys`.  A key that has more than its share of
 * the window sends nothing and takes nothing until its records are on hold.
 */

struct ngx_polycard_dispatch_key_s {
    ngx_polycard_dispatch_link_t    link;    /* must be first */
    ngx_polycard_dispatch_link_t    crowd;   /* in d->crowded, or alone */
    u_char                          name[NGX_POLYCARD_DISPATCH_KEY];
    size_t                          len;
    ngx_polycard_dispatch_key_t    *next;    /* in the hash table */
    ngx_polycard_dispatch_slot_t   *first;   /* in the order of the outbox */
    ngx_polycard_dispatch_slot_t   *last;
    size_t                          n;
    unsigned                        crowded; /* must go on hold first */
    unsigned                        behind;  /* records were left in the outbox
                                              * for that reason */
    unsigned                        overdue; /* one in its hold list */
    int64_t                         stuck;   /* a call was rejected: not again
                                              * before, 0: none */
};


/* what DUE has found since it began, see dispatch_due.c */

typedef struct {
    size_t                          taken;
    size_t                          left;    /* alone, or here already */
    unsigned                        all;     /* are gone through */
    size_t                          rank;    /* where it goes on then */
    int64_t                         all_at;  /* they will be */
} ngx_polycard_dispatch_heads_t;


typedef struct {
    int64_t                         level;   /* millionths of a record */
    int64_t                         top;
    int64_t                         last;    /* when it was filled */
} ngx_polycard_dispatch_rate_t;


struct ngx_polycard_dispatch_s {
    const ngx_polycard_dispatch_conf_t  *conf;

    ngx_polycard_dispatch_slot_t   *slots;
    ngx_polycard_dispatch_key_t    *pool;
    ngx_polycard_dispatch_key_t   **hash;
    size_t                          mask;
    size_t                          read;    /* records that NEXT asks for */
    size_t                          share;   /* of a key, in the window */
    uint64_t                        random;

    ngx_polycard_dispatch_link_t    free;    /* slots */
    ngx_polycard_dispatch_link_t    spare;   /* keys without a name */
    size_t                          nfree;
    size_t                          nheld;   /* records that were on hold */
    size_t                          noutbox; /* all others */

    /* keys */

    ngx_polycard_dispatch_link_t    ready;
    ngx_polycard_dispatch_link_t    failed;  /* to be probed when none is */
    ngx_polycard_dispatch_link_t    keys;
    ngx_polycard_dispatch_link_t    crowded; /* with more than their share */

    /* slots */

    ngx_polycard_dispatch_link_t    accepted;
    ngx_polycard_dispatch_link_t    accepted_held;
    ngx_polycard_dispatch_link_t    refused;
    ngx_polycard_dispatch_link_t    counted;

    /* sending */

    unsigned                        running;
    unsigned                        draining;
    size_t                          flight;
    int64_t                         send_at; /* not before */
    ngx_polycard_dispatch_rate_t    rate;

    /* outage */

    size_t                          failures;   /* 0: there is none */
    unsigned                        refusals;   /* it began with refusals */
    uint64_t                        outages;    /* that have ended */
    int64_t                         probe_at;
    ngx_polycard_dispatch_slot_t   *probe;
    size_t                          nstreak;    /* refused in a row */
    u_char                          streak[NGX_POLYCARD_DISPATCH_STREAK]
                                          [NGX_POLYCARD_DISPATCH_KEY];
    size_t                          streak_len[NGX_POLYCARD_DISPATCH_STREAK];

    /* store */

    ngx_polycard_dispatch_call_t    call;
    unsigned                        given;   /* under way */
    size_t                          turn;
    int64_t                         call_at; /* not before */
    int64_t                         next_at;
    int64_t                         due_at;
    ngx_polycard_dispatch_heads_t   heads;
    unsigned                        woken;
    unsigned                        stale;   /* a rewind came after NEXT */
    unsigned                        end;     /* of the outbox was seen */
    unsigned                        more;    /* not by the last NEXT */
    ngx_polycard_dispatch_id_t      last;    /* id that was read */
};


/* dispatch_window.c */

/* a list has a link as its head, and is empty after init; a member is removed
 * from the one that it is in */
void ngx_polycard_dispatch_list_init(ngx_polycard_dispatch_link_t *list);
unsigned ngx_polycard_dispatch_list_empty(
    const ngx_polycard_dispatch_link_t *list);
void ngx_polycard_dispatch_list_remove(ngx_polycard_dispatch_link_t *link);

/* takes the member from wherever it is */
void ngx_polycard_dispatch_list_append(ngx_polycard_dispatch_link_t *list,
    ngx_polycard_dispatch_link_t *link);

/* lays out the memory behind d, which has the size by conf; clear() releases
 * all records but those in flight, which become orphans */
void ngx_polycard_dispatch_window_init(ngx_polycard_dispatch_t *d);
void ngx_polycard_dispatch_window_clear(ngx_polycard_dispatch_t *d);

/* appends the record to its key; NULL: no room, or not its turn */
ngx_polycard_dispatch_slot_t *ngx_polycard_dispatch_window_add(
    ngx_polycard_dispatch_t *d, const ngx_polycard_dispatch_record_t *record);

/* the record leaves, its key may do so too */
void ngx_polycard_dispatch_window_free(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_slot_t *slot);

/* the first record of a key that is not accepted, or NULL */
ngx_polycard_dispatch_slot_t *ngx_polycard_dispatch_key_head(
    const ngx_polycard_dispatch_key_t *key);

/* the key sends and takes nothing until it is on hold */
void ngx_polycard_dispatch_key_crowd(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_key_t *key);

/* moves the key to the right list after a record changed its state; list is
 * that one if it may be sent */
void ngx_polycard_dispatch_key_place(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_key_t *key, ngx_polycard_dispatch_link_t *list);

/* dispatch_outage.c */

/* the outage, if there is one, is over: what was sent before is late */
void ngx_polycard_dispatch_outage_reset(ngx_polycard_dispatch_t *d);
/*
 * How a record in flight ended, a probe or not: it changes lists, and an outage
 * may begin, go on or end; retry_after in milliseconds, 0: none (contract, B22)
 */
void ngx_polycard_dispatch_outage_accepted(ngx_polycard_dispatch_t *d,
    int64_t now, ngx_polycard_dispatch_slot_t *slot);
void ngx_polycard_dispatch_outage_refused(ngx_polycard_dispatch_t *d,
    int64_t now, ngx_polycard_dispatch_slot_t *slot, int64_t retry_after);
void ngx_polycard_dispatch_outage_failed(ngx_polycard_dispatch_t *d,
    int64_t now, ngx_polycard_dispatch_slot_t *slot, int64_t retry_after);
void ngx_polycard_dispatch_outage_unreached(ngx_polycard_dispatch_t *d,
    int64_t now, ngx_polycard_dispatch_slot_t *slot);

/*
 * ripen() counts the refusals that are ripe, i.e. whose wait is over; ripe() is
 * the time when the next one will be, or NEVER
 */
void ngx_polycard_dispatch_outage_ripen(ngx_polycard_dispatch_t *d,
    int64_t now);
int64_t ngx_polycard_dispatch_outage_ripe(const ngx_polycard_dispatch_t *d,
    int64_t now);

/* drops a key that failed from the window, if that is full of such keys */
void ngx_polycard_dispatch_outage_make_room(ngx_polycard_dispatch_t *d,
    int64_t now);

/* dispatch_store.c */

/* when the next call may be wanted, or NEVER */
int64_t ngx_polycard_dispatch_store_time(const ngx_polycard_dispatch_t *d);

/* whether there is room to read some */
unsigned ngx_polycard_dispatch_store_room(const ngx_polycard_dispatch_t *d);

/* whether the store has records that were not read yet: of the outbox,
 * heads of hold lists, those of a key that is to go on hold */
unsigned ngx_polycard_dispatch_store_more(const ngx_polycard_dispatch_t *d,
    int64_t now);

/* dispatch_due.c */

/* the lease is acquired: heads are asked for at once */
void ngx_polycard_dispatch_due_start(ngx_polycard_dispatch_t *d, int64_t now);

/* after which head DUE begins */
size_t ngx_polycard_dispatch_due_skip(const ngx_polycard_dispatch_t *d);

/* DUE was made: sets when to call it again; next as in done() */
void ngx_polycard_dispatch_due_done(ngx_polycard_dispatch_t *d, int64_t now,
    int64_t next);

/* dispatch_stuck.c */

/* the first record in the list whose key is not stuck and has nothing that is
 * older and not acknowledged, or NULL */
ngx_polycard_dispatch_slot_t *ngx_polycard_dispatch_stuck_first(
    const ngx_polycard_dispatch_link_t *list, int64_t now);

/* when the first record in the list may be reported to the store, 0: now, or
 * NEVER */
int64_t ngx_polycard_dispatch_stuck_time(
    const ngx_polycard_dispatch_link_t *list);

/* whether the list has nothing but records of keys that are stuck */
unsigned ngx_polycard_dispatch_stuck_all(
    const ngx_polycard_dispatch_link_t *list);

/* records in the list that were on hold and whose key is stuck */
size_t ngx_polycard_dispatch_stuck_held(
    const ngx_polycard_dispatch_link_t *list);

/* a key that has too much here and can go on hold now, or NULL; when there is
 * one, 0: now, or NEVER */
ngx_polycard_dispatch_key_t *ngx_polycard_dispatch_stuck_crowded(
    const ngx_polycard_dispatch_t *d, int64_t now);
int64_t ngx_polycard_dispatch_stuck_crowded_time(
    const ngx_polycard_dispatch_t *d);

/* dispatch_rate.c */

/* a full bucket; take() returns 1 if a record may be sent now, and counts it */
void ngx_polycard_dispatch_rate_init(ngx_polycard_dispatch_t *d);
unsigned ngx_polycard_dispatch_rate_take(ngx_polycard_dispatch_t *d,
    int64_t now);

/* when the next record may be sent */
int64_t ngx_polycard_dispatch_rate_time(const ngx_polycard_dispatch_t *d);


#endif /* _NGX_POLYCARD_CORE_DISPATCH_INTERNAL_H_INCLUDED_ */
