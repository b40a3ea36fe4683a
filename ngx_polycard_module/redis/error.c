
#include "redis/error.h"


#define NGX_POLYCARD_ERROR_TEXT    160
#define NGX_POLYCARD_ERROR_DIGITS  5


static size_t ngx_polycard_error_text(u_char *text, redisReply *reply);


ngx_uint_t
ngx_polycard_error_is(redisReply *reply, const char *words)
{
    return reply->type == REDIS_REPLY_ERROR
           && ngx_strncmp(reply->str, words, ngx_strlen(words)) == 0;
}


ngx_uint_t
ngx_polycard_error_no_function(redisReply *reply)
{
    return ngx_polycard_error_is(reply, "ERR Function not found");
}


void
ngx_polycard_error_log(ngx_polycard_redis_t *redis, const char *subject,
    redisReply *reply)
{
    size_t     len;
    u_char     text[NGX_POLYCARD_ERROR_TEXT];
    ngx_str_t  kind;

    len = ngx_polycard_error_text(text, reply);

    kind.data = text;
    kind.len = ngx_min(len, NGX_POLYCARD_TROUBLE_LEN - 1);

    if (ngx_strncmp(redis->trouble, kind.data, kind.len) == 0
        && redis->trouble[kind.len] == '\0')
    {
        return;
    }

    (void) ngx_cpystrn(redis->trouble, kind.data, kind.len + 1);

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" fails to %s: %*s",
                  &redis->conf->address, &redis->market->name, subject, len,
                  text);
}


void
ngx_polycard_error_clear(ngx_polycard_redis_t *redis)
{
    redis->trouble[0] = '\0';
}


/*
 * The message without the arguments that Redis repeats ("with args beginning
 * with"), and with long numbers masked.
 */

static size_t
ngx_polycard_error_text(u_char *text, redisReply *reply)
{
    char    *args;
    size_t   i, n, len, digits;

    if (reply->type != REDIS_REPLY_ERROR) {
        return ngx_sprintf(text, "a reply of type %d", reply->type) - text;
    }

    args = strstr(reply->str, "with args");
    len = args ? (size_t) (args - reply->str) : reply->len;

    if (len > NGX_POLYCARD_ERROR_TEXT) {
        len = NGX_POLYCARD_ERROR_TEXT;
    }

    digits = 0;

    for (i = 0; i < len; i++) {
        text[i] = reply->str[i];

        if (text[i] < 0x20 || text[i] >= 0x7f) {
            text[i] = '?';
        }

        digits = (text[i] >= '0' && text[i] <= '9') ? digits + 1 : 0;

        if (digits >= NGX_POLYCARD_ERROR_DIGITS) {
            for (n = i + 1 - digits; n <= i; n++) {
                text[n] = '*';
            }
        }
    }

    return len;
}
