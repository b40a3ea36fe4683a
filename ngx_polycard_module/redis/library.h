
/*
 * The Lua library of redis-scripts/, built into the module: loaded into Redis
 * when it is missing or older, never over a newer one, nor over another library
 * with this name, which is logged once.
 */


#ifndef _NGX_POLYCARD_REDIS_LIBRARY_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_LIBRARY_H_INCLUDED_


#include "redis/connection.h"


/* from this version on polycard_accept takes what the hooks are, and
 * polycard_lease the numbers that a host has seen issued */
#define NGX_POLYCARD_LIBRARY_SAYS  13


/* of ours */
ngx_int_t ngx_polycard_library_version(void);

/*
 * What the market's Redis has, as it said last; 0: not yet.  It may be older
 * than ours, where we may not load: what came into the functions later is not
 * sent to it.
 */
int64_t ngx_polycard_library_known(const ngx_polycard_market_t *market);

/* a call was refused: if an older one has taken the place of ours, that is
 * known soon */
void ngx_polycard_library_doubt(ngx_polycard_redis_t *redis);

/* asks for the version that Redis has, and loads ours if need be: of the
 * connection that writes, as it may be held up */
void ngx_polycard_library_check(ngx_polycard_redis_t *redis);

/*
 * Loads ours where there is none, through the connection that writes, whichever
 * found it missing.  Commands that are submitted there after it find the
 * library: one connection keeps its order.  Where another one takes
 * its place that is tried once a second at most: when it is gone, the next
 * command that needs ours brings it back.
 */
void ngx_polycard_library_load(ngx_polycard_redis_t *redis);


#endif /* _NGX_POLYCARD_REDIS_LIBRARY_H_INCLUDED_ */
