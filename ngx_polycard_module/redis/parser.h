
/*
 * Turns the bytes of Redis into replies, one at a time: hiredis' reader with
 * the arena of reader.h.  No other file calls it.
 */


#ifndef _NGX_POLYCARD_REDIS_PARSER_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_PARSER_H_INCLUDED_


#include "nginx/base.h"
#include "redis/reader.h"


typedef struct {
    size_t                       max;         /* the owner's: of one reply */

    redisReader                 *hiredis;     /* NULL: closed */
    const u_char                *data;        /* what it has not got yet */
    size_t                       size;
    ngx_polycard_reader_t        reader;
    size_t                       high;        /* most bytes it has held */
} ngx_polycard_parser_t;


/* for the bytes of a new connection; NGX_ERROR: no memory */
ngx_int_t ngx_polycard_parser_open(ngx_polycard_parser_t *parser);

/* drops an incomplete reply */
void ngx_polycard_parser_close(ngx_polycard_parser_t *parser);

/* after closing: frees all memory */
void ngx_polycard_parser_free(ngx_polycard_parser_t *parser);

/* the bytes stay where they are until there is no further reply */
void ngx_polycard_parser_feed(ngx_polycard_parser_t *parser,
    const u_char *data, size_t size);

/*
 * The next reply, NULL if it is incomplete, valid until the next
 * call; to be called until it is NULL.  Returns why the connection must end
 * (no memory, no reply), or NULL; the text is valid until the parser is closed.
 */
const char *ngx_polycard_parser_next(ngx_polycard_parser_t *parser,
    redisReply **reply);

/* bytes that it holds */
#define ngx_polycard_parser_size(parser)  (parser)->hiredis->len


#endif /* _NGX_POLYCARD_REDIS_PARSER_H_INCLUDED_ */
