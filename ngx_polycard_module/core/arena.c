
#include "core/arena.h"

#include <stdlib.h>


#define NGX_POLYCARD_ARENA_CHUNK  16384

/*
 * Chunks that are kept: the emitter's replies take up to 200 KB, and memory
 * that is returned to the kernel each time must be mapped again page by page.
 */
#define NGX_POLYCARD_ARENA_SPARE  15

#define NGX_POLYCARD_ARENA_ALIGN  16


struct ngx_polycard_chunk_s {
    ngx_polycard_chunk_t  *next;
    u_char                *end;
};


static int ngx_polycard_arena_grow(ngx_polycard_arena_t *arena, size_t size);
static void ngx_polycard_arena_shrink(ngx_polycard_arena_t *arena);


void *
ngx_polycard_arena_alloc(ngx_polycard_arena_t *arena, size_t size)
{
    void  *p;

    size = (size + NGX_POLYCARD_ARENA_ALIGN - 1)
           & ~(size_t) (NGX_POLYCARD_ARENA_ALIGN - 1);

    if ((size_t) (arena->end - arena->pos) < size
        && ngx_polycard_arena_grow(arena, size) != NGX_POLYCARD_OK)
    {
        return NULL;
    }

    p = arena->pos;
    arena->pos += size;

    return p;
}


static int
ngx_polycard_arena_grow(ngx_polycard_arena_t *arena, size_t size)
{
    ngx_polycard_chunk_t  *chunk;

    size += sizeof(ngx_polycard_chunk_t);

    if (size < NGX_POLYCARD_ARENA_CHUNK) {
        size = NGX_POLYCARD_ARENA_CHUNK;
    }

    if (arena->size + size > arena->max) {
        return NGX_POLYCARD_ERROR;
    }

    if (arena->spare && size == NGX_POLYCARD_ARENA_CHUNK) {
        chunk = arena->spare;
        arena->spare = chunk->next;
        arena->nspare--;

    } else {
        chunk = malloc(size);
        if (chunk == NULL) {
            return NGX_POLYCARD_ERROR;
        }
    }

    arena->size += size;

    chunk->next = arena->chunk;
    chunk->end = (u_char *) chunk + size;

    arena->chunk = chunk;
    arena->pos = (u_char *) chunk + sizeof(ngx_polycard_chunk_t);
    arena->end = chunk->end;

    return NGX_POLYCARD_OK;
}


static void
ngx_polycard_arena_shrink(ngx_polycard_arena_t *arena)
{
    size_t                 size;
    ngx_polycard_chunk_t  *chunk;

    chunk = arena->chunk;
    size = chunk->end - (u_char *) chunk;

    arena->chunk = chunk->next;
    arena->size -= size;

    if (size == NGX_POLYCARD_ARENA_CHUNK
        && arena->nspare < NGX_POLYCARD_ARENA_SPARE)
    {
        chunk->next = arena->spare;
        arena->spare = chunk;
        arena->nspare++;

    } else {
        free(chunk);
    }
}


/* back to the first chunk */

void
ngx_polycard_arena_reset(ngx_polycard_arena_t *arena)
{
    if (arena->chunk == NULL) {
        return;
    }

    while (arena->chunk->next) {
        ngx_polycard_arena_shrink(arena);
    }

    arena->pos = (u_char *) arena->chunk + sizeof(ngx_polycard_chunk_t);
    arena->end = arena->chunk->end;
}


void
ngx_polycard_arena_free(ngx_polycard_arena_t *arena)
{
    ngx_polycard_chunk_t  *chunk;

    while (arena->chunk) {
        ngx_polycard_arena_shrink(arena);
    }

    while (arena->spare) {
        chunk = arena->spare;
        arena->spare = chunk->next;
        free(chunk);
    }

    arena->nspare = 0;
    arena->pos = NULL;
    arena->end = NULL;
}
