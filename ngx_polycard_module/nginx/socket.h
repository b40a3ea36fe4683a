
/*
 * A socket that a library opens and closes, in nginx's event loop.
 *
 * Level-triggered: libcurl need not read all there is.
 */


#ifndef _NGX_POLYCARD_NGINX_SOCKET_H_INCLUDED_
#define _NGX_POLYCARD_NGINX_SOCKET_H_INCLUDED_


#include "nginx/base.h"


/* without events yet; NULL: no free connection */
ngx_connection_t *ngx_polycard_socket_open(int fd, ngx_event_handler_pt read,
    ngx_event_handler_pt write, void *data);

/*
 * Before the library closes the socket, or at once after it: libcurl 7.88 to
 * 8.4 does not report that it gives up a connection that was not established.
 */
void ngx_polycard_socket_close(ngx_connection_t *c);

/* event is NGX_READ_EVENT or NGX_WRITE_EVENT, as ev is c->read or c->write */
void ngx_polycard_socket_add(ngx_event_t *ev, ngx_int_t event);
void ngx_polycard_socket_del(ngx_event_t *ev, ngx_int_t event);

/*
 * Shuts down sending, and waits until the peer has closed, at most so
 * many milliseconds; what it sends is dropped.  It blocks.
 */
void ngx_polycard_socket_end(int fd, ngx_msec_t most);


#endif /* _NGX_POLYCARD_NGINX_SOCKET_H_INCLUDED_ */
