
/*
 * The clients and groups to capture: those that keyspace events name, at
 * once, and all of them in turn (the sweep), since events can be lost.  The
 * function "capture" inside Redis writes the hooks.
 */


#ifndef _NGX_POLYCARD_HOOK_WATCH_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_WATCH_H_INCLUDED_


#include "market/market.h"


typedef struct ngx_polycard_watch_s  ngx_polycard_watch_t;


/* handlers: hooks may have been written; another worker has the lease
 * by now */

typedef void (*ngx_polycard_watch_pt)(ngx_polycard_emitter_t *emitter);


/* once per worker and market; NULL: no memory */
ngx_polycard_watch_t *ngx_polycard_watch_create(
    ngx_polycard_market_t *market, ngx_polycard_emitter_t *emitter,
    ngx_polycard_watch_pt wake, ngx_polycard_watch_pt fenced);

/*
 * The lease is acquired, with this fence; the functions have the settings.
 * awaited: addClient waits for a pass over all keys.
 */
void ngx_polycard_watch_start(ngx_polycard_watch_t *watch, int64_t fence,
    unsigned awaited);

/* the lease is lost, or the worker exits */
void ngx_polycard_watch_stop(ngx_polycard_watch_t *watch);


#endif /* _NGX_POLYCARD_HOOK_WATCH_H_INCLUDED_ */
