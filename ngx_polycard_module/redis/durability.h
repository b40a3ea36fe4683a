
/*
 * Whether Redis keeps its data: over a restart (AOF), when its memory
 * is full (eviction), and when a replica takes over (min-replicas-to-write).
 * The markets' clients and the waiting hooks exist nowhere else.
 */


#ifndef _NGX_POLYCARD_REDIS_DURABILITY_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_DURABILITY_H_INCLUDED_


#include "redis/store.h"


/*
 * Like the calls of store.h: the caller sets call->market, handler and data,
 * NGX_OK means that the handler will be called.  Then call->status is
 *
 *   NGX_OK        a weak set-up has been logged, by this worker
 *                 and once, until it changes
 *   NGX_DECLINED  INFO is not allowed: nothing is known, which is logged once
 *   503, 504      Redis could not be asked
 */
ngx_int_t ngx_polycard_durability_check(ngx_polycard_store_call_t *call);


#endif /* _NGX_POLYCARD_REDIS_DURABILITY_H_INCLUDED_ */
