
/*
 * The endless walk over the whole keyspace, a few keys at a time: it finds the
 * changes that no event reported.
 */


#ifndef _NGX_POLYCARD_HOOK_SWEEP_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_SWEEP_H_INCLUDED_


#include "redis/store_emitter.h"


#define NGX_POLYCARD_SWEEP_CURSOR  40


typedef struct {

    /* set by the owner */

    ngx_polycard_market_t      *market;
    void                      (*found)(void *data);    /* hooks were written */
    void                      (*fenced)(void *data);
    void                       *data;

    /* the sweep's own */

    int64_t                     fence;
    ngx_uint_t                  pass;      /* index, groups, keys */
    ngx_uint_t                  hurry;     /* passes to be made faster */
    ngx_event_t                 timer;
    ngx_polycard_store_call_t   call;

    int64_t                     sent;      /* of the call, microseconds */
    int64_t                     way;       /* the least that it can take beside
                                              Redis' own time, 0: not known */
    int64_t                     debt;      /* of pauses, below 1 ms */

    ngx_str_t                   cursor;
    u_char                      text[NGX_POLYCARD_SWEEP_CURSOR];

    int64_t                     missed;    /* of this round: what only it */
    int64_t                     bad;       /* found, and what is not whole */
    ngx_polycard_store_call_t   round;     /* telling of one that is over */

    unsigned                    fast:1;    /* the next call is */
    unsigned                    closed:1;  /* the guard; was logged */
    unsigned                    unread:1;  /* values; was logged */
} ngx_polycard_sweep_t;


/* begins a round; awaited: with the keys, because addClient waits for them */
void ngx_polycard_sweep_start(ngx_polycard_sweep_t *sweep, int64_t fence,
    unsigned awaited);
void ngx_polycard_sweep_stop(ngx_polycard_sweep_t *sweep);

/* events were missed: a round from the beginning, faster than usual */
void ngx_polycard_sweep_hurry(ngx_polycard_sweep_t *sweep);


#endif /* _NGX_POLYCARD_HOOK_SWEEP_H_INCLUDED_ */
