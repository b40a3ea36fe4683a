
/*
 * The address of a Redis server: numeric addresses and unix sockets directly,
 * host names by nginx's resolver if http {} has a "resolver", else by
 * the system's (getaddrinfo_a(3), in a thread of the C library, so that
 * /etc/hosts counts); neither blocks the event loop.
 */


#ifndef _NGX_POLYCARD_REDIS_RESOLVE_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_RESOLVE_H_INCLUDED_


#include "market/market.h"


/* valid during the call; NULL when no address could be found */
typedef void (*ngx_polycard_resolve_pt)(void *data, struct sockaddr *sockaddr,
    socklen_t socklen);


/* url, resolver and timeout are read whenever it starts */

typedef struct {
    ngx_url_t                   *url;        /* host and port */
    ngx_resolver_t              *resolver;   /* of http {}, or NULL */
    ngx_msec_t                   timeout;    /* of that */
    ngx_polycard_resolve_pt      handler;
    void                        *data;

    ngx_resolver_ctx_t          *ctx;        /* of nginx's resolver */

    struct gaicb                *request;    /* of the system's, which may
                                                outlive an attempt */
    ngx_event_t                  poll;

    ngx_uint_t                   turn;       /* which of several addresses */
    ngx_sockaddr_t               sockaddr;
} ngx_polycard_resolve_t;


/* calls the handler once, now or later */
void ngx_polycard_resolve_start(ngx_polycard_resolve_t *resolve);

/* the handler will not be called any more */
void ngx_polycard_resolve_cancel(ngx_polycard_resolve_t *resolve);

/* after a cancel, when no attempt will follow */
void ngx_polycard_resolve_free(ngx_polycard_resolve_t *resolve);


#endif /* _NGX_POLYCARD_REDIS_RESOLVE_H_INCLUDED_ */
