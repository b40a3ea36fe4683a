
#include "redis/command.h"
#include "redis/greeting.h"


static u_char *ngx_polycard_greeting_add(ngx_polycard_greeting_t *greeting,
    u_char *end);


ngx_int_t
ngx_polycard_greeting_create(ngx_polycard_greeting_t *greeting,
    ngx_polycard_redis_conf_t *conf)
{
    u_char  *p;

    ngx_memzero(greeting, sizeof(ngx_polycard_greeting_t));

    /* hiredis looks at the byte behind a command's first argument */

    greeting->size = NGX_POLYCARD_GREETING_MAX
                     * (NGX_POLYCARD_COMMAND_HEAD
                        + ngx_polycard_command_size(6))
                     + ngx_polycard_command_size(conf->user.len)
                     + ngx_polycard_command_size(conf->password.len)
                     + ngx_polycard_command_size(NGX_INT64_LEN) + 1;

    greeting->data = ngx_calloc(greeting->size, ngx_cycle->log);
    if (greeting->data == NULL) {
        return NGX_ERROR;
    }

    p = greeting->data;

    if (conf->password.len) {
        p = ngx_polycard_command_start(p, conf->user.len ? 3 : 2);
        p = ngx_polycard_command_arg(p, "AUTH", 4);

        if (conf->user.len) {
            p = ngx_polycard_command_arg(p, conf->user.data, conf->user.len);
        }

        p = ngx_polycard_command_arg(p, conf->password.data,
                                     conf->password.len);
        p = ngx_polycard_greeting_add(greeting, p);
    }

    if (conf->database) {
        p = ngx_polycard_command_start(p, 2);
        p = ngx_polycard_command_arg(p, "SELECT", 6);
        p = ngx_polycard_command_number(p, conf->database);
        p = ngx_polycard_greeting_add(greeting, p);
    }

    p = ngx_polycard_command_start(p, 1);
    p = ngx_polycard_command_arg(p, "PING", 4);
    (void) ngx_polycard_greeting_add(greeting, p);

    return NGX_OK;
}


/* what was written since the last command is one more */

static u_char *
ngx_polycard_greeting_add(ngx_polycard_greeting_t *greeting, u_char *end)
{
    ngx_str_t  *command;

    command = &greeting->command[greeting->n];

    command->data = greeting->n ? command[-1].data + command[-1].len
                                : greeting->data;
    command->len = end - command->data;

    greeting->n++;

    return end;
}


void
ngx_polycard_greeting_free(ngx_polycard_greeting_t *greeting)
{
    ngx_explicit_memzero(greeting->data, greeting->size);
    ngx_free(greeting->data);
}


const char *
ngx_polycard_greeting_refusal(const redisReply *reply)
{
    switch (reply->type) {

    case REDIS_REPLY_STATUS:
        return NULL;

    case REDIS_REPLY_ERROR:
        return reply->str;

    default:
        return "an answer that is no Redis'";
    }
}
