
/*
 * Replies of Redis with next to no allocation: hiredis' reader builds them
 * through its table of functions, and ours take all parts of a reply from one
 * arena that is used again for the next one.  They are ordinary redisReply
 * objects.
 */


#ifndef _NGX_POLYCARD_REDIS_READER_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_READER_H_INCLUDED_


#include "nginx/base.h"


/*
 * The bytes that are kept of a string.  The longest text that is used whole has
 * 255 code points, 1020 bytes; one more shows that it is too long.
 */
#define NGX_POLYCARD_READER_STRING_MAX    4096

#define NGX_POLYCARD_READER_ELEMENTS_MAX  1000000


typedef struct ngx_polycard_reader_chunk_s  ngx_polycard_reader_chunk_t;

typedef struct {
    ngx_polycard_reader_chunk_t  *chunk;     /* the newest; the last is kept */
    ngx_polycard_reader_chunk_t  *spare;     /* for the next reply */
    ngx_uint_t                    nspare;
    u_char                       *pos;
    u_char                       *end;
    size_t                        size;      /* of all chunks */
    size_t                        max;
} ngx_polycard_reader_t;


/*
 * Makes hiredis' reader use the arena.  A reply that takes more than about max
 * bytes, or more memory than there is, is an error: REDIS_ERR_OOM.
 */
void ngx_polycard_reader_attach(ngx_polycard_reader_t *rd,
    redisReader *reader, size_t max);

/* the reply is not used any more */
void ngx_polycard_reader_reset(ngx_polycard_reader_t *rd);

/* frees all memory; hiredis' reader is gone by then */
void ngx_polycard_reader_free(ngx_polycard_reader_t *rd);


#endif /* _NGX_POLYCARD_REDIS_READER_H_INCLUDED_ */
