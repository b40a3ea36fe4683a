
#include "redis/event.h"
#include "ngx_polycard_socket.h"


typedef struct {
    ngx_connection_t             *connection;
    redisAsyncContext            *ac;
    ngx_polycard_event_check_pt   check;
    ngx_polycard_event_gone_pt    gone;
    void                         *data;
} ngx_polycard_event_t;


static void ngx_polycard_event_read_handler(ngx_event_t *rev);
static void ngx_polycard_event_write_handler(ngx_event_t *wev);
static void ngx_polycard_event_add_read(void *data);
static void ngx_polycard_event_del_read(void *data);
static void ngx_polycard_event_add_write(void *data);
static void ngx_polycard_event_del_write(void *data);
static void ngx_polycard_event_cleanup(void *data);


ngx_connection_t *
ngx_polycard_event_attach(redisAsyncContext *ac,
    ngx_polycard_event_check_pt check, ngx_polycard_event_gone_pt gone,
    void *data)
{
    ngx_connection_t      *c;
    ngx_polycard_event_t  *event;

    event = ngx_alloc(sizeof(ngx_polycard_event_t), ngx_cycle->log);
    if (event == NULL) {
        return NULL;
    }

    c = ngx_polycard_socket_open(ac->c.fd, ngx_polycard_event_read_handler,
                                 ngx_polycard_event_write_handler, event);
    if (c == NULL) {
        ngx_free(event);
        return NULL;
    }

    event->connection = c;
    event->ac = ac;
    event->check = check;
    event->gone = gone;
    event->data = data;

    ac->ev.data = event;
    ac->ev.addRead = ngx_polycard_event_add_read;
    ac->ev.delRead = ngx_polycard_event_del_read;
    ac->ev.addWrite = ngx_polycard_event_add_write;
    ac->ev.delWrite = ngx_polycard_event_del_write;
    ac->ev.cleanup = ngx_polycard_event_cleanup;

    return c;
}


static void
ngx_polycard_event_read_handler(ngx_event_t *rev)
{
    ngx_connection_t      *c;
    ngx_polycard_event_t  *event;

    c = rev->data;
    event = c->data;

    /* the context, and event with it, may be free after each of these */

    if (event->check(event->data, c) == NGX_OK) {
        redisAsyncHandleRead(event->ac);
    }
}


static void
ngx_polycard_event_write_handler(ngx_event_t *wev)
{
    ngx_connection_t      *c;
    ngx_polycard_event_t  *event;

    c = wev->data;
    event = c->data;

    redisAsyncHandleWrite(event->ac);
}


static void
ngx_polycard_event_add_read(void *data)
{
    ngx_polycard_event_t  *event = data;

    ngx_polycard_socket_add(event->connection->read, NGX_READ_EVENT);
}


static void
ngx_polycard_event_del_read(void *data)
{
    ngx_polycard_event_t  *event = data;

    ngx_polycard_socket_del(event->connection->read, NGX_READ_EVENT);
}


static void
ngx_polycard_event_add_write(void *data)
{
    ngx_polycard_event_t  *event = data;

    ngx_polycard_socket_add(event->connection->write, NGX_WRITE_EVENT);
}


static void
ngx_polycard_event_del_write(void *data)
{
    ngx_polycard_event_t  *event = data;

    ngx_polycard_socket_del(event->connection->write, NGX_WRITE_EVENT);
}


static void
ngx_polycard_event_cleanup(void *data)
{
    ngx_polycard_event_t  *event = data;

    ngx_polycard_socket_close(event->connection);

    event->ac->ev.data = NULL;
    event->gone(event->data, event->ac);

    ngx_free(event);
}
