
/*
 * Whether Sentinels say that the master is somewhere else now: each of them is
 * listened to, as the one that tells may be cut off.  What is heard is a hint:
 * they are asked then, and now and then without one.
 */


#ifndef _NGX_POLYCARD_REDIS_LOOKOUT_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_LOOKOUT_H_INCLUDED_


#include "market/market.h"
#include "redis/ask.h"


typedef struct ngx_polycard_lookout_s  ngx_polycard_lookout_t;

/* what they say, as often as they are asked */
typedef void (*ngx_polycard_lookout_pt)(void *data,
    const ngx_polycard_place_said_t *said);


/* as long as the cycle's pool, and running until it is stopped; NULL: no
 * memory */
ngx_polycard_lookout_t *ngx_polycard_lookout_start(
    ngx_polycard_sentinels_t *sentinels, ngx_polycard_lookout_pt handler,
    void *data);

/* for good; lookout may be NULL */
void ngx_polycard_lookout_stop(ngx_polycard_lookout_t *lookout);


#endif /* _NGX_POLYCARD_REDIS_LOOKOUT_H_INCLUDED_ */
