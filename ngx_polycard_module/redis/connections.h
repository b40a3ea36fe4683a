
/* The connections of a worker and a market to Redis. */


#ifndef _NGX_POLYCARD_REDIS_CONNECTIONS_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_CONNECTIONS_H_INCLUDED_


#include "redis/connection.h"


/* all that a market needs; NGX_ERROR: no memory */
ngx_int_t ngx_polycard_redis_start(ngx_polycard_market_t *market);

/* one of them, created if needed; NULL: no memory */
ngx_polycard_redis_t *ngx_polycard_redis_get(ngx_polycard_market_t *market,
    ngx_polycard_redis_kind_e kind);

/* for messages: the server that has what is written now */
ngx_str_t *ngx_polycard_redis_name(ngx_polycard_market_t *market);

/* the worker exits: see ngx_polycard_redis_close() */
void ngx_polycard_redis_end(ngx_polycard_market_t *market);

/* for connection.c: one of them works again, and the others need not wait */
void ngx_polycard_redis_back(ngx_polycard_market_t *market);

/* for connection.c: redis has been greeted; what is at another server goes */
void ngx_polycard_redis_together(ngx_polycard_redis_t *redis);

/*
 * Whether another worker of this host is at a server that has taken the place
 * of this one: then all that have this one leave it.
 */
ngx_uint_t ngx_polycard_redis_is_over(ngx_polycard_redis_t *redis);

/*
 * For whoever has found, by redis, that this server is no master: all that
 * have it leave it.
 */
void ngx_polycard_redis_leave_all(ngx_polycard_redis_t *redis,
    const ngx_polycard_server_t *server, const char *reason);


#endif /* _NGX_POLYCARD_REDIS_CONNECTIONS_H_INCLUDED_ */
