
#include "redis/greeting.h"
#include "redis/link.h"


/* bytes of one reply: received and parsed */
#define NGX_POLYCARD_LINK_BUFFER  (1024 * 1024)


static ngx_int_t ngx_polycard_link_greet(ngx_polycard_link_t *link);
static void ngx_polycard_link_reply(void *data, redisReply *reply);
static void ngx_polycard_link_broken(void *data, const char *reason);


static const ngx_polycard_channel_handlers_t  ngx_polycard_link_handlers = {
    ngx_polycard_link_reply,
    ngx_polycard_link_broken,
    NULL
};


void
ngx_polycard_link_open(ngx_polycard_link_t *link, struct sockaddr *sockaddr,
    socklen_t socklen, ngx_str_t *host)
{
    const char              *reason;
    ngx_polycard_channel_t  *channel;

    channel = &link->channel;

    channel->handlers = &ngx_polycard_link_handlers;
    channel->data = link;
    channel->parser.max = NGX_POLYCARD_LINK_BUFFER;
    channel->unasked = 1;
    channel->tls = link->conf->ssl.tls;
    channel->host = host;

    reason = ngx_polycard_channel_open(channel, sockaddr, socklen,
                                       &link->conf->address);

    if (reason == NULL && ngx_polycard_link_greet(link) != NGX_OK) {
        reason = "no memory";
    }

    if (reason) {
        link->ended(link->data, reason);
    }
}


void
ngx_polycard_link_close(ngx_polycard_link_t *link)
{
    ngx_polycard_channel_close(&link->channel);
}


void
ngx_polycard_link_free(ngx_polycard_link_t *link)
{
    ngx_polycard_channel_free(&link->channel);
}


/* all that is ever sent */

static ngx_int_t
ngx_polycard_link_greet(ngx_polycard_link_t *link)
{
    link->greeting = ngx_polycard_greeting_send(&link->channel, link->conf);

    if (link->greeting == NGX_ERROR) {
        return NGX_ERROR;
    }

    return ngx_polycard_channel_send(&link->channel, link->command->data,
                                     link->command->len, 0);
}


static void
ngx_polycard_link_reply(void *data, redisReply *reply)
{
    ngx_polycard_link_t *link = data;

    const char  *reason;

    if (link->greeting) {
        link->greeting--;
        reason = ngx_polycard_greeting_refusal(reply, link->greeting,
                                               &link->server);

    } else {
        reason = link->reply(link->data, reply);
    }

    if (reason) {
        link->ended(link->data, reason);
    }
}


static void
ngx_polycard_link_broken(void *data, const char *reason)
{
    ngx_polycard_link_t *link = data;

    link->ended(link->data, reason);
}
