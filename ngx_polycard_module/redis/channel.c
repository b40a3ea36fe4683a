
#include "redis/channel_error.h"
#include "nginx/socket.h"

#include <ngx_event_connect.h>


#define NGX_POLYCARD_CHANNEL_READ  32768

/* bytes read before other events are handled */
#define NGX_POLYCARD_CHANNEL_TURN  (64 * 1024)


static const char *ngx_polycard_channel_connect(
    ngx_polycard_channel_t *channel, struct sockaddr *sockaddr,
    socklen_t socklen, ngx_str_t *name);
static void ngx_polycard_channel_write_handler(ngx_event_t *wev);
static void ngx_polycard_channel_secure(ngx_polycard_channel_t *channel);
static void ngx_polycard_channel_secured(ngx_connection_t *c);
static const char *ngx_polycard_channel_write(
    ngx_polycard_channel_t *channel);
static void ngx_polycard_channel_read_handler(ngx_event_t *rev);
static const char *ngx_polycard_channel_read(ngx_polycard_channel_t *channel);
static const char *ngx_polycard_channel_parse(
    ngx_polycard_channel_t *channel);
static const char *ngx_polycard_channel_take(ngx_polycard_channel_t *channel,
    redisReply *reply);
static void ngx_polycard_channel_released(ngx_polycard_channel_t *channel);


const char *
ngx_polycard_channel_open(ngx_polycard_channel_t *channel,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_str_t *name)
{
    const char  *reason;

    channel->expected = 0;
    channel->connected = 0;
    channel->handshake = 0;
    channel->answered = 0;

    if (ngx_polycard_parser_open(&channel->parser) != NGX_OK) {
        return "no memory";
    }

    reason = ngx_polycard_channel_connect(channel, sockaddr, socklen, name);

    if (reason) {
        ngx_polycard_parser_close(&channel->parser);
    }

    return reason;
}


static const char *
ngx_polycard_channel_connect(ngx_polycard_channel_t *channel,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_str_t *name)
{
    ngx_int_t               rc;
    ngx_connection_t       *c;
    ngx_peer_connection_t   pc;

    /* nginx would log an alert each time */

    if (ngx_cycle->free_connection_n == 0
        && ngx_cycle->reusable_connections_n == 0)
    {
        return "no free connection of the worker";
    }

    /* the owner logs what happens to the connection, once */

    channel->log = *ngx_cycle->log;
    channel->log.log_level = ngx_min(channel->log.log_level, NGX_LOG_ALERT);

    ngx_memzero(&pc, sizeof(ngx_peer_connection_t));

    pc.sockaddr = sockaddr;
    pc.socklen = socklen;
    pc.name = name;
    pc.get = ngx_event_get_peer;
    pc.log = &channel->log;

    if (channel->tls) {
        ngx_polycard_tls_listen(&channel->ear, &channel->log);
        pc.log = &channel->ear.log;
    }

    pc.log_error = NGX_ERROR_ERR;
    pc.so_keepalive = (sockaddr->sa_family != AF_UNIX);

    ngx_set_socket_errno(0);

    rc = ngx_event_connect_peer(&pc);

    if (rc == NGX_DECLINED) {
        return ngx_polycard_channel_socket_error();
    }

    if (rc != NGX_OK && rc != NGX_AGAIN) {
        return "no free connection of the worker";
    }

    c = pc.connection;

    c->data = channel;
    c->read->handler = ngx_polycard_channel_read_handler;
    c->write->handler = ngx_polycard_channel_write_handler;

    (void) fcntl(c->fd, F_SETFD, FD_CLOEXEC);

    if (pc.so_keepalive) {

        /* a peer that has vanished is noticed although we send nothing */

        ngx_polycard_keepalive(c->fd);
        (void) ngx_tcp_nodelay(c);
    }

    channel->connection = c;

    if (rc == NGX_OK) {
        ngx_post_event(c->write, &ngx_posted_events);
    }

    return NULL;
}


void
ngx_polycard_channel_close(ngx_polycard_channel_t *channel)
{
    ngx_pool_t        *pool;
    ngx_connection_t  *c;

    c = channel->connection;

    if (c == NULL) {
        return;
    }

    ngx_polycard_tls_end(c);

    pool = c->pool;

    ngx_close_connection(c);

    if (pool) {
        ngx_destroy_pool(pool);
    }

    channel->connection = NULL;
    channel->expected = 0;

    if (!channel->busy) {
        ngx_polycard_channel_released(channel);
    }
}


/* no reply is delivered any more */

static void
ngx_polycard_channel_released(ngx_polycard_channel_t *channel)
{
    ngx_polycard_parser_close(&channel->parser);
    ngx_polycard_output_free(&channel->output);

    if (channel->handlers->closed) {
        channel->handlers->closed(channel->data);
    }
}


void
ngx_polycard_channel_free(ngx_polycard_channel_t *channel)
{
    ngx_polycard_parser_free(&channel->parser);
}


void
ngx_polycard_channel_flush(ngx_polycard_channel_t *channel, ngx_msec_t most)
{
    if (channel->connection == NULL || !channel->connected) {
        return;
    }

    if (ngx_polycard_channel_write(channel) == NULL && channel->expected) {
        ngx_polycard_socket_end(channel->connection->fd, most);
    }
}


ngx_int_t
ngx_polycard_channel_send(ngx_polycard_channel_t *channel,
    const u_char *data, size_t size, ngx_uint_t replies)
{
    ngx_event_t  *wev;

    if (channel->connection == NULL
        || ngx_polycard_output_add(&channel->output, data, size) != NGX_OK)
    {
        return NGX_ERROR;
    }

    channel->expected += replies;

    wev = channel->connection->write;

    if (channel->connected && wev->ready) {
        ngx_post_event(wev, &ngx_posted_events);
    }

    return NGX_OK;
}


static void
ngx_polycard_channel_write_handler(ngx_event_t *wev)
{
    const char              *reason;
    ngx_connection_t        *c;
    ngx_polycard_channel_t  *channel;

    c = wev->data;
    channel = c->data;

    if (channel->tls && !channel->connected) {
        ngx_polycard_channel_secure(channel);
        return;
    }

    channel->connected = 1;

    reason = ngx_polycard_channel_write(channel);

    if (reason) {
        channel->handlers->broken(channel->data, reason);
    }
}


/* connected, or failed: starts the handshake, sets nginx's handlers */

static void
ngx_polycard_channel_secure(ngx_polycard_channel_t *channel)
{
    const char        *reason;
    ngx_connection_t  *c;

    c = channel->connection;

    reason = ngx_polycard_channel_connect_error(c);

    if (reason) {
        channel->handlers->broken(channel->data, reason);
        return;
    }

    channel->handshake = 1;

    if (ngx_polycard_tls_start(channel->tls, c, channel->host,
                               ngx_polycard_channel_secured)
        != NGX_AGAIN)
    {
        ngx_polycard_channel_secured(c);
    }
}


static void
ngx_polycard_channel_secured(ngx_connection_t *c)
{
    const char              *reason;
    ngx_polycard_channel_t  *channel;

    channel = c->data;

    if (c->close) {
        channel->handlers->broken(channel->data, NULL);
        return;
    }

    reason = ngx_polycard_tls_refusal(channel->tls, c, channel->host,
                                      &channel->ear);
    if (reason) {
        channel->handlers->broken(channel->data, reason);
        return;
    }

    c->read->handler = ngx_polycard_channel_read_handler;
    c->write->handler = ngx_polycard_channel_write_handler;

    channel->connected = 1;

    /* it may have received data with the end of the handshake */

    ngx_post_event(c->read, &ngx_posted_events);
    ngx_post_event(c->write, &ngx_posted_events);
}


/* why it cannot; NULL: the rest follows when the socket is writable */

static const char *
ngx_polycard_channel_write(ngx_polycard_channel_t *channel)
{
    ssize_t                 n;
    ngx_connection_t       *c;
    ngx_polycard_output_t  *output;

    c = channel->connection;
    output = &channel->output;

    while (ngx_polycard_output_size(output) && c->write->ready) {
        ngx_set_socket_errno(0);

        n = c->send(c, output->pos, ngx_polycard_output_size(output));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n < 0) {
            return ngx_polycard_channel_write_error(channel);
        }

        output->pos += n;
    }

    if (ngx_polycard_output_size(output) == 0) {
        ngx_polycard_output_clear(output);
    }

    return ngx_handle_write_event(c->write, 0) == NGX_OK
           ? NULL : "no memory";
}


static void
ngx_polycard_channel_read_handler(ngx_event_t *rev)
{
    const char              *reason;
    ngx_connection_t        *c;
    ngx_polycard_channel_t  *channel;

    c = rev->data;
    channel = c->data;

    if (c->close) {

        /* worker_shutdown_timeout */
        channel->handlers->broken(channel->data, NULL);
        return;
    }

    if (channel->tls && !channel->connected) {
        ngx_polycard_channel_secure(channel);
        return;
    }

    channel->busy = 1;

    reason = ngx_polycard_channel_read(channel);

    channel->busy = 0;

    if (channel->connection == NULL) {
        ngx_polycard_channel_released(channel);

    } else if (reason) {
        channel->handlers->broken(channel->data, reason);
    }
}


/*
 * Reads until nothing is left, because data that TLS has decrypted cause no
 * event; returns why nothing more can be read, or NULL
 */

static const char *
ngx_polycard_channel_read(ngx_polycard_channel_t *channel)
{
    u_char             data[NGX_POLYCARD_CHANNEL_READ];
    size_t             size;
    ssize_t            n;
    const char        *reason;
    ngx_connection_t  *c;

    c = channel->connection;

    for (size = 0; size < NGX_POLYCARD_CHANNEL_TURN; size += n) {
        ngx_set_socket_errno(0);

        n = c->recv(c, data, sizeof(data));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n <= 0) {
            return ngx_polycard_channel_read_error(channel, n);
        }

        reason = ngx_polycard_channel_first(channel, data[0]);

        if (reason == NULL) {
            ngx_polycard_parser_feed(&channel->parser, data, n);
            reason = ngx_polycard_channel_parse(channel);
        }

        if (reason || channel->connection == NULL) {
            return reason;
        }

        if (!c->read->ready) {
            break;
        }
    }

    if (c->read->ready) {

        /* a burst does not block others */
        ngx_post_event(c->read, &ngx_posted_next_events);
    }

    return ngx_handle_read_event(c->read, 0) == NGX_OK
           ? NULL : "no memory";
}


/* all replies received, until the owner closes it */

static const char *
ngx_polycard_channel_parse(ngx_polycard_channel_t *channel)
{
    size_t       max;
    redisReply  *reply;
    const char  *reason;

    for ( ;; ) {
        reason = ngx_polycard_parser_next(&channel->parser, &reply);

        if (reason) {
            return reason;
        }

        if (reply == NULL) {
            break;
        }

        reason = ngx_polycard_channel_take(channel, reply);

        if (reason || channel->connection == NULL) {
            return reason;
        }
    }

    max = (channel->expected || channel->unasked) ? channel->parser.max
                                                  : channel->noise;

    return (ngx_polycard_parser_size(&channel->parser) > max)
           ? "a reply that is too long" : NULL;
}


static const char *
ngx_polycard_channel_take(ngx_polycard_channel_t *channel, redisReply *reply)
{
    if (channel->expected) {
        channel->expected--;

    } else if (!channel->unasked) {
        return (reply->type == REDIS_REPLY_ERROR)
               ? reply->str : "a reply that nobody asked for";
    }

    channel->handlers->reply(channel->data, reply);

    return NULL;
}
