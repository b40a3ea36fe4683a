
/*
 * The functions of redis-scripts/, built in: the rule of the module (see
 * ngx_polycard_module/redis/library.h) for a Redis that has none, or an older
 * or a newer version.
 */


#ifndef _POLYCARD_LIBRARY_H_INCLUDED_
#define _POLYCARD_LIBRARY_H_INCLUDED_


#include "import/redis.h"


/* the version that is built in */
extern const int  polycard_library_version;


/* loads them if missing or older; NGX_POLYCARD_ERROR after a message */
int polycard_library_check(polycard_redis_t *redis, const char *prefix);

/* is this reply the error that there is no such function? */
unsigned polycard_library_is_missing(const redisReply *reply);


#endif /* _POLYCARD_LIBRARY_H_INCLUDED_ */
