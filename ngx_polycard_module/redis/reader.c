
#include "redis/reader.h"
#include "core/text.h"


#define NGX_POLYCARD_READER_CHUNK  16384

/*
 * Chunks that are kept for the next reply: the emitter's replies take up to
 * 200 KB, and memory that is returned to the kernel each time must be mapped
 * again page by page.
 */
#define NGX_POLYCARD_READER_SPARE  15


struct ngx_polycard_reader_chunk_s {
    ngx_polycard_reader_chunk_t  *next;
    u_char                       *end;
};


static void *ngx_polycard_reader_alloc(ngx_polycard_reader_t *rd, size_t size);
static ngx_int_t ngx_polycard_reader_grow(ngx_polycard_reader_t *rd,
    size_t size) __attribute__((noinline));
static void ngx_polycard_reader_shrink(ngx_polycard_reader_t *rd);
static ngx_inline redisReply *ngx_polycard_reader_object(
    const redisReadTask *task, size_t len, size_t extra);
static void *ngx_polycard_reader_string(const redisReadTask *task, char *str,
    size_t len);
static void *ngx_polycard_reader_array(const redisReadTask *task,
    ngx_polycard_elements_t elements);
static void *ngx_polycard_reader_integer(const redisReadTask *task,
    long long value);
static void *ngx_polycard_reader_nil(const redisReadTask *task);
static void ngx_polycard_reader_done(void *reply);


static redisReplyObjectFunctions  ngx_polycard_reader_functions = {
    .createString = ngx_polycard_reader_string,
    .createArray = ngx_polycard_reader_array,
    .createInteger = ngx_polycard_reader_integer,
    .createNil = ngx_polycard_reader_nil,
    ngx_polycard_reader_resp3
    .freeObject = ngx_polycard_reader_done
};


/* a root object: freeing it needs the arena of its memory */

typedef struct {
    redisReply                    reply;
    ngx_polycard_reader_t        *reader;
} ngx_polycard_reader_root_t;


void
ngx_polycard_reader_attach(ngx_polycard_reader_t *rd, redisReader *reader,
    size_t max)
{
    rd->max = max;

    reader->fn = &ngx_polycard_reader_functions;
    reader->privdata = rd;
}


void
ngx_polycard_reader_free(ngx_polycard_reader_t *rd)
{
    ngx_polycard_reader_chunk_t  *chunk;

    while (rd->chunk) {
        ngx_polycard_reader_shrink(rd);
    }

    while (rd->spare) {
        chunk = rd->spare;
        rd->spare = chunk->next;
        ngx_free(chunk);
    }

    rd->nspare = 0;

    rd->pos = NULL;
    rd->end = NULL;
}


static void *
ngx_polycard_reader_alloc(ngx_polycard_reader_t *rd, size_t size)
{
    void  *p;

    size = ngx_align(size, NGX_ALIGNMENT);

    if ((size_t) (rd->end - rd->pos) < size
        && ngx_polycard_reader_grow(rd, size) != NGX_OK)
    {
        return NULL;
    }

    p = rd->pos;
    rd->pos += size;

    return p;
}


static ngx_int_t
ngx_polycard_reader_grow(ngx_polycard_reader_t *rd, size_t size)
{
    ngx_polycard_reader_chunk_t  *chunk;

    size = ngx_max(size + sizeof(ngx_polycard_reader_chunk_t),
                   NGX_POLYCARD_READER_CHUNK);

    /* a nested reply needs memory of hiredis for each level, too */

    if (rd->size + size > rd->max) {
        return NGX_ERROR;
    }

    if (rd->spare && size == NGX_POLYCARD_READER_CHUNK) {
        chunk = rd->spare;
        rd->spare = chunk->next;
        rd->nspare--;

    } else {
        chunk = ngx_alloc(size, ngx_cycle->log);
        if (chunk == NULL) {
            return NGX_ERROR;
        }
    }

    rd->size += size;

    chunk->next = rd->chunk;
    chunk->end = (u_char *) chunk + size;

    rd->chunk = chunk;
    rd->pos = (u_char *) chunk + sizeof(ngx_polycard_reader_chunk_t);
    rd->end = chunk->end;

    return NGX_OK;
}


static void
ngx_polycard_reader_shrink(ngx_polycard_reader_t *rd)
{
    size_t                        size;
    ngx_polycard_reader_chunk_t  *chunk;

    chunk = rd->chunk;
    size = chunk->end - (u_char *) chunk;

    rd->chunk = chunk->next;
    rd->size -= size;

    if (size == NGX_POLYCARD_READER_CHUNK
        && rd->nspare < NGX_POLYCARD_READER_SPARE)
    {
        chunk->next = rd->spare;
        rd->spare = chunk;
        rd->nspare++;

    } else {
        ngx_free(chunk);
    }
}


/* back to the first chunk */

void
ngx_polycard_reader_reset(ngx_polycard_reader_t *rd)
{
    if (rd->chunk == NULL) {
        return;
    }

    while (rd->chunk->next) {
        ngx_polycard_reader_shrink(rd);
    }

    rd->pos = (u_char *) rd->chunk + sizeof(ngx_polycard_reader_chunk_t);
    rd->end = rd->chunk->end;
}


static ngx_inline redisReply *
ngx_polycard_reader_object(const redisReadTask *task, size_t len,
    size_t extra)
{
    size_t                       size;
    redisReply                  *reply, *parent;
    ngx_polycard_reader_t       *rd;
    ngx_polycard_reader_root_t  *root;

    rd = task->privdata;
    parent = task->parent ? task->parent->obj : NULL;

    size = parent ? sizeof(redisReply) : sizeof(ngx_polycard_reader_root_t);

    reply = ngx_polycard_reader_alloc(rd, size + extra);
    if (reply == NULL) {
        return NULL;
    }

    /* all that the module reads of any reply; later versions have more */

    reply->type = task->type;
    reply->integer = 0;
    reply->len = len;
    reply->elements = 0;
    reply->element = NULL;

    if (parent) {
        parent->element[task->idx] = reply;

    } else {
        root = (ngx_polycard_reader_root_t *) reply;
        root->reader = rd;
    }

    /* the caller fills the extra bytes */
    reply->str = (char *) reply + size;

    return reply;
}


static void *
ngx_polycard_reader_string(const redisReadTask *task, char *str, size_t len)
{
    redisReply  *reply;

    len = ngx_min(len, NGX_POLYCARD_READER_STRING_MAX);

    reply = ngx_polycard_reader_object(task, len, len + 1);
    if (reply == NULL) {
        return NULL;
    }

    *ngx_polycard_text_copy((u_char *) reply->str, (u_char *) str, len) = '\0';

    return reply;
}


static void *
ngx_polycard_reader_array(const redisReadTask *task,
    ngx_polycard_elements_t elements)
{
    redisReply  *reply;

    if (elements > NGX_POLYCARD_READER_ELEMENTS_MAX) {
        return NULL;
    }

    reply = ngx_polycard_reader_object(task, 0,
                                       elements * sizeof(redisReply *));
    if (reply == NULL) {
        return NULL;
    }

    reply->elements = elements;
    reply->element = (redisReply **) reply->str;
    reply->str = NULL;

    /* hiredis frees an incomplete reply when the connection is closed */
    ngx_memzero(reply->element, elements * sizeof(redisReply *));

    return reply;
}


static void *
ngx_polycard_reader_integer(const redisReadTask *task, long long value)
{
    redisReply  *reply;

    reply = ngx_polycard_reader_object(task, 0, 0);
    if (reply == NULL) {
        return NULL;
    }

    reply->integer = value;
    reply->str = NULL;

    return reply;
}


static void *
ngx_polycard_reader_nil(const redisReadTask *task)
{
    redisReply  *reply;

    reply = ngx_polycard_reader_object(task, 0, 0);
    if (reply == NULL) {
        return NULL;
    }

    /* a nil arrives as a null string or null array */
    reply->type = REDIS_REPLY_NIL;
    reply->str = NULL;

    return reply;
}


static void
ngx_polycard_reader_done(void *reply)
{
    ngx_polycard_reader_root_t  *root = reply;

    ngx_polycard_reader_reset(root->reader);
}
