
/* A connection to one server, a Redis or a Sentinel, with TLS and login. */


#ifndef _POLYCARD_REDIS_CONNECT_H_INCLUDED_
#define _POLYCARD_REDIS_CONNECT_H_INCLUDED_


#include "import/redis_conf.h"

#include <hiredis/hiredis.h>


/*
 * Connects to one address and logs in; seconds for each of the steps.
 * NULL: failure, of POLYCARD_FAILURE_MAX bytes, says why.  A program has one
 * such connection at a time.
 */
redisContext *polycard_redis_connect(const polycard_redis_conf_t *conf,
    const char *address, unsigned port, unsigned seconds, char *failure);

/* NULL is allowed */
void polycard_redis_disconnect(redisContext *context);

/*
 * One command in the format of hiredis.  NULL: there was no reply, or an error
 * of Redis; failure says what.  The caller frees it.
 */
redisReply *polycard_redis_call(redisContext *context, char *failure,
    const char *fmt, ...);

/* why the connection was lost; "": no memory */
const char *polycard_redis_reason(const redisContext *context);

/* what an error of Redis means for a run, to follow it; "" mostly */
const char *polycard_redis_hint(const char *error);


#endif /* _POLYCARD_REDIS_CONNECT_H_INCLUDED_ */
