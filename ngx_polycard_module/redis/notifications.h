
/*
 * The classes of notify-keyspace-events that the module needs, added to those
 * that the administrator has set.
 */


#ifndef _NGX_POLYCARD_REDIS_NOTIFICATIONS_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_NOTIFICATIONS_H_INCLUDED_


#include "redis/store.h"


/*
 * The classes: events by key (K), of deleting, renaming and so on (g), of
 * hashes (h), of expiring (x), of eviction (e, costs nothing without it)
 * and of a string written over a hash ($).
 */
#define NGX_POLYCARD_NOTIFICATIONS  "Kghxe$"


/*
 * Like the calls of store.h: the caller sets call->market, handler and data,
 * NGX_OK means that the handler will be called, unless
 * ngx_polycard_store_cancel() is called before.  Then call->status is
 *
 *   NGX_OK        the classes are set, now or already
 *   NGX_DECLINED  Redis does not allow it: whether somebody else has set them
 *                 is shown by the events, or by their absence
 *   503, 504      Redis could not be asked: try again later
 *
 * To be called after each loss of the connection, too: a restart of Redis
 * resets them.
 */
ngx_int_t ngx_polycard_notifications_ensure(ngx_polycard_store_call_t *call);


#endif /* _NGX_POLYCARD_REDIS_NOTIFICATIONS_H_INCLUDED_ */
