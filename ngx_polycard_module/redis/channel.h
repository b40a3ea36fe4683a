
/*
 * A connection to Redis: bytes out, replies in.  nginx does the input and
 * output, hiredis only parses.  The owner knows which command a reply
 * belongs to: replies come in the order of the commands.
 *
 * The owner sets handlers, data, noise, parser.max and unasked once, tls and
 * host before it opens; all else is zero at first.
 */


#ifndef _NGX_POLYCARD_REDIS_CHANNEL_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_CHANNEL_H_INCLUDED_


#include "market/market.h"
#include "redis/output.h"
#include "redis/parser.h"
#include "redis/tls.h"


typedef struct {

    /* the next reply, valid during the call, which may close the channel */
    void  (*reply)(void *data, redisReply *reply);

    /*
     * The channel cannot be used any more, and its owner closes it.  reason is
     * valid until then, and NULL if nginx closes all connections.
     */
    void  (*broken)(void *data, const char *reason);

    /*
     * It was closed, and may be opened again: called once for each close of
     * an open channel, before that returns or, while a reply handler is
     * running, after it.  May be NULL.
     */
    void  (*closed)(void *data);

} ngx_polycard_channel_handlers_t;


typedef struct {
    const ngx_polycard_channel_handlers_t  *handlers;
    void                        *data;
    size_t                       noise;       /* bytes, if none is expected */
    ngx_polycard_parser_t        parser;      /* max is the owner's, too */

    ngx_polycard_tls_t          *tls;         /* NULL: without */
    ngx_str_t                   *host;        /* who has the certificate */

    ngx_connection_t            *connection;  /* NULL: closed */
    ngx_uint_t                   expected;    /* replies to come */

    ngx_polycard_output_t        output;

    ngx_log_t                    log;         /* nginx's own words: few */
    ngx_polycard_tls_ear_t       ear;         /* ... and those about TLS */

    unsigned                     unasked:1;   /* replies may come unasked */
    unsigned                     connected:1; /* the handshake of TLS, too */
    unsigned                     handshake:1; /* of TLS, begun */
    unsigned                     answered:1;  /* something has come */
    unsigned                     busy:1;      /* a reply handler is at work */
} ngx_polycard_channel_t;


/*
 * Begins to connect; bytes sent meanwhile are written as soon as it is
 * connected.  name is for nginx's log.  Returns why that is impossible, or
 * NULL; no handler is called before it returns.  Not to be called from the
 * reply handler.
 */
const char *ngx_polycard_channel_open(ngx_polycard_channel_t *channel,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_str_t *name);

/*
 * Copies the bytes, which cause so many replies; all bytes of a turn
 * of the event loop are written together at its end.  NGX_ERROR: no memory, or
 * closed; nothing was copied.
 */
ngx_int_t ngx_polycard_channel_send(ngx_polycard_channel_t *channel,
    const u_char *data, size_t size, ngx_uint_t replies);

/* no reply is delivered any more; nothing happens if it is closed */
void ngx_polycard_channel_close(ngx_polycard_channel_t *channel);

/*
 * Before closing at the end of the process: tries once to write what is left,
 * and if replies are expected gives Redis up to so many milliseconds to
 * read it: Redis drops what it has not read when it cannot send replies.
 */
void ngx_polycard_channel_flush(ngx_polycard_channel_t *channel,
    ngx_msec_t most);

/* why it is not ready yet, when the owner's time is up */
const char *ngx_polycard_channel_late(ngx_polycard_channel_t *channel);

/* after closing, not from the reply handler: frees all memory */
void ngx_polycard_channel_free(ngx_polycard_channel_t *channel);


#endif /* _NGX_POLYCARD_REDIS_CHANNEL_H_INCLUDED_ */
