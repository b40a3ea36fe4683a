
/*
 * Keyspace events of a market: one connection that only listens, held by the
 * emitter.  An event is a hint that something may have changed, not a proof;
 * events that occur while there is no connection are lost.
 */


#ifndef _NGX_POLYCARD_REDIS_SUBSCRIBER_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_SUBSCRIBER_H_INCLUDED_


#include "market/market.h"


/* the key, without the market's prefix, that the caller writes now and then */
#define NGX_POLYCARD_CANARY  "canary"


typedef struct ngx_polycard_subscriber_s  ngx_polycard_subscriber_t;


/*
 * Each may call any function of this file.
 *
 *   ready  all subscriptions are confirmed: every event from now on is
 *          received, as far as Redis sends it
 *   lost   after ready: events are missed from now on, until the next ready
 *   event  key is the part after the market's prefix ("client:380671112233",
 *          "group:7", "canary"), event its name ("hset"); both of any bytes,
 *          truncated at 4096, valid during the call
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

/* closes; no handler is called any more.  An exiting worker must call it */
void ngx_polycard_subscriber_stop(ngx_polycard_subscriber_t *subscriber);

/*
 * The connection exists but does not work (the canary does not come back): lost
 * is called if ready was, and a new one is opened.  Does nothing while one is
 * being opened.  The caller logs it.
 */
void ngx_polycard_subscriber_reconnect(ngx_polycard_subscriber_t *subscriber);


#endif /* _NGX_POLYCARD_REDIS_SUBSCRIBER_H_INCLUDED_ */
