
/* The groups of a market and their titles. */


#ifndef _POLYCARD_TITLES_H_INCLUDED_
#define _POLYCARD_TITLES_H_INCLUDED_


#include "import/groups.h"
#include "import/redis.h"


/* reads them all; NGX_POLYCARD_ERROR after a message */
int polycard_titles_read(polycard_groups_t *groups, polycard_redis_t *redis,
    const polycard_options_t *o);


#endif /* _POLYCARD_TITLES_H_INCLUDED_ */
