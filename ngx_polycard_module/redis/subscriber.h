
/*
 * Keyspace events of a market: one connection that only listens, held by the
 * worker whose emitter has the lease.  An event is a hint that something may
 * have changed, never a proof; what happens while the connection is not there
 * is not told later.
 */


#ifndef _NGX_POLYCARD_REDIS_SUBSCRIBER_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_SUBSCRIBER_H_INCLUDED_


#include "market/market.h"


/* the key, less the market's prefix, that the caller writes now and then */
#define NGX_POLYCARD_CANARY  "canary"


typedef struct ngx_polycard_subscriber_s  ngx_polycard_subscriber_t;


/*
 * Each may call any function of this file.
 *
 *   ready  all subscriptions are confirmed: every event from now on is told,
 *          as far as Redis sends it
 *   lost   after ready: events are missed from now on, until the next ready
 *   event  key is what follows the market's prefix ("client:380671112233",
 *          "group:7", "canary"), event its name ("hset"); both of any bytes,
 *          cut at 4096, valid during the call
 */

typedef struct {
    void  (*ready)(void *data);
    void  (*lost)(void *data);
    void  (*event)(void *data, const ngx_str_t *key, const ngx_str_t *event);
} ngx_polycard_subscriber_handlers_t;


/*
 * Once per worker and market: it lives as long as the cycle, started or not,
 * and handlers must, too.  NULL: no memory.
 */
ngx_polycard_subscriber_t *ngx_polycard_subscriber_create(
    ngx_polycard_market_t *market,
    const ngx_polycard_subscriber_handlers_t *handlers, void *data);

/* connects, now and whenever the connection is lost; no handler is called
 * before it returns */
void ngx_polycard_subscriber_start(ngx_polycard_subscriber_t *subscriber);

/* closes; no handler is called any more.  A leaving worker must call it */
void ngx_polycard_subscriber_stop(ngx_polycard_subscriber_t *subscriber);

/*
 * The connection is there but of no use (the canary does not come back): lost
 * is called if ready was, and a new one is made.  Does nothing while one is
 * being made.  The log is the caller's.
 */
void ngx_polycard_subscriber_reconnect(ngx_polycard_subscriber_t *subscriber);


#endif /* _NGX_POLYCARD_REDIS_SUBSCRIBER_H_INCLUDED_ */
