
/* hiredis' five event hooks on nginx's event loop, and nothing else. */


#ifndef _NGX_POLYCARD_REDIS_EVENT_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_EVENT_H_INCLUDED_


#include "ngx_polycard_module.h"


/*
 * Gives the context's socket a connection of nginx, whose number is the
 * socket, and sets the hooks; to be called before any callback is set.
 * c->data is data.  gone(data, ac) is called when hiredis is about to free the
 * context, after the last reply callback and after nginx has let go of the
 * socket.  NULL: no free connection.
 */
ngx_connection_t *ngx_polycard_event_attach(redisAsyncContext *ac,
    void (*gone)(void *data, redisAsyncContext *ac), void *data);


#endif /* _NGX_POLYCARD_REDIS_EVENT_H_INCLUDED_ */
