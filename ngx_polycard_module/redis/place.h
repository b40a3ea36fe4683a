
/* Where a server is, as another one says. */


#ifndef _NGX_POLYCARD_REDIS_PLACE_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_PLACE_H_INCLUDED_


#include "market/market.h"
#include "redis/tls.h"


/* an address or a name */

typedef struct {
    ngx_str_t                    host;        /* len 0: nobody has said one */
    in_port_t                    port;
    u_char                       text[NGX_POLYCARD_TLS_HOST + 1];
} ngx_polycard_place_said_t;


/* NGX_DECLINED: no host is called so, or it is no port; nothing is changed */
ngx_int_t ngx_polycard_place_read(ngx_polycard_place_said_t *said,
    const u_char *host, size_t len, ngx_int_t port);

/* the same host and port, in the same words */
ngx_uint_t ngx_polycard_place_same(const ngx_polycard_place_said_t *one,
    const ngx_polycard_place_said_t *other);


#endif /* _NGX_POLYCARD_REDIS_PLACE_H_INCLUDED_ */
