
/*
 * Twice a second the server of a working connection is asked who it is.  This
 * shows, even if nothing else is sent, that the master hangs, or has become a
 * replica, whose records may be old, or that a worker has found another one.
 */


#ifndef _NGX_POLYCARD_REDIS_GUARD_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_GUARD_H_INCLUDED_


#include "redis/connection.h"


/* once, for redis->guard */
void ngx_polycard_guard_init(ngx_polycard_redis_t *redis);

/* the connection is ready */
void ngx_polycard_guard_start(ngx_polycard_redis_t *redis);

/* it is not ready any more, or was not */
void ngx_polycard_guard_stop(ngx_polycard_redis_t *redis);


#endif /* _NGX_POLYCARD_REDIS_GUARD_H_INCLUDED_ */
