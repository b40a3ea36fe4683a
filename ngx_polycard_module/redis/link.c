
#include "redis/greeting.h"
#include "redis/link.h"
#include "ngx_polycard_socket.h"


/* of one reply: what has arrived of it, and what was made of that */
#define NGX_POLYCARD_LINK_BUFFER  (1024 * 1024)


static void ngx_polycard_link_connect(void *data, const char *text);
static const char *ngx_polycard_link_attach(ngx_polycard_link_t *link);
static ngx_int_t ngx_polycard_link_greet(ngx_polycard_link_t *link);
static void ngx_polycard_link_write_handler(ngx_event_t *wev);
static void ngx_polycard_link_read_handler(ngx_event_t *rev);
static void ngx_polycard_link_read(ngx_polycard_link_t *link);
static const char *ngx_polycard_link_take(ngx_polycard_link_t *link,
    const redisReply *reply);


void
ngx_polycard_link_open(ngx_polycard_link_t *link)
{
    ngx_polycard_redis_conf_t  *conf;

    conf = link->conf;

    link->expected = 1;

    link->resolve.conf = conf;
    link->resolve.handler = ngx_polycard_link_connect;
    link->resolve.data = link;

    if (ngx_polycard_url_is_unix(&conf->url)) {
        ngx_polycard_link_connect(link, (char *) conf->url.host.data);

    } else {
        ngx_polycard_resolve_start(&link->resolve);
    }
}


void
ngx_polycard_link_close(ngx_polycard_link_t *link)
{
    ngx_polycard_resolve_cancel(&link->resolve);

    if (link->connection) {
        ngx_polycard_socket_close(link->connection);
        link->connection = NULL;
    }

    if (link->context) {
        redisFree(link->context);
        link->context = NULL;
    }
}


void
ngx_polycard_link_free(ngx_polycard_link_t *link)
{
    ngx_polycard_reader_free(&link->reader);
    ngx_polycard_resolve_free(&link->resolve);
}


static void
ngx_polycard_link_connect(void *data, const char *text)
{
    ngx_polycard_link_t *link = data;

    const char  *reason;

    if (text == NULL) {
        link->ended(link->data, "host not found");
        return;
    }

    if (ngx_polycard_url_is_unix(&link->conf->url)) {
        link->context = redisConnectUnixNonBlock(text);

    } else {
        link->context = redisConnectNonBlock(text, link->conf->url.port);
    }

    reason = ngx_polycard_link_attach(link);

    if (reason) {
        link->ended(link->data, reason);
    }
}


/* why the new context is of no use; NULL: it is */

static const char *
ngx_polycard_link_attach(ngx_polycard_link_t *link)
{
    redisContext      *context;
    ngx_connection_t  *c;

    context = link->context;

    if (context == NULL) {
        return "no memory";
    }

    /* a peer that has vanished is noticed although we send nothing more */

    if (context->err
        || (!ngx_polycard_url_is_unix(&link->conf->url)
            && redisEnableKeepAlive(context) != REDIS_OK))
    {
        return context->errstr;
    }

    c = ngx_polycard_socket_open(context->fd, ngx_polycard_link_read_handler,
                                 ngx_polycard_link_write_handler, link);
    if (c == NULL) {
        return "no free connection of the worker";
    }

    link->connection = c;

    ngx_polycard_reader_attach(&link->reader, context->reader,
                               &link->expected, NGX_POLYCARD_LINK_BUFFER);

    if (ngx_polycard_link_greet(link) != NGX_OK) {
        return "no memory";
    }

    ngx_polycard_socket_add(c->read, NGX_READ_EVENT);
    ngx_polycard_socket_add(c->write, NGX_WRITE_EVENT);

    return NULL;
}


/* all that is ever sent, as soon as the socket takes it */

static ngx_int_t
ngx_polycard_link_greet(ngx_polycard_link_t *link)
{
    int                       rc;
    ngx_uint_t                i;
    ngx_polycard_greeting_t   greeting;

    if (ngx_polycard_greeting_create(&greeting, link->conf) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = REDIS_OK;

    for (i = 0; i < greeting.n && rc == REDIS_OK; i++) {
        rc = redisAppendFormattedCommand(link->context,
                                         (char *) greeting.command[i].data,
                                         greeting.command[i].len);
    }

    if (rc == REDIS_OK) {
        rc = redisAppendFormattedCommand(link->context,
                                         (char *) link->command->data,
                                         link->command->len);
    }

    link->greeting = greeting.n;

    ngx_polycard_greeting_free(&greeting);

    return (rc == REDIS_OK) ? NGX_OK : NGX_ERROR;
}


static void
ngx_polycard_link_write_handler(ngx_event_t *wev)
{
    int                   done;
    ngx_connection_t     *c;
    ngx_polycard_link_t  *link;

    c = wev->data;
    link = c->data;

    if (redisBufferWrite(link->context, &done) != REDIS_OK) {
        link->ended(link->data, link->context->errstr);

    } else if (done) {
        ngx_polycard_socket_del(wev, NGX_WRITE_EVENT);
    }
}


/* one read of 16 KB a turn of the event loop: a burst holds up nobody */

static void
ngx_polycard_link_read_handler(ngx_event_t *rev)
{
    ngx_connection_t     *c;
    ngx_polycard_link_t  *link;

    c = rev->data;
    link = c->data;

    if (c->close) {

        /* worker_shutdown_timeout */
        link->ended(link->data, NULL);

    } else if (redisBufferRead(link->context) != REDIS_OK) {
        link->ended(link->data, link->context->errstr);

    } else {
        ngx_polycard_link_read(link);
    }
}


static void
ngx_polycard_link_read(ngx_polycard_link_t *link)
{
    void         *reply;
    const char   *reason;
    redisReader  *reader;

    /* until a handler has closed it */

    while (link->context) {
        reader = link->context->reader;

        if (redisReaderGetReply(reader, &reply) != REDIS_OK) {
            link->ended(link->data, reader->errstr);
            return;
        }

        if (reply == NULL) {
            if (reader->len > NGX_POLYCARD_LINK_BUFFER) {
                link->ended(link->data, "a reply that is too long");
            }

            return;
        }

        reason = ngx_polycard_link_take(link, reply);

        if (reason) {
            link->ended(link->data, reason);
        }

        ngx_polycard_reader_reset(&link->reader);
    }
}


static const char *
ngx_polycard_link_take(ngx_polycard_link_t *link, const redisReply *reply)
{
    if (link->greeting) {
        link->greeting--;
        return ngx_polycard_greeting_refusal(reply);
    }

    return link->reply(link->data, reply);
}
