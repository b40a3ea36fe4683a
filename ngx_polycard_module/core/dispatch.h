
/*
 * Which hook may be sent now: order per client and group, concurrency, rate,
 * refusals, outage and back-off (contract, B12, B13, B22).
 *
 * A state machine of the worker that holds the emitter's lease.  It is passed
 * the time (monotonic milliseconds) and does no I/O: the caller
 * sends the records that it returns, makes the calls to the store that it
 * wants, and reports the results of both.  After every event it calls send()
 * until that is NULL, then call(), then timer() for the time of the next event.
 *
 *
 * Records.  A window of records that have been read: from the outbox, or heads
 * of hold lists that are due.  Records of one key (a phone, "group:<id>") go
 * in the order of the outbox, one in flight at a time; keys do not wait for
 * each other.  The next record of a key may be sent as soon as the gateway has
 * accepted the one before, whether or not the store knows that already:
 *
 *   A worker that takes over begins with the oldest record that was not
 *   acknowledged.  The gateway may thus see A, B, A, B, but never B before
 *   the first A.  A receiver that drops repeated webhook-ids sees the right
 *   order; one that does not ends with the right state, because they are
 *   acknowledged in order: after a repeated A each newer record is repeated.
 *   (Only a late request of a holder that lost its lease can arrive last.)
 *
 * The records of a key that has more than its share of the window are put on
 * hold: they come back from there one by one, and leave room for others.
 *
 *
 * The store.  One call at a time; all are fenced by the lease; all may be
 * repeated, because the answer to one may be lost.  A key is on hold when its
 * hold list, which is in the order of the ids, has members.
 *
 *   NEXT          up to count outbox records after an id.  Those of keys on
 *                 hold go to their list instead.
 *   DUE           up to count heads of hold lists whose time has come, the
 *                 longest due first without the first skip, with the attempts
 *                 counted so far.  Those that are here already are the longest
 *                 due, unless some were not returned before: if they turn up
 *                 after skip, all heads are gone through from the first.
 *   ACCEPT        removes records from the outbox, or from the hold lists of
 *                 their keys: NEXT may have moved them there since, when an
 *                 older record was requeued.
 *   REFUSE        moves a record (slot[0]) and the later ones of its key that
 *                 are in the window (slot[1] ...) from the outbox to the hold
 *                 list; attempts 1; due after delay.  With conf.attempts 1 the
 *                 record goes to `dead`, the others are due at once.
 *   HOLD          moves the records of a key from the outbox to the hold list;
 *                 attempts 0; due at once.
 *   ACCEPT_HELD   removes the head of a list; the next one is due at once.
 *   REFUSE_HELD   the head, if it still has these attempts: one more, due
 *                 after delay; at conf.attempts it goes to `dead` and the next
 *                 head is due at once.
 *
 * While a key has records in the window, a head of its hold list is left
 * alone: it is newer than they are, or has been requeued.
 *
 * A call that the store rejects, because a helper key of that key is broken,
 * stops this key only: nothing of it is sent, and the call is wanted again
 * every conf.poll (contract, B27).  NEXT returns such a key's records with
 * `hold`, and with `skip` those that it can neither return nor move.
 *
 *
 * Refusals.  A refused record waits for conf.retry in any case, so the refusal
 * is at first provisional: kept in the window, not yet reported to the store.
 * It counts as soon as the gateway accepts anything, or when the wait is over
 * and no other key can be tried.  When 20 different keys are refused with
 * nothing accepted in between, that is an outage, the provisional refusals are
 * void and their records wait as if they had never been sent: a gateway that
 * refuses everything makes no dead letters.
 *
 *
 * Outage.  It begins with an outage verdict or with those 20 refusals.  What
 * is in flight is awaited, else only one probe at a time is sent, first
 * after conf.retry[0], then after the waits that follow; Retry-After replaces
 * a wait.  Probes are records of keys that did not fail yet, then of those
 * that did, in turn.  How a probe ends:
 *
 *   accepted      the outage is over.  What failed meanwhile with an outage
 *                 verdict for another key counts as a refusal of that record.
 *   refused       one refusal, as above.  A gateway that judges a message is
 *                 working: the outage is over, unless it began with refusals
 *                 (then the refusal is void).  Nothing else counts.
 *   outage        it goes on, with the next wait.
 *
 * Only the acceptance of a probe counts: a record that was sent before the
 * outage and is accepted after its beginning is acknowledged, but does not end
 * it.  What was sent before the end of an outage and fails afterwards is sent
 * again.  Bad messages are distinguished from a bad gateway as long as the
 * window has room for a good one; if all of it has failed, keys are dropped to
 * read others.
 *
 *
 * Lease lost (FENCED): ngx_polycard_dispatch_stop() drops everything.  Records
 * in flight are then orphans: they keep their key and their place among
 * conf.concurrency busy until they end, and their results are ignored.
 */


#ifndef _NGX_POLYCARD_CORE_DISPATCH_H_INCLUDED_
#define _NGX_POLYCARD_CORE_DISPATCH_H_INCLUDED_


#include "core/verdict.h"


/* "group:" and 16 digits is the longest key */
#define NGX_POLYCARD_DISPATCH_KEY     24

/* refusals of so many different keys in a row are an outage */
#define NGX_POLYCARD_DISPATCH_STREAK  20

/* records in one call to the store, at most */
#define NGX_POLYCARD_DISPATCH_BATCH   64

/* heads that DUE asks for, at most: each takes Redis as long as a small call */
#define NGX_POLYCARD_DISPATCH_HEADS   8


typedef struct ngx_polycard_dispatch_s  ngx_polycard_dispatch_t;


/* the id of a record in a stream of Redis: "ms-seq" */

typedef struct {
    uint64_t                   ms;
    uint64_t                   seq;
} ngx_polycard_dispatch_id_t;


typedef struct {
    size_t                     window;       /* records here, at least 16 */
    size_t                     concurrency;  /* records in flight */
    size_t                     rate;         /* per 1000 s, 0: no limit */
    size_t                     attempts;     /* refusals until a record dies */
    const int64_t             *retry;        /* waits, milliseconds */
    size_t                     nretry;       /* at least 1 */
    int64_t                    poll;         /* looks at the store, ms */
    uint64_t                   seed;         /* of the random numbers */

    /* called once for each record that add() took, when it leaves the window;
     * data is the caller's, see below */
    void                     (*release)(void *data);
} ngx_polycard_dispatch_conf_t;


typedef struct {
    ngx_polycard_dispatch_id_t  id;
    u_char                      key[NGX_POLYCARD_DISPATCH_KEY];
    size_t                      key_len;
    size_t                      attempts;  /* of a held one, so far */
    unsigned                    held;      /* from DUE, not from NEXT */
    unsigned                    hold;      /* of NEXT: to go on hold unsent */
    unsigned                    skip;      /* of NEXT: to be passed over */
    void                       *data;      /* whatever the caller keeps */
} ngx_polycard_dispatch_record_t;


typedef enum {
    NGX_POLYCARD_DISPATCH_NONE = 0,
    NGX_POLYCARD_DISPATCH_NEXT,
    NGX_POLYCARD_DISPATCH_DUE,
    NGX_POLYCARD_DISPATCH_ACCEPT,
    NGX_POLYCARD_DISPATCH_REFUSE,
    NGX_POLYCARD_DISPATCH_HOLD,
    NGX_POLYCARD_DISPATCH_ACCEPT_HELD,
    NGX_POLYCARD_DISPATCH_REFUSE_HELD
} ngx_polycard_dispatch_op_e;


typedef struct {
    ngx_polycard_dispatch_op_e  op;

    ngx_polycard_dispatch_id_t  after;     /* NEXT */
    size_t                      skip;      /* DUE: heads before the first */
    size_t                      count;     /* both */

    /* the other calls: records, of one key except for ACCEPT */
    size_t                      slot[NGX_POLYCARD_DISPATCH_BATCH];
    size_t                      n;
    int64_t                     delay;     /* REFUSE, REFUSE_HELD */
} ngx_polycard_dispatch_call_t;


/* the memory that a dispatcher needs; conf is kept by reference */
size_t ngx_polycard_dispatch_size(const ngx_polycard_dispatch_conf_t *conf);
ngx_polycard_dispatch_t *ngx_polycard_dispatch_init(void *memory,
    const ngx_polycard_dispatch_conf_t *conf);

/* the lease is acquired; the lease is lost.  A later answer to a call returned
 * before must be discarded */
void ngx_polycard_dispatch_start(ngx_polycard_dispatch_t *d, int64_t now);
void ngx_polycard_dispatch_stop(ngx_polycard_dispatch_t *d);

/* stops reading and sending; what is in flight is awaited and
 * acknowledged.  When idle nothing is in flight, and all decisions are
 * written: the lease may be released */
void ngx_polycard_dispatch_drain(ngx_polycard_dispatch_t *d);
unsigned ngx_polycard_dispatch_idle(const ngx_polycard_dispatch_t *d);

/* something changed in the outbox; or the connection to Redis is a new one,
 * and the outbox must be read from its beginning */
void ngx_polycard_dispatch_wake(ngx_polycard_dispatch_t *d);
void ngx_polycard_dispatch_rewind(ngx_polycard_dispatch_t *d);

/*
 * The record to be sent now, or NULL.  To be called until NULL.  *slot
 * identifies it in result() and in calls.  The attempt's number is
 * attempts + 1.
 */
const ngx_polycard_dispatch_record_t *ngx_polycard_dispatch_send(
    ngx_polycard_dispatch_t *d, int64_t now, size_t *slot);

/* What the gateway answered to the record in this slot, which send() returned;
 * retry_after in milliseconds, 0: none */
void ngx_polycard_dispatch_result(ngx_polycard_dispatch_t *d, int64_t now,
    size_t slot, ngx_polycard_verdict_e verdict, int64_t retry_after);

/*
 * There was no connection: an outage, but the gateway has not seen the record,
 * which is not to blame: it does not count as refused when the outage ends
 * (contract, B22)
 */
void ngx_polycard_dispatch_unreached(ngx_polycard_dispatch_t *d, int64_t now,
    size_t slot);

/* the request was not even begun, or aborted: that was no attempt */
void ngx_polycard_dispatch_unsent(ngx_polycard_dispatch_t *d, int64_t now,
    size_t slot);

/* the record in a slot that send() or a call named; the dispatcher's */
const ngx_polycard_dispatch_record_t *ngx_polycard_dispatch_record(
    const ngx_polycard_dispatch_t *d, size_t slot);

/*
 * The call to be made now, or NULL; NULL also while one is pending.
 * It is valid until one of the three below reports its result.
 */
const ngx_polycard_dispatch_call_t *ngx_polycard_dispatch_call(
    ngx_polycard_dispatch_t *d, int64_t now);

/*
 * A record of the answer to NEXT or DUE, before done().  NGX_POLYCARD_ERROR:
 * not taken (it is here already, its turn is later, or it has `skip`); then
 * the caller still owns data.
 */
int ngx_polycard_dispatch_add(ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_record_t *record);

/*
 * The call was made.  next, of NEXT: 0 if there is more to read,
 * else -1; of DUE: milliseconds until the first head that was not returned is
 * due, 0: it is due, -1: there is none.
 */
void ngx_polycard_dispatch_done(ngx_polycard_dispatch_t *d, int64_t now,
    int64_t next);

/* it failed, or its result is unknown: the same call is wanted again soon */
void ngx_polycard_dispatch_failed(ngx_polycard_dispatch_t *d, int64_t now);

/* the store rejected it: its key waits, others go on */
void ngx_polycard_dispatch_rejected(ngx_polycard_dispatch_t *d, int64_t now);

/*
 * Milliseconds until send() or call() may have something new, if nothing else
 * happens; -1: never.
 */
int64_t ngx_polycard_dispatch_timer(const ngx_polycard_dispatch_t *d,
    int64_t now);


/* in an outage: an operator wants the next probe now, whatever was told */
void ngx_polycard_dispatch_probe(ngx_polycard_dispatch_t *d, int64_t now);


/* for the status page */

typedef struct {
    size_t                     window;     /* records in the window */
    size_t                     flight;     /* in flight, orphans included */
    size_t                     failures;   /* of the outage so far, 0: none */
    int64_t                    probe;      /* when the next probe goes */
} ngx_polycard_dispatch_state_t;


/* the state as it is now, at any time */
void ngx_polycard_dispatch_state(const ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_state_t *state);


#endif /* _NGX_POLYCARD_CORE_DISPATCH_H_INCLUDED_ */
