
/* Shared by the files emitter*.c only. */


#ifndef _NGX_POLYCARD_HOOK_EMITTER_INTERNAL_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_EMITTER_INTERNAL_H_INCLUDED_


#include "hook/emitter.h"
#include "hook/doubt.h"
#include "hook/lease.h"
#include "hook/record.h"
#include "hook/told.h"
#include "hook/watch.h"


struct ngx_polycard_emitter_s {
    ngx_polycard_market_t               *market;
    ngx_polycard_lease_t                 lease;
    ngx_polycard_watch_t                *watch;
    ngx_polycard_told_t                  told;
    ngx_polycard_doubt_t                 doubt;

    ngx_polycard_dispatch_conf_t         conf;
    ngx_polycard_dispatch_t             *dispatch;
    int64_t                              retry[NGX_POLYCARD_HOOK_RETRY_MAX];

    ngx_event_t                          timer;
    ngx_event_t                          turn;      /* the next of the loop */
    ngx_uint_t                           sent;      /* since the last one */

    ngx_polycard_store_call_t            settings;
    ngx_polycard_store_call_t            call;
    const ngx_polycard_dispatch_call_t  *wanted;    /* that is under way */

    /* why the last attempt failed */
    u_char                               reason[NGX_POLYCARD_VERDICT_REASON];
    size_t                               reason_len;

    ngx_polycard_store_call_t            note;      /* of an outage */
    ngx_int_t                            noted;     /* 1: there is one, 0:
                                                       none, -1: unknown */

    ngx_msec_t                           aside;     /* when that was last
                                                       logged, 0: never */

    ngx_msec_t                           began;     /* the outage */

    unsigned                             outage:1;  /* was logged */
    unsigned                             ended:1;   /* so was its end */
    unsigned                             noting:1;  /* what note tells */
    unsigned                             judged:1;  /* an answer has counted */
    unsigned                             pumping:1;
    unsigned                             busy:1;    /* no free connection */
    unsigned                             unprintable:1; /* was logged */
};


/* does all that is possible now: sends, calls the store, sets the timer */
void ngx_polycard_emitter_pump(ngx_polycard_emitter_t *emitter);

/* begins requests, as many as dispatch and the limit of a turn allow; the rest
 * in the next turn */
void ngx_polycard_emitter_send(ngx_polycard_emitter_t *emitter);

/* logs and notes in Redis that an outage begins, or is over */
void ngx_polycard_emitter_outage(ngx_polycard_emitter_t *emitter);

/* about once a second: while it lasts, Redis has its reason and the time of the
 * next try, and says whether an operator wants that now */
void ngx_polycard_emitter_outage_tick(ngx_polycard_emitter_t *emitter);

/* logs that a record became a dead letter, as Redis has reported */
void ngx_polycard_emitter_aside(ngx_polycard_emitter_t *emitter,
    ngx_polycard_record_t *record);

/*
 * Whether a probe must look up the gateway's name again: it may have moved
 * while a server at its old address still answers.
 */
unsigned ngx_polycard_emitter_seeks(ngx_polycard_emitter_t *emitter);

/* makes the call that dispatch wants, one at a time */
void ngx_polycard_emitter_store(ngx_polycard_emitter_t *emitter);

/* the process ends: sends to Redis what was decided and is not written yet,
 * without waiting for a reply */
void ngx_polycard_emitter_flush(ngx_polycard_emitter_t *emitter);


#endif /* _NGX_POLYCARD_HOOK_EMITTER_INTERNAL_H_INCLUDED_ */
