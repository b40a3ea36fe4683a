
#include "nginx/socket.h"

#include <poll.h>


ngx_connection_t *
ngx_polycard_socket_open(int fd, ngx_event_handler_pt read,
    ngx_event_handler_pt write, void *data)
{
    ngx_connection_t  *c;

    c = ngx_get_connection(fd, ngx_cycle->log);
    if (c == NULL) {
        return NULL;
    }

    (void) fcntl(fd, F_SETFD, FD_CLOEXEC);

    /* ngx_close_connection() frees the slot, the library closes the socket */
    c->shared = 1;
    c->data = data;

    c->read->handler = read;
    c->write->handler = write;
    c->read->log = ngx_cycle->log;
    c->write->log = ngx_cycle->log;

    return c;
}


void
ngx_polycard_socket_close(ngx_connection_t *c)
{
    ngx_uint_t  flags;

    /* epoll has dropped a closed socket: removing it would cause an alert */

    flags = (fcntl(c->fd, F_GETFD) == -1) ? NGX_CLOSE_EVENT : 0;

    if (c->read->active) {
        (void) ngx_del_event(c->read, NGX_READ_EVENT, flags);
    }

    if (c->write->active) {
        (void) ngx_del_event(c->write, NGX_WRITE_EVENT, flags);
    }

    ngx_close_connection(c);
}


void
ngx_polycard_socket_add(ngx_event_t *ev, ngx_int_t event)
{
    if (ev->active) {
        return;
    }

    /* nginx logs the failure; the timeouts then end the connection */
    (void) ngx_add_event(ev, event, NGX_LEVEL_EVENT);
}


void
ngx_polycard_socket_del(ngx_event_t *ev, ngx_int_t event)
{
    if (ev->active) {
        (void) ngx_del_event(ev, event, 0);
    }
}


void
ngx_polycard_socket_end(int fd, ngx_msec_t most)
{
    int              n;
    u_char           dropped[4096];
    ngx_msec_t       end;
    struct pollfd    pfd;
    ngx_msec_int_t   left;

    if (shutdown(fd, SHUT_WR) == -1) {
        return;
    }

    ngx_time_update();
    end = ngx_current_msec + most;

    pfd.fd = fd;
    pfd.events = POLLIN;

    do {
        ngx_time_update();
        left = (ngx_msec_int_t) (end - ngx_current_msec);

        n = (left > 0) ? poll(&pfd, 1, (int) left) : 0;

        if (n > 0) {
            n = (recv(fd, dropped, sizeof(dropped), MSG_DONTWAIT) > 0);
        }

    } while (n > 0);
}
