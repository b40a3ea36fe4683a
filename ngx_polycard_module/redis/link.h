
/*
 * A connection whose replies come unasked, like those of a subscriber:
 * connect, greet, send fixed commands, read.
 */


#ifndef _NGX_POLYCARD_REDIS_LINK_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_LINK_H_INCLUDED_


#include "market/market.h"
#include "redis/channel.h"
#include "redis/role.h"


/* returns why the link must end, or NULL.  It may close the link itself */
typedef const char *(*ngx_polycard_link_reply_pt)(void *data,
    const redisReply *reply);

/* the link cannot be used and must be closed; reason is NULL if nginx closes
 * all connections */
typedef void (*ngx_polycard_link_ended_pt)(void *data, const char *reason);


typedef struct {
    ngx_polycard_redis_conf_t   *conf;
    ngx_str_t                   *command;
    ngx_polycard_link_reply_pt   reply;       /* after those to the greeting */
    ngx_polycard_link_ended_pt   ended;
    void                        *data;

    ngx_polycard_channel_t       channel;
    ngx_int_t                    greeting;    /* replies to come */
    ngx_polycard_server_t        server;      /* after the greeting */
} ngx_polycard_link_t;


/*
 * The server's certificate must be valid for host, which must remain valid.
 * ended may be called before it returns; not to be called from a handler.
 */
void ngx_polycard_link_open(ngx_polycard_link_t *link,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_str_t *host);

/* no handler is called any more; nothing happens if it is closed */
void ngx_polycard_link_close(ngx_polycard_link_t *link);

/* after closing: frees all memory */
void ngx_polycard_link_free(ngx_polycard_link_t *link);


#endif /* _NGX_POLYCARD_REDIS_LINK_H_INCLUDED_ */
