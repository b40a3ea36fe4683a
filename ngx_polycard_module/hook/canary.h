
/*
 * Do keyspace events arrive?  Switches them on when the subscriber listens,
 * then writes a key every few seconds, whose event must come back: a PING does
 * not show that events were switched off, that they are those of another
 * database, or that the server is a replica left behind.
 */


#ifndef _NGX_POLYCARD_HOOK_CANARY_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_CANARY_H_INCLUDED_


#include "redis/store_emitter.h"
#include "redis/subscriber.h"


typedef struct {

    /* set by the owner */

    ngx_polycard_market_t      *market;
    ngx_polycard_subscriber_t  *subscriber;
    void                      (*missed)(void *data);  /* events, perhaps */
    void                       *data;

    /* the canary's own */

    ngx_event_t                 timer;
    ngx_polycard_store_call_t   notifications;  /* asking for events */
    ngx_polycard_store_call_t   song;           /* writing the key */
    int64_t                     heard;          /* when, ms; 0: never */

    unsigned                    ready:1;        /* somebody listens */
    unsigned                    asked:1;        /* for events, since then */
    unsigned                    denied:1;       /* CONFIG is not allowed */
    unsigned                    sung:1;         /* not yet heard */
    unsigned                    deaf:1;         /* was logged */
} ngx_polycard_canary_t;


/* canary->market is set; the timer keeps no worker from ending */
void ngx_polycard_canary_start(ngx_polycard_canary_t *canary);
void ngx_polycard_canary_stop(ngx_polycard_canary_t *canary);

/* of the subscriber; missed() may be called */
void ngx_polycard_canary_ready(ngx_polycard_canary_t *canary);
void ngx_polycard_canary_lost(ngx_polycard_canary_t *canary);

/* its event has come */
void ngx_polycard_canary_heard(ngx_polycard_canary_t *canary);


#endif /* _NGX_POLYCARD_HOOK_CANARY_H_INCLUDED_ */
