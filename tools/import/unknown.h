
/* A market that this Redis does not know: it is new, or its name is wrong. */


#ifndef _POLYCARD_UNKNOWN_H_INCLUDED_
#define _POLYCARD_UNKNOWN_H_INCLUDED_


#include "import/redis.h"


/*
 * A message if Redis has neither clients nor groups nor the configuration of
 * the market, and the text behind it, which says what that means here.  Where
 * the user may not ask there is none.  NGX_POLYCARD_ERROR after a message:
 * Redis cannot be asked.
 */
int polycard_unknown_tell(polycard_redis_t *redis, const char *prefix,
    const char *meaning);


#endif /* _POLYCARD_UNKNOWN_H_INCLUDED_ */
