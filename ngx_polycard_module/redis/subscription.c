
#include "redis/command.h"
#include "redis/subscriber.h"
#include "redis/subscription.h"


/* a message of Redis: its first word, and how many parts it has */

typedef struct {
    ngx_str_t                    word;
    ngx_uint_t                   parts;
    ngx_polycard_heard_e         heard;
} ngx_polycard_subscription_message_t;


static void ngx_polycard_subscription_escape(ngx_str_t *pattern,
    const ngx_str_t *channel);
static const ngx_polycard_subscription_message_t *
    ngx_polycard_subscription_message(const redisReply *reply);


static const ngx_polycard_subscription_message_t
    ngx_polycard_subscription_messages[] =
{
    { ngx_string("pmessage"), 4, NGX_POLYCARD_HEARD_EVENT },
    { ngx_string("message"), 3, NGX_POLYCARD_HEARD_EVENT },
    { ngx_string("psubscribe"), 3, NGX_POLYCARD_HEARD_CONFIRMATION },
    { ngx_string("subscribe"), 3, NGX_POLYCARD_HEARD_CONFIRMATION },
    { ngx_null_string, 0, NGX_POLYCARD_HEARD_NONSENSE }
};


/* one command for the patterns, one for the canary's channel */

ngx_int_t
ngx_polycard_subscription_init(ngx_polycard_subscription_t *subscription,
    ngx_pool_t *pool, ngx_polycard_market_t *market)
{
    u_char     *p;
    size_t      size;
    ngx_str_t  *prefix, *channel, pattern;

    prefix = &market->key_prefix;
    channel = &subscription->channel;

    size = sizeof("__keyspace@__:") - 1 + NGX_INT_T_LEN + prefix->len;

    channel->data = ngx_pnalloc(pool, size);
    pattern.data = ngx_pnalloc(pool, 2 * size);

    p = ngx_pnalloc(pool, 2 * NGX_POLYCARD_COMMAND_HEAD
                          + 5 * ngx_polycard_command_size(2 * size + 32));

    if (channel->data == NULL || pattern.data == NULL || p == NULL) {
        return NGX_ERROR;
    }

    channel->len = ngx_sprintf(channel->data, "__keyspace@%ui__:%V",
                               market->redis_conf.database, prefix)
                   - channel->data;

    ngx_polycard_subscription_escape(&pattern, channel);

    subscription->command.data = p;

    p = ngx_polycard_command_start(p, 3);
    p = ngx_polycard_command_arg(p, "PSUBSCRIBE", 10);
    p = ngx_polycard_command_join(p, &pattern, "client:*", 8);
    p = ngx_polycard_command_join(p, &pattern, "group:*", 7);

    p = ngx_polycard_command_start(p, 2);
    p = ngx_polycard_command_arg(p, "SUBSCRIBE", 9);
    p = ngx_polycard_command_join(p, channel, NGX_POLYCARD_CANARY,
                                  sizeof(NGX_POLYCARD_CANARY) - 1);

    subscription->command.len = p - subscription->command.data;

    return NGX_OK;
}


/* escapes the special characters of patterns in Redis */

static void
ngx_polycard_subscription_escape(ngx_str_t *pattern, const ngx_str_t *channel)
{
    size_t   i;
    u_char  *p;

    p = pattern->data;

    for (i = 0; i < channel->len; i++) {
        if (ngx_strchr("*?[]\\", channel->data[i])) {
            *p++ = '\\';
        }

        *p++ = channel->data[i];
    }

    pattern->len = p - pattern->data;
}


ngx_polycard_heard_e
ngx_polycard_subscription_hear(
    const ngx_polycard_subscription_t *subscription, const redisReply *reply,
    ngx_str_t *key, ngx_str_t *event)
{
    const ngx_str_t                            *own;
    const redisReply                           *channel, *name;
    const ngx_polycard_subscription_message_t  *message;

    message = ngx_polycard_subscription_message(reply);

    if (message == NULL) {
        return NGX_POLYCARD_HEARD_NONSENSE;
    }

    if (message->heard != NGX_POLYCARD_HEARD_EVENT) {
        return message->heard;
    }

    channel = reply->element[message->parts - 2];
    name = reply->element[message->parts - 1];

    if (channel->type != REDIS_REPLY_STRING
        || name->type != REDIS_REPLY_STRING)
    {
        return NGX_POLYCARD_HEARD_NONSENSE;
    }

    own = &subscription->channel;

    if (channel->len < own->len
        || ngx_memcmp(channel->str, own->data, own->len) != 0)
    {
        return NGX_POLYCARD_HEARD_OTHER;
    }

    key->data = (u_char *) channel->str + own->len;
    key->len = channel->len - own->len;

    event->data = (u_char *) name->str;
    event->len = name->len;

    return NGX_POLYCARD_HEARD_EVENT;
}


static const ngx_polycard_subscription_message_t *
ngx_polycard_subscription_message(const redisReply *reply)
{
    const redisReply                           *word;
    const ngx_polycard_subscription_message_t  *message;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0
        || reply->element[0]->type != REDIS_REPLY_STRING)
    {
        return NULL;
    }

    word = reply->element[0];

    for (message = ngx_polycard_subscription_messages; message->parts;
         message++)
    {
        if (word->len == message->word.len
            && ngx_strncmp(word->str, message->word.data, word->len) == 0)
        {
            return (reply->elements == message->parts) ? message : NULL;
        }
    }

    return NULL;
}
