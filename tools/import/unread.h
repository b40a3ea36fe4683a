
/*
 * Who registered with Polycard, as long as the market has not confirmed it
 * (docs/keyspace.md, "Clients registered by Polycard"): its files cannot name
 * them.
 */


#ifndef _POLYCARD_UNREAD_H_INCLUDED_
#define _POLYCARD_UNREAD_H_INCLUDED_


#include "import/redis.h"
#include "import/table.h"


typedef struct {
    polycard_redis_t  *redis;
    char               key[NGX_POLYCARD_PREFIX_MAX + 16];
    polycard_table_t   phones;
} polycard_unread_t;


/*
 * Reads their phones: of all records of `registered`, or, if it has consumer
 * groups, of those that one of the groups has not acknowledged.  The pipeline
 * must be empty, and has another handler afterwards.  NGX_POLYCARD_ERROR, here
 * and below: it was said why, or polycard_stopped.
 */
int polycard_unread_open(polycard_unread_t *unread, polycard_redis_t *redis,
    const char *prefix);
void polycard_unread_close(polycard_unread_t *unread);

/* has: is it the phone of one of them */
int polycard_unread_has(polycard_unread_t *unread,
    const ngx_polycard_str_t *phone, unsigned *has);


#endif /* _POLYCARD_UNREAD_H_INCLUDED_ */
