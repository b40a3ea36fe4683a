
/* A link to a server whose address is in the configuration. */


#ifndef _NGX_POLYCARD_REDIS_DIAL_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_DIAL_H_INCLUDED_


#include "market/market.h"
#include "redis/link.h"
#include "redis/resolve.h"


/* the owner sets all of link except its channel, greeting and server */

typedef struct {
    ngx_polycard_link_t          link;
    ngx_polycard_resolve_t       resolve;
} ngx_polycard_dial_t;


/* as with a link */
void ngx_polycard_dial_open(ngx_polycard_dial_t *dial);
void ngx_polycard_dial_close(ngx_polycard_dial_t *dial);
void ngx_polycard_dial_free(ngx_polycard_dial_t *dial);


#endif /* _NGX_POLYCARD_REDIS_DIAL_H_INCLUDED_ */
