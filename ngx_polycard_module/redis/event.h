
/* hiredis' five event hooks on nginx's event loop, and nothing else. */


#ifndef _NGX_POLYCARD_REDIS_EVENT_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_EVENT_H_INCLUDED_


#include "ngx_polycard_module.h"


/* before hiredis reads; not NGX_OK: the context is gone */
typedef ngx_int_t (*ngx_polycard_event_check_pt)(void *data,
    ngx_connection_t *c);

/*
 * hiredis is about to free the context: its last reply callback is done, and
 * nginx has let go of the socket
 */
typedef void (*ngx_polycard_event_gone_pt)(void *data, redisAsyncContext *ac);


/*
 * Gives the context's socket a connection of nginx and sets the hooks; to be
 * called before any callback is set.  NULL: no free connection.
 */
ngx_connection_t *ngx_polycard_event_attach(redisAsyncContext *ac,
    ngx_polycard_event_check_pt check, ngx_polycard_event_gone_pt gone,
    void *data);


#endif /* _NGX_POLYCARD_REDIS_EVENT_H_INCLUDED_ */
