
/*
 * Asks Redis Sentinels for the address of a master.  All are asked, because one
 * that is cut off may answer first and wrong; the highest config epoch wins.
 */


#ifndef _NGX_POLYCARD_REDIS_ASK_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_ASK_H_INCLUDED_


#include "market/market.h"
#include "redis/link.h"
#include "redis/place.h"


#define NGX_POLYCARD_ASK_REASON  128


typedef struct ngx_polycard_ask_s  ngx_polycard_ask_t;

/*
 * Called once, never before ngx_polycard_ask_start() returns.  said is NULL
 * if none of the Sentinels has returned an address: reason says why.
 */
typedef void (*ngx_polycard_ask_pt)(void *data,
    const ngx_polycard_place_said_t *said, const char *reason);


/* lives as long as the cycle's pool; NULL: no memory */
ngx_polycard_ask_t *ngx_polycard_ask_create(
    ngx_polycard_sentinels_t *sentinels, ngx_polycard_ask_pt handler,
    void *data);

/* starts again if it has not ended yet */
void ngx_polycard_ask_start(ngx_polycard_ask_t *ask);

/* the handler will not be called any more */
void ngx_polycard_ask_cancel(ngx_polycard_ask_t *ask);

/*
 * Of the last answer: does any of those with the highest epoch name this place?
 * Some may name a server by its address, and others by its name.
 */
ngx_uint_t ngx_polycard_ask_names(ngx_polycard_ask_t *ask,
    const ngx_polycard_place_said_t *place);

/* why there is no answer yet */
const char *ngx_polycard_ask_reason(ngx_polycard_ask_t *ask);


/*
 * The commands to a Sentinel, in memory of the pool: the address of the
 * master, in two replies, and the subscription to each switch.
 */
ngx_int_t ngx_polycard_sentinel_commands(ngx_pool_t *pool,
    ngx_polycard_sentinels_t *sentinels);


#endif /* _NGX_POLYCARD_REDIS_ASK_H_INCLUDED_ */
