
/*
 * Memory for many small objects that end together: taken from chunks, which
 * are used again.  All zero at first; max is the owner's.
 */


#ifndef _NGX_POLYCARD_CORE_ARENA_H_INCLUDED_
#define _NGX_POLYCARD_CORE_ARENA_H_INCLUDED_


#include "core/types.h"


typedef struct ngx_polycard_chunk_s  ngx_polycard_chunk_t;

typedef struct {
    size_t                   max;       /* bytes of all chunks */
    size_t                   size;      /* of those in use */

    ngx_polycard_chunk_t    *chunk;     /* the newest; the last is kept */
    ngx_polycard_chunk_t    *spare;     /* to be used again */
    unsigned                 nspare;
    u_char                  *pos;
    u_char                  *end;
} ngx_polycard_arena_t;


/* size bytes, aligned for any object, not cleared; NULL: more than max, or no
 * memory */
void *ngx_polycard_arena_alloc(ngx_polycard_arena_t *arena, size_t size);

/* all objects end */
void ngx_polycard_arena_reset(ngx_polycard_arena_t *arena);

/* frees all memory */
void ngx_polycard_arena_free(ngx_polycard_arena_t *arena);


#endif /* _NGX_POLYCARD_CORE_ARENA_H_INCLUDED_ */
