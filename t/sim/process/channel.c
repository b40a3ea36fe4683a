
#include "process/channel.h"

#include "redis/channel.h"
#include "redis/resolve.h"
#include "server/server.h"


typedef struct {
    ngx_queue_t              queue;     /* of the process */
    process_t               *process;
    unsigned                 life;
    ngx_polycard_channel_t  *channel;   /* NULL: it is closed */
    server_link_t           *link;
} channel_t;


static void channel_reply(void *data, redisReply *reply);
static void channel_broken(void *data, const char *reason);
static int64_t channel_deaf(void *data);
static void channel_refused(void *data, uint64_t tag);


static const server_client_t  channel_client = {
    channel_reply, channel_broken, channel_deaf
};


const char *
ngx_polycard_channel_open(ngx_polycard_channel_t *channel,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_str_t *name)
{
    channel_t  *c;

    c = sim_alloc(sizeof(channel_t));
    c->process = process_current();
    c->life = c->process->life;
    c->channel = channel;
    c->link = server_connect(&channel_client, c);

    if (c->link == NULL) {
        sim_later(sim_below(3), channel_refused, c, 0);
    }

    ngx_queue_insert_tail(&c->process->links, &c->queue);

    channel->connection = (ngx_connection_t *) c;
    channel->expected = 0;
    channel->connected = 1;

    return NULL;
}


ngx_int_t
ngx_polycard_channel_send(ngx_polycard_channel_t *channel,
    const u_char *data, size_t size, ngx_uint_t replies)
{
    channel_t  *c;

    c = (channel_t *) channel->connection;

    if (c == NULL) {
        return NGX_ERROR;
    }

    channel->expected += replies;

    if (c->link) {
        server_send(c->link, data, size);
    }

    return NGX_OK;
}


void
ngx_polycard_channel_close(ngx_polycard_channel_t *channel)
{
    channel_t  *c;

    c = (channel_t *) channel->connection;

    if (c == NULL) {
        return;
    }

    c->channel = NULL;
    ngx_queue_remove(&c->queue);

    if (c->link) {
        server_close(c->link);
    }

    channel->connection = NULL;
    channel->expected = 0;

    if (!channel->busy && channel->handlers->closed) {
        channel->handlers->closed(channel->data);
    }
}


/* what was sent is on its way already */

void
ngx_polycard_channel_flush(ngx_polycard_channel_t *channel, ngx_msec_t most)
{
}


const char *
ngx_polycard_channel_late(ngx_polycard_channel_t *channel)
{
    return "connecting timed out";
}


void
ngx_polycard_channel_free(ngx_polycard_channel_t *channel)
{
}


static void
channel_reply(void *data, redisReply *reply)
{
    channel_t *c = data;

    ngx_polycard_channel_t  *channel;

    if (c->channel == NULL) {
        return;
    }

    process_enter(c->process);

    channel = c->channel;
    channel->expected -= (channel->expected > 0);

    channel->busy = 1;
    channel->handlers->reply(channel->data, reply);
    channel->busy = 0;

    if (channel->connection != (ngx_connection_t *) c
        && channel->handlers->closed)
    {
        channel->handlers->closed(channel->data);
    }

    process_leave(c->process);
}


static void
channel_broken(void *data, const char *reason)
{
    channel_t *c = data;

    if (c->channel == NULL) {
        return;
    }

    process_enter(c->process);
    c->channel->handlers->broken(c->channel->data, reason);
    process_leave(c->process);
}


static int64_t
channel_deaf(void *data)
{
    channel_t *c = data;

    return c->channel ? process_deaf(c->process) : 0;
}


static void
channel_refused(void *data, uint64_t tag)
{
    channel_t *c = data;

    if (channel_deaf(c)) {
        sim_later(channel_deaf(c), channel_refused, c, 0);
        return;
    }

    channel_broken(c, "connection refused");
}


void
channel_drop_all(ngx_queue_t *links)
{
    channel_t    *c;
    ngx_queue_t  *q;

    while (!ngx_queue_empty(links)) {
        q = ngx_queue_head(links);
        ngx_queue_remove(q);

        c = ngx_queue_data(q, channel_t, queue);
        c->channel = NULL;

        if (c->link) {
            server_close(c->link);
        }
    }
}


void
ngx_polycard_resolve_start(ngx_polycard_resolve_t *resolve)
{
    static struct sockaddr  sockaddr;

    resolve->handler(resolve->data, &sockaddr, sizeof(sockaddr));
}


void
ngx_polycard_resolve_cancel(ngx_polycard_resolve_t *resolve)
{
}


void
ngx_polycard_resolve_free(ngx_polycard_resolve_t *resolve)
{
}
