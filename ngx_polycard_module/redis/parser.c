
#include "redis/parser.h"


/*
 * The calls of hiredis, and what is checked besides their results:
 *
 *   redisReaderCreateWithFunctions()  NULL: no memory
 *   redisReaderFeed()     err, and that the buffer has all of the bytes: a
 *                         loss would shift all replies that follow
 *   redisReaderGetReply() err; and without a reply, that one is incomplete: a
 *                         reply that was parsed and has no object would look
 *                         like one still to come
 *   reader.c              is called by it, and returns NULL for what must end
 *                         the connection: no memory, too large
 *
 * hiredis 0.14 asserts that there is memory when it shrinks a buffer, so
 * that is turned off: a new reader replaces the old one, if there is memory.
 * t/redis/memory.t makes each of them fail.  Besides, tools/import/redis.c
 * calls redisGetReply(), which waits; an error or a NULL ends the tool.
 */


/* bytes of a reply whose memory is kept for the next one */
#define NGX_POLYCARD_PARSER_KEPT  (256 * 1024)


/*
 * How much hiredis gets at once: after each kilobyte that it has read it moves
 * all that is behind that to the front.
 */
#define NGX_POLYCARD_PARSER_PIECE  2048


/*
 * Bytes of a line, which hiredis reads again from its beginning with each
 * piece; Redis' own lines are an error, a number, a length or a word.
 */
#define NGX_POLYCARD_PARSER_LINE  (64 * 1024)


static redisReader *ngx_polycard_parser_create(ngx_polycard_parser_t *parser);
static const char *ngx_polycard_parser_read(ngx_polycard_parser_t *parser,
    void **object);
static const char *ngx_polycard_parser_piece(ngx_polycard_parser_t *parser);
static unsigned ngx_polycard_parser_is_long(const redisReader *hiredis);
static void ngx_polycard_parser_drained(ngx_polycard_parser_t *parser);
static const char *ngx_polycard_parser_error(redisReader *hiredis);


ngx_int_t
ngx_polycard_parser_open(ngx_polycard_parser_t *parser)
{
    ngx_polycard_reader_reset(&parser->reader);

    parser->high = 0;
    parser->size = 0;
    parser->hiredis = ngx_polycard_parser_create(parser);

    return parser->hiredis ? NGX_OK : NGX_ERROR;
}


static redisReader *
ngx_polycard_parser_create(ngx_polycard_parser_t *parser)
{
    redisReader  *hiredis;

    hiredis = redisReaderCreateWithFunctions(NULL);

    if (hiredis) {
        hiredis->maxbuf = 0;
        ngx_polycard_reader_attach(&parser->reader, hiredis, parser->max);
    }

    return hiredis;
}


void
ngx_polycard_parser_close(ngx_polycard_parser_t *parser)
{
    redisReaderFree(parser->hiredis);
    parser->hiredis = NULL;
}


void
ngx_polycard_parser_free(ngx_polycard_parser_t *parser)
{
    ngx_polycard_reader_free(&parser->reader);
}


void
ngx_polycard_parser_feed(ngx_polycard_parser_t *parser, const u_char *data,
    size_t size)
{
    parser->data = data;
    parser->size = size;
}


static const char *
ngx_polycard_parser_piece(ngx_polycard_parser_t *parser)
{
    size_t        len, size;
    redisReader  *hiredis;

    hiredis = parser->hiredis;
    len = hiredis->len;
    size = ngx_min(parser->size, NGX_POLYCARD_PARSER_PIECE);

    if (redisReaderFeed(hiredis, (const char *) parser->data, size)
           != REDIS_OK
        || hiredis->err
        || hiredis->buf == NULL
        || hiredis->len != len + size)
    {
        return ngx_polycard_parser_error(hiredis);
    }

    parser->high = ngx_max(parser->high, hiredis->len);
    parser->data += size;
    parser->size -= size;

    return NULL;
}


const char *
ngx_polycard_parser_next(ngx_polycard_parser_t *parser, redisReply **reply)
{
    void        *object;
    const char  *reason;

    for ( ;; ) {
        reason = ngx_polycard_parser_read(parser, &object);
        *reply = object;

        if (reason || object || parser->size == 0) {
            return reason;
        }

        reason = ngx_polycard_parser_piece(parser);

        if (reason) {
            return reason;
        }
    }
}


/* a reply, or NULL, of what hiredis has */

static const char *
ngx_polycard_parser_read(ngx_polycard_parser_t *parser, void **object)
{
    redisReader  *hiredis;

    *object = NULL;
    hiredis = parser->hiredis;

    if (hiredis->ridx < 0) {

        /* the last reply was complete */

        ngx_polycard_reader_reset(&parser->reader);

        if (hiredis->pos == hiredis->len) {
            ngx_polycard_parser_drained(parser);
            return NULL;
        }
    }

    if (redisReaderGetReply(hiredis, object) != REDIS_OK || hiredis->err) {
        *object = NULL;
        return ngx_polycard_parser_error(hiredis);
    }

    if (*object) {
        return NULL;
    }

    return hiredis->ridx < 0 ? "a reply that cannot be read"
           : ngx_polycard_parser_is_long(hiredis)
           ? "a reply that is too long" : NULL;
}


/* a string of many bytes begins with a line, its length */

static unsigned
ngx_polycard_parser_is_long(const redisReader *hiredis)
{
    return hiredis->len - hiredis->pos > NGX_POLYCARD_PARSER_LINE
           && memmem(hiredis->buf + hiredis->pos, NGX_POLYCARD_PARSER_LINE,
                     CRLF, 2) == NULL;
}


/* a reader whose buffer has grown large is replaced */

static void
ngx_polycard_parser_drained(ngx_polycard_parser_t *parser)
{
    redisReader  *hiredis;

    if (parser->high <= NGX_POLYCARD_PARSER_KEPT) {
        return;
    }

    hiredis = ngx_polycard_parser_create(parser);

    if (hiredis) {
        redisReaderFree(parser->hiredis);

        parser->hiredis = hiredis;
        parser->high = 0;
    }
}


static const char *
ngx_polycard_parser_error(redisReader *hiredis)
{
    if (hiredis->err == REDIS_ERR_OOM) {
        return "a reply that is too large, or no memory for it";
    }

    if (hiredis->err == REDIS_ERR_PROTOCOL) {
        return "an answer that is no Redis'";
    }

    return hiredis->errstr[0] ? hiredis->errstr
                              : "a reply that cannot be read";
}
