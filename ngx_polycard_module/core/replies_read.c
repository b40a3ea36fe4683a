
#include "core/replies_internal.h"

#include <string.h>


static ngx_polycard_replies_e ngx_polycard_replies_line(
    ngx_polycard_replies_t *replies, redisReply *reply, int type);
static ngx_polycard_replies_e ngx_polycard_replies_number(
    ngx_polycard_replies_t *replies, long long *number, u_char **next);
static ngx_polycard_replies_e ngx_polycard_replies_string(
    ngx_polycard_replies_t *replies, redisReply *reply);
static ngx_polycard_replies_e ngx_polycard_replies_array(
    ngx_polycard_replies_t *replies, redisReply *reply);
static int ngx_polycard_replies_elements(ngx_polycard_replies_t *replies,
    redisReply *reply, long long n);
static void ngx_polycard_replies_nil(redisReply *reply);


ngx_polycard_replies_e
ngx_polycard_replies_read(ngx_polycard_replies_t *replies, redisReply *reply)
{
    u_char                  *next;
    ngx_polycard_replies_e   rc;

    switch (*replies->pos) {

    case '$':
        return ngx_polycard_replies_string(replies, reply);

    case '*':
        return ngx_polycard_replies_array(replies, reply);

    case ':':
        rc = ngx_polycard_replies_number(replies, &reply->integer, &next);

        if (rc == NGX_POLYCARD_REPLIES_DONE) {
            reply->type = REDIS_REPLY_INTEGER;
            replies->pos = next;
        }

        return rc;

    case '+':
        return ngx_polycard_replies_line(replies, reply, REDIS_REPLY_STATUS);

    case '-':
        return ngx_polycard_replies_line(replies, reply, REDIS_REPLY_ERROR);

    default:
        return NGX_POLYCARD_REPLIES_INVALID;
    }
}


static ngx_polycard_replies_e
ngx_polycard_replies_line(ngx_polycard_replies_t *replies, redisReply *reply,
    int type)
{
    u_char  *p, *line;

    line = replies->pos + 1;

    for (p = line; /* void */ ; p++) {

        p = memchr(p, '\r', replies->last - p);

        if (p == NULL || p + 1 == replies->last) {
            return NGX_POLYCARD_REPLIES_MORE;
        }

        if (p[1] == '\n') {
            break;
        }
    }

    reply->type = type;
    reply->str = (char *) line;
    reply->len = p - line;

    if (reply->len > NGX_POLYCARD_REPLIES_STRING_MAX) {
        reply->len = NGX_POLYCARD_REPLIES_STRING_MAX;
    }

    reply->str[reply->len] = '\0';
    replies->pos = p + 2;

    return NGX_POLYCARD_REPLIES_DONE;
}


/* of a line whose first byte is the type; next is behind the line */

static ngx_polycard_replies_e
ngx_polycard_replies_number(ngx_polycard_replies_t *replies,
    long long *number, u_char **next)
{
    u_char              *p, *digits, *last;
    unsigned             minus;
    unsigned long long   n;

    p = replies->pos + 1;
    last = replies->last;

    minus = (p < last && *p == '-');
    p += minus;
    digits = p;

    for (n = 0; p < last && *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (*p - '0');
    }

    /* 19 digits do not overflow here, but may in a signed number */

    if (p - digits > 18
        && (p - digits > 19 || n > (unsigned long long) INT64_MAX + minus))
    {
        return NGX_POLYCARD_REPLIES_INVALID;
    }

    if (last - p < 2) {
        return p == last || (*p == '\r' && p > digits)
               ? NGX_POLYCARD_REPLIES_MORE : NGX_POLYCARD_REPLIES_INVALID;
    }

    if (p == digits || p[0] != '\r' || p[1] != '\n'
        || (*digits == '0' && (minus || p - digits > 1)))
    {
        return NGX_POLYCARD_REPLIES_INVALID;
    }

    *number = (long long) (minus ? 0 - n : n);
    *next = p + 2;

    return NGX_POLYCARD_REPLIES_DONE;
}


static ngx_polycard_replies_e
ngx_polycard_replies_string(ngx_polycard_replies_t *replies, redisReply *reply)
{
    size_t                   size;
    u_char                  *p;
    long long                len;
    ngx_polycard_replies_e   rc;

    rc = ngx_polycard_replies_number(replies, &len, &p);

    if (rc != NGX_POLYCARD_REPLIES_DONE) {
        return rc;
    }

    if (len == -1) {
        ngx_polycard_replies_nil(reply);
        replies->pos = p;

        return NGX_POLYCARD_REPLIES_DONE;
    }

    if (len < 0) {
        return NGX_POLYCARD_REPLIES_INVALID;
    }

    size = replies->last - p;

    if (size < 2 || size - 2 < (unsigned long long) len) {
        return NGX_POLYCARD_REPLIES_MORE;
    }

    if (p[len] != '\r' || p[len + 1] != '\n') {
        return NGX_POLYCARD_REPLIES_INVALID;
    }

    reply->type = REDIS_REPLY_STRING;
    reply->str = (char *) p;
    reply->len = len < NGX_POLYCARD_REPLIES_STRING_MAX
                 ? len : NGX_POLYCARD_REPLIES_STRING_MAX;
    reply->str[reply->len] = '\0';

    replies->pos = p + len + 2;

    return NGX_POLYCARD_REPLIES_DONE;
}


/* its elements follow */

static ngx_polycard_replies_e
ngx_polycard_replies_array(ngx_polycard_replies_t *replies, redisReply *reply)
{
    u_char                  *p;
    long long                n;
    ngx_polycard_replies_e   rc;

    if (replies->depth == NGX_POLYCARD_REPLIES_DEPTH) {
        return NGX_POLYCARD_REPLIES_INVALID;
    }

    rc = ngx_polycard_replies_number(replies, &n, &p);

    if (rc != NGX_POLYCARD_REPLIES_DONE) {
        return rc;
    }

    if (n < -1) {
        return NGX_POLYCARD_REPLIES_INVALID;
    }

    if (n == -1) {
        ngx_polycard_replies_nil(reply);

    } else {

        if (n && ngx_polycard_replies_elements(replies, reply, n)
                 != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_REPLIES_LARGE;
        }

        reply->type = REDIS_REPLY_ARRAY;
        reply->elements = n;
    }

    replies->pos = p;

    return NGX_POLYCARD_REPLIES_DONE;
}


static int
ngx_polycard_replies_elements(ngx_polycard_replies_t *replies,
    redisReply *reply, long long n)
{
    size_t                         i;
    redisReply                    *element;
    ngx_polycard_replies_level_t  *level;

    if (n > NGX_POLYCARD_REPLIES_ELEMENTS_MAX) {
        return NGX_POLYCARD_ERROR;
    }

    element = ngx_polycard_arena_alloc(&replies->arena,
                              n * (sizeof(redisReply) + sizeof(redisReply *)));
    if (element == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    memset(element, 0, n * sizeof(redisReply));

    reply->element = (redisReply **) (element + n);

    for (i = 0; i < (size_t) n; i++) {
        reply->element[i] = &element[i];
    }

    level = &replies->level[++replies->depth];
    level->element = element;
    level->size = n;
    level->next = 0;

    return NGX_POLYCARD_OK;
}


static void
ngx_polycard_replies_nil(redisReply *reply)
{
    reply->type = REDIS_REPLY_NIL;
}
