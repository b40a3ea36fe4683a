
/*
 * Broken keys, i.e. of a wrong type (contract, B27): logs which they are, and
 * resumes what they held up as soon as somebody has repaired them.
 */


#ifndef _NGX_POLYCARD_HOOK_BROKEN_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_BROKEN_H_INCLUDED_


#include "redis/store_emitter.h"


/* bytes of a line for names of keys; a longer list is truncated */
#define NGX_POLYCARD_BROKEN_NAMES  128


typedef struct {

    /* set by the owner */

    ngx_polycard_market_t      *market;
    void                      (*mended)(void *data);  /* there may be hooks */
    void                      (*fenced)(void *data);
    void                       *data;

    /* the watch's own */

    int64_t                     fence;
    ngx_event_t                 timer;
    ngx_polycard_store_call_t   call;

    /* as the log has it */

    int64_t                     count;     /* clients and groups held up */
    u_char                      names[NGX_POLYCARD_BROKEN_NAMES];
    size_t                      names_len; /* of keys of the market */
} ngx_polycard_broken_t;


/* the lease is acquired: checks every second */
void ngx_polycard_broken_start(ngx_polycard_broken_t *broken, int64_t fence);
void ngx_polycard_broken_stop(ngx_polycard_broken_t *broken);


#endif /* _NGX_POLYCARD_HOOK_BROKEN_H_INCLUDED_ */
