
/*
 * Whether the Sentinels have another master: subscribes to each of them,
 * because the one that reports a failover may be cut off.  A message is only a
 * hint: they are asked then, and now and then without one.
 */


#ifndef _NGX_POLYCARD_REDIS_LOOKOUT_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_LOOKOUT_H_INCLUDED_


#include "market/market.h"
#include "redis/ask.h"


typedef struct ngx_polycard_lookout_s  ngx_polycard_lookout_t;

/* their answer, each time they are asked; ask has those of all of them */
typedef void (*ngx_polycard_lookout_pt)(void *data,
    const ngx_polycard_place_said_t *said, ngx_polycard_ask_t *ask);


/* lives as long as the cycle's pool, and runs until it is stopped; NULL: no
 * memory */
ngx_polycard_lookout_t *ngx_polycard_lookout_start(
    ngx_polycard_sentinels_t *sentinels, ngx_polycard_lookout_pt handler,
    void *data);

/* for good; lookout may be NULL */
void ngx_polycard_lookout_stop(ngx_polycard_lookout_t *lookout);


#endif /* _NGX_POLYCARD_REDIS_LOOKOUT_H_INCLUDED_ */
