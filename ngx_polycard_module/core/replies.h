
/*
 * The bytes of Redis as replies, one at a time (RESP2, "Redis serialization
 * protocol").  A reply is an ordinary redisReply of hiredis in memory of its
 * own kind: strings stay where they were received, and end with a NUL;
 * objects are in an arena, and next to each other if they are of one array.
 * Nothing is copied, and nothing is allocated for each reply.
 *
 * max is the owner's; all else is zero at first.
 */


#ifndef _NGX_POLYCARD_CORE_REPLIES_H_INCLUDED_
#define _NGX_POLYCARD_CORE_REPLIES_H_INCLUDED_


#include "core/arena.h"

#include <hiredis/hiredis.h>


/*
 * The bytes that are kept of a string.  The longest text that is used whole has
 * 255 code points, 1020 bytes; one more shows that it is too long.
 */
#define NGX_POLYCARD_REPLIES_STRING_MAX    4096

#define NGX_POLYCARD_REPLIES_ELEMENTS_MAX  1000000

/* arrays within arrays */
#define NGX_POLYCARD_REPLIES_DEPTH         8


/* elements of an array that is not complete */

typedef struct {
    redisReply              *element;
    size_t                   size;
    size_t                   next;        /* the one to come */
} ngx_polycard_replies_level_t;


typedef struct {
    size_t                   max;         /* bytes that the objects of a reply
                                           * may take */

    u_char                  *start;       /* memory of the bytes */
    u_char                  *begin;       /* of this reply */
    u_char                  *pos;         /* not yet read: from here */
    u_char                  *last;        /* to here */
    u_char                  *end;

    ngx_polycard_arena_t     arena;
    redisReply              *root;        /* NULL: between two replies */
    unsigned                 whole:1;     /* root was returned */
    unsigned                 depth;
    ngx_polycard_replies_level_t
                             level[NGX_POLYCARD_REPLIES_DEPTH + 1];
} ngx_polycard_replies_t;


/*
 * Where the next bytes may be received to, *size of them; NULL: no memory.
 * ngx_polycard_replies_add() then says how many were.
 */
u_char *ngx_polycard_replies_room(ngx_polycard_replies_t *replies,
    size_t *size);

void ngx_polycard_replies_add(ngx_polycard_replies_t *replies, size_t size);

/*
 * The next reply, NULL if it is incomplete, valid until the next call of any
 * of these; to be called until it is NULL.  Returns why nothing more can be
 * read (no memory, too large, not RESP2), a constant, or NULL.
 */
const char *ngx_polycard_replies_next(ngx_polycard_replies_t *replies,
    redisReply **reply);

/* bytes that were received of replies that are not yet whole */
#define ngx_polycard_replies_size(replies)                                    \
    ((size_t) ((replies)->last - (replies)->begin))

/* drops what was received: a new connection begins */
void ngx_polycard_replies_clear(ngx_polycard_replies_t *replies);

/* the same, and frees all memory */
void ngx_polycard_replies_free(ngx_polycard_replies_t *replies);


#endif /* _NGX_POLYCARD_CORE_REPLIES_H_INCLUDED_ */
