
/*
 * The operations of a connection: those that wait until it is ready, and
 * those that were sent and wait for replies, the oldest first, so that a
 * timeout depends on its age alone.
 */


#ifndef _NGX_POLYCARD_REDIS_QUEUE_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_QUEUE_H_INCLUDED_


#include "redis/connection.h"


/* once, for the lists of redis and its watcher */
void ngx_polycard_queue_init(ngx_polycard_redis_t *redis);

/* an operation that waits until the connection is ready */
void ngx_polycard_queue_wait(ngx_polycard_redis_t *redis,
    ngx_polycard_op_t *op);

/* what is waited for has changed: sets the timers */
void ngx_polycard_queue_watch(ngx_polycard_redis_t *redis);

/*
 * Sends all that wait, or fails all of &redis->waiting or &redis->sent;
 * meanwhile others may be added
 */
void ngx_polycard_queue_send(ngx_polycard_redis_t *redis);
void ngx_polycard_queue_fail(ngx_queue_t *queue, ngx_uint_t status);

/* before closing at the end of the process: writes what is queued so far */
void ngx_polycard_queue_flush(ngx_polycard_redis_t *redis);


#endif /* _NGX_POLYCARD_REDIS_QUEUE_H_INCLUDED_ */
