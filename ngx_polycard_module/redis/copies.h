
/*
 * "redis_replicas": a card number that was issued, to a new client or by the
 * office, is waited for until enough replicas have what was written.  WAIT
 * holds up its connection: it has one of its own, and each WAIT is for all who
 * came before.
 */


#ifndef _NGX_POLYCARD_REDIS_COPIES_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_COPIES_H_INCLUDED_


#include "redis/connection.h"
#include "redis/store.h"


/*
 * Calls the handler of added->call, with status NGX_OK when the market's number
 * of replicas have all that server had written when this is called, else 503 or
 * 504.  NGX_DECLINED: Redis is away, too many wait, or there is no memory.
 * added->code and added->etag are copied.
 */
ngx_int_t ngx_polycard_copies_wait(ngx_polycard_store_added_t *added,
    const ngx_polycard_server_t *server);

/* the handler will not be called any more */
void ngx_polycard_copies_cancel(ngx_polycard_copy_t *copy);


#endif /* _NGX_POLYCARD_REDIS_COPIES_H_INCLUDED_ */
