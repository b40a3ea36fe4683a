
/*
 * The subscriptions of a subscriber and its messages: the channels of the
 * market's keys.  No connection, no state.
 */


#ifndef _NGX_POLYCARD_REDIS_SUBSCRIPTION_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_SUBSCRIPTION_H_INCLUDED_


#include "market/market.h"


/* confirmations of the command: two patterns and a channel */
#define NGX_POLYCARD_SUBSCRIPTIONS  3


typedef struct {
    ngx_str_t                    channel;     /* of all keys: up to the key */
    ngx_str_t                    command;
} ngx_polycard_subscription_t;


typedef enum {
    NGX_POLYCARD_HEARD_NONSENSE = 0,
    NGX_POLYCARD_HEARD_CONFIRMATION,
    NGX_POLYCARD_HEARD_EVENT,
    NGX_POLYCARD_HEARD_OTHER                  /* of no key of the market */
} ngx_polycard_heard_e;


/* NGX_ERROR: no memory */
ngx_int_t ngx_polycard_subscription_init(
    ngx_polycard_subscription_t *subscription, ngx_pool_t *pool,
    ngx_polycard_market_t *market);

/* the kind of a reply; for an event its key without the prefix, and its name */
ngx_polycard_heard_e ngx_polycard_subscription_hear(
    const ngx_polycard_subscription_t *subscription, const redisReply *reply,
    ngx_str_t *key, ngx_str_t *event);


#endif /* _NGX_POLYCARD_REDIS_SUBSCRIPTION_H_INCLUDED_ */
