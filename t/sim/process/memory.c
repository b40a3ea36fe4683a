
#include "process/memory.h"

#include <stdlib.h>


struct process_block_s {
    process_block_t   *next;
    process_block_t  **place;
    long double        data[];
};


static void *memory_take(process_t *p, size_t size);


static void *
memory_take(process_t *p, size_t size)
{
    process_block_t  *block;

    if (p == NULL) {
        return sim_alloc(size);
    }

    block = malloc(sizeof(process_block_t) + size);

    if (block == NULL) {
        abort();
    }

    block->next = p->blocks;
    block->place = &p->blocks;
    p->blocks = block;

    if (block->next) {
        block->next->place = &block->next;
    }

    return block->data;
}


void
process_free(void *p)
{
    process_block_t  *block;

    if (p == NULL) {
        return;
    }

    block = (process_block_t *) ((char *) p
                                 - offsetof(process_block_t, data));

    *block->place = block->next;

    if (block->next) {
        block->next->place = block->place;
    }

    free(block);
}


void
memory_free_all(process_t *p)
{
    while (p->blocks) {
        process_free(p->blocks->data);
    }
}


void *
ngx_alloc(size_t size, ngx_log_t *log)
{
    return memory_take(process_current(), size);
}


void *
ngx_calloc(size_t size, ngx_log_t *log)
{
    return memset(memory_take(process_current(), size), 0, size);
}


/* a pool is a process, or NULL: until the end of the run */

void *
ngx_palloc(ngx_pool_t *pool, size_t size)
{
    return memory_take((process_t *) pool, size);
}


void *
ngx_pnalloc(ngx_pool_t *pool, size_t size)
{
    return memory_take((process_t *) pool, size);
}


void *
ngx_pcalloc(ngx_pool_t *pool, size_t size)
{
    return memset(memory_take((process_t *) pool, size), 0, size);
}


ngx_pool_cleanup_t *
ngx_pool_cleanup_add(ngx_pool_t *pool, size_t size)
{
    process_t           *p;
    ngx_pool_cleanup_t  *cln;

    p = (process_t *) pool;
    cln = ngx_pcalloc(pool, sizeof(ngx_pool_cleanup_t));
    cln->data = size ? ngx_pcalloc(pool, size) : NULL;
    cln->next = p->cleanup;
    p->cleanup = cln;

    return cln;
}
