
#include "redis/command.h"
#include "redis/greeting.h"


/* commands besides the last one, and the longest of their words */
#define NGX_POLYCARD_GREETING_MAX   4
#define NGX_POLYCARD_GREETING_WORD  6


static u_char *ngx_polycard_greeting_auth(u_char *p, const ngx_str_t *user,
    const ngx_str_t *password);


ngx_int_t
ngx_polycard_greeting_send(ngx_polycard_channel_t *channel,
    ngx_polycard_redis_conf_t *conf)
{
    u_char      *p, *data;
    size_t       size;
    ngx_int_t    n, rc;

    size = NGX_POLYCARD_GREETING_MAX
           * (NGX_POLYCARD_COMMAND_HEAD
              + ngx_polycard_command_size(NGX_POLYCARD_GREETING_WORD))
           + ngx_polycard_command_size(conf->user.len)
           + ngx_polycard_command_size(conf->password.len)
           + ngx_polycard_command_size(NGX_INT64_LEN)
           + ngx_polycard_command_size(conf->key ? conf->key->len : 0)
           + sizeof(NGX_POLYCARD_ROLE_QUESTION) - 1;

    data = ngx_alloc(size, ngx_cycle->log);
    if (data == NULL) {
        return NGX_ERROR;
    }

    p = data;
    n = 2;

    if (conf->password.len) {
        p = ngx_polycard_greeting_auth(p, &conf->user, &conf->password);
        n++;
    }

    if (conf->database) {
        p = ngx_polycard_command_start(p, 2);
        p = ngx_polycard_command_arg(p, "SELECT", 6);
        p = ngx_polycard_command_number(p, conf->database);
        n++;
    }

    if (conf->key) {

        /* without the slot a server replies who has it; no such key exists */

        p = ngx_polycard_command_start(p, 2);
        p = ngx_polycard_command_arg(p, "EXISTS", 6);
        p = ngx_polycard_command_arg(p, conf->key->data, conf->key->len);
        n++;
    }

    p = ngx_polycard_command_start(p, 1);
    p = ngx_polycard_command_arg(p, "PING", 4);

    p = ngx_cpymem(p, NGX_POLYCARD_ROLE_QUESTION,
                   sizeof(NGX_POLYCARD_ROLE_QUESTION) - 1);

    rc = ngx_polycard_channel_send(channel, data, p - data, n);

    ngx_explicit_memzero(data, size);
    ngx_free(data);

    return (rc == NGX_OK) ? n : NGX_ERROR;
}


static u_char *
ngx_polycard_greeting_auth(u_char *p, const ngx_str_t *user,
    const ngx_str_t *password)
{
    p = ngx_polycard_command_start(p, user->len ? 3 : 2);
    p = ngx_polycard_command_arg(p, "AUTH", 4);

    if (user->len) {
        p = ngx_polycard_command_arg(p, user->data, user->len);
    }

    return ngx_polycard_command_arg(p, password->data, password->len);
}


const char *
ngx_polycard_greeting_refusal(const redisReply *reply, ngx_int_t left,
    ngx_polycard_server_t *server)
{
    if (left == 0) {
        ngx_polycard_role_server(reply, server);
        return ngx_polycard_role_refusal(reply);
    }

    switch (reply->type) {

    case REDIS_REPLY_STATUS:
        return NULL;

    case REDIS_REPLY_INTEGER:

        /* of EXISTS, and never the last but one, which is PING */
        return (left > 1) ? NULL : "an answer that is no Redis'";

    case REDIS_REPLY_ERROR:
        return reply->str;

    default:
        return "an answer that is no Redis'";
    }
}
