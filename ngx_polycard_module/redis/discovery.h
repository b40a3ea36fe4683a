
/*
 * The address of the master: the one in the configuration, that returned by
 * Sentinels, which are asked before each attempt, or by a server of a cluster.
 */


#ifndef _NGX_POLYCARD_REDIS_DISCOVERY_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_DISCOVERY_H_INCLUDED_


#include "market/market.h"
#include "redis/resolve.h"
#include "redis/ask.h"


/* called once, now or later; sockaddr is NULL if it is unknown, see reason */
typedef void (*ngx_polycard_discovery_pt)(void *data,
    struct sockaddr *sockaddr, socklen_t socklen, const char *reason);


typedef struct {
    ngx_polycard_redis_conf_t   *conf;
    ngx_polycard_discovery_pt    handler;
    void                        *data;

    ngx_polycard_resolve_t       resolve;
    ngx_str_t                   *host;        /* of the address, when found */

    ngx_polycard_ask_t          *ask;         /* NULL: nobody is asked */
    ngx_polycard_place_said_t    said;        /* the last one */
    ngx_url_t                    url;         /* ... for resolve */
    ngx_addr_t                   addr;
    ngx_sockaddr_t               sockaddr;


    /*
     * For messages: the address of the configuration; where others are asked,
     * that of the server which they have named, before that the master's name
     */
    ngx_str_t                   *name;
    ngx_str_t                    place;       /* of said */
    u_char                       text[NGX_POLYCARD_TLS_HOST
                                      + sizeof("[]:65535")];

    ngx_uint_t                   seed;        /* of a cluster: which one */
    ngx_uint_t                   hops;        /* from one to the next */

    unsigned                     asking:1;
} ngx_polycard_discovery_t;


/* once; NGX_ERROR: no memory */
ngx_int_t ngx_polycard_discovery_init(ngx_polycard_discovery_t *discovery,
    ngx_polycard_redis_conf_t *conf, ngx_polycard_discovery_pt handler,
    void *data);

/* looks for the master; the handler is called once, unless it is cancelled,
 * also before this returns */
void ngx_polycard_discovery_start(ngx_polycard_discovery_t *discovery);

/* what is being asked may be out of date: asks again */
void ngx_polycard_discovery_restart(ngx_polycard_discovery_t *discovery);

/* the handler will not be called any more */
void ngx_polycard_discovery_cancel(ngx_polycard_discovery_t *discovery);

/* after a cancel, when no attempt will follow */
void ngx_polycard_discovery_free(ngx_polycard_discovery_t *discovery);

/* why it is not known yet, when the owner's time is up; NULL: it is known */
const char *ngx_polycard_discovery_late(ngx_polycard_discovery_t *discovery);

/*
 * In a cluster: remembers the server that an error names as the market's, for
 * the next attempt; if that has no name ("?:PORT"), the next attempt is at
 * another one of the configuration.  NGX_DECLINED: it is another error, or
 * there were too many in a row.
 */
ngx_int_t ngx_polycard_discovery_follow(ngx_polycard_discovery_t *discovery,
    const char *said);

/* it was found; or an attempt has failed, and another server is to be tried */
void ngx_polycard_discovery_ready(ngx_polycard_discovery_t *discovery);
void ngx_polycard_discovery_failed(ngx_polycard_discovery_t *discovery);

/*
 * Do these answers of Sentinels name the last one that was found?  None is
 * while they are being asked: that answer may be older than these.
 */
ngx_uint_t ngx_polycard_discovery_is(ngx_polycard_discovery_t *discovery,
    ngx_polycard_ask_t *ask);


#endif /* _NGX_POLYCARD_REDIS_DISCOVERY_H_INCLUDED_ */
