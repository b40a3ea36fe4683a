
/*
 * Who registered with Polycard, as long as the market has not confirmed it
 * (docs/keyspace.md, "Clients registered by Polycard"): its files cannot name
 * them.
 */


#ifndef _POLYCARD_UNREAD_H_INCLUDED_
#define _POLYCARD_UNREAD_H_INCLUDED_


#include "import/redis.h"
#include "import/table.h"


/*
 * Adds their phones to the table, as keys: of all records of `registered`, or,
 * if it has consumer groups, of those that one of the groups has not
 * acknowledged.  The pipeline must be empty, and has another handler
 * afterwards.  NGX_POLYCARD_ERROR: it was said why, or polycard_stopped.
 */
int polycard_unread_read(polycard_table_t *phones, polycard_redis_t *redis,
    const char *prefix);


#endif /* _POLYCARD_UNREAD_H_INCLUDED_ */
