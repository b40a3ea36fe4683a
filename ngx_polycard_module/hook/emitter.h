
/*
 * The emitter of a market: holds the lease among all workers of all hosts,
 * reads the outbox, sends each hook by a request of its own, and writes the
 * result to Redis.  core/dispatch decides which hook is sent when.
 */


#ifndef _NGX_POLYCARD_HOOK_EMITTER_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_EMITTER_H_INCLUDED_


#include "market/market.h"


/*
 * Starts the timers of a worker's emitter for the market, unless "emitter off"
 * forbids it; the lease decides whether it does anything.  NGX_ERROR: no
 * memory.
 */
ngx_int_t ngx_polycard_emitter_start(ngx_polycard_market_t *market);

/* something was written to the outbox, or may have been */
void ngx_polycard_emitter_wake(ngx_polycard_emitter_t *emitter);

/*
 * The worker exits, deliveries have ended or are aborted: releases the lease,
 * so that another worker takes over at once.
 */
void ngx_polycard_emitter_exit(ngx_polycard_market_t *market);

/* a call was refused: another worker holds the lease by now */
void ngx_polycard_emitter_fenced(ngx_polycard_emitter_t *emitter);


#endif /* _NGX_POLYCARD_HOOK_EMITTER_H_INCLUDED_ */
