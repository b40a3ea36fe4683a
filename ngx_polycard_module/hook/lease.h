
/*
 * The emitter's lease: one holder among all workers of all hosts.  The clock
 * of Redis decides when it ends; the holder counts from the moment when it
 * asked, and so never uses it longer than Redis grants it.  It is granted by
 * one server: at another one it has to be asked for again, and where another
 * worker has found the successor of the server it ends.  A host without hooks
 * is not granted it in a market that has hooks elsewhere.
 */


#ifndef _NGX_POLYCARD_HOOK_LEASE_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_LEASE_H_INCLUDED_


#include "counters/given.h"
#include "hook/settings.h"
#include "redis/store_emitter.h"


#define NGX_POLYCARD_LEASE_HOLDER  96


typedef struct {

    /* set by the owner */

    ngx_polycard_market_t      *market;
    void                      (*granted)(void *data);
    void                      (*lost)(void *data);
    void                      (*tick)(void *data);   /* about once a second */
    void                       *data;

    /* the lease's own */

    int64_t                     fence;      /* 0: not ours */
    ngx_msec_t                  asked;      /* when the current call began */
    ngx_msec_t                  renewed;    /* when the last good one did */
    ngx_polycard_server_t       server;     /* that answered it */

    ngx_event_t                 timer;
    ngx_polycard_store_call_t   call;

    unsigned                    known:1;    /* Redis knew of the market */
    unsigned                    emptied:1;  /* ... and does no more */
    unsigned                    reported:1; /* settings, since it is ours */
    ngx_polycard_given_t        given;      /* ... as was seen before */

    ngx_str_t                   holder;
    u_char                      text[NGX_POLYCARD_LEASE_HOLDER];

    ngx_polycard_settings_t     settings;   /* of this host */
} ngx_polycard_lease_t;


/* begins to ask for the lease */
void ngx_polycard_lease_start(ngx_polycard_lease_t *lease);

/* a call was refused as FENCED: the lease has another holder */
void ngx_polycard_lease_fenced(ngx_polycard_lease_t *lease);

/*
 * Whether it is ours yet: to be asked before anything is sent.  A worker that
 * stood still may hear of other things before its timer runs; lost() is called
 * then.
 */
ngx_uint_t ngx_polycard_lease_holds(ngx_polycard_lease_t *lease);

/*
 * Whether an exiting worker must stay: there is something that only the holder
 * can write.  It stays as long as it has the lease, and no longer.
 */
void ngx_polycard_lease_keep(ngx_polycard_lease_t *lease, unsigned keep);

/* releases it; lost() is called, and it is not requested any more */
void ngx_polycard_lease_release(ngx_polycard_lease_t *lease);


#endif /* _NGX_POLYCARD_HOOK_LEASE_H_INCLUDED_ */
