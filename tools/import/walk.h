
/*
 * Reads the clients or the groups of a market in the order of
 * getClients, page by page: by position, so that deletions meanwhile shift
 * nothing.
 */


#ifndef _POLYCARD_WALK_H_INCLUDED_
#define _POLYCARD_WALK_H_INCLUDED_


#include "import/redis.h"


typedef struct {
    polycard_redis_t   *redis;
    char                key[NGX_POLYCARD_PREFIX_MAX + 16];
    char                from[64];     /* a position as ZRANGE takes it */
    char                to[64];

    redisReply         *page;         /* members and positions in turn */
    size_t              n;            /* how many members */
} polycard_walk_t;


/* begins at the first one; index: "clients", "groups", "incomplete" */
void polycard_walk_init(polycard_walk_t *walk, polycard_redis_t *redis,
    const char *prefix, const char *index);

/* ends with the last one that exists now, without later ones */
int polycard_walk_limit(polycard_walk_t *walk);

/*
 * The next page of at most so many: POLYCARD_RECORD, POLYCARD_END, or
 * NGX_POLYCARD_ERROR after a message.  Frees the page before it.
 */
int polycard_walk_next(polycard_walk_t *walk, unsigned limit);

/* member i of the page, below walk->n; it is the page's */
const char *polycard_walk_member(polycard_walk_t *walk, size_t i,
    size_t *len);
void polycard_walk_free(polycard_walk_t *walk);

/* how many there are; -1 after a message about an error */
long long polycard_walk_count(polycard_walk_t *walk);


#endif /* _POLYCARD_WALK_H_INCLUDED_ */
