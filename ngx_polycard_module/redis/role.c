
#include "redis/role.h"


static void ngx_polycard_role_copy(const redisReply *reply, const char *name,
    u_char *id);
static int64_t ngx_polycard_role_offset(const redisReply *reply,
    const char *name);


const char *
ngx_polycard_role_refusal(const redisReply *reply)
{
    ngx_str_t  role;

    if (reply->type == REDIS_REPLY_ERROR) {
        return (ngx_strncmp(reply->str, "NOPERM", 6) == 0
                || ngx_strncmp(reply->str, "ERR", 3) == 0)
               ? NULL : reply->str;
    }

    if (reply->type != REDIS_REPLY_STRING) {
        return "an answer that is no Redis'";
    }

    if (ngx_polycard_role_field(reply, "\nrole:", &role) == NGX_OK
        && (role.len != 6 || ngx_strncmp(role.data, "master", 6) != 0))
    {
        return "a replica, not the master";
    }

    return NULL;
}


void
ngx_polycard_role_server(const redisReply *reply,
    ngx_polycard_server_t *server)
{
    ngx_memzero(server, sizeof(ngx_polycard_server_t));

    ngx_polycard_role_copy(reply, "\nrun_id:", server->run);
    ngx_polycard_role_copy(reply, "\nmaster_replid:", server->history);
    ngx_polycard_role_copy(reply, "\nmaster_replid2:", server->before);

    server->taken = ngx_polycard_role_offset(reply, "\nsecond_repl_offset:");
    server->offset = ngx_polycard_role_offset(reply, "\nmaster_repl_offset:");
}


static void
ngx_polycard_role_copy(const redisReply *reply, const char *name, u_char *id)
{
    ngx_str_t  value;

    if (ngx_polycard_role_field(reply, name, &value) == NGX_OK
        && value.len < NGX_POLYCARD_SERVER_ID)
    {
        ngx_memcpy(id, value.data, value.len);
    }
}


static int64_t
ngx_polycard_role_offset(const redisReply *reply, const char *name)
{
    off_t      offset;
    ngx_str_t  value;

    if (ngx_polycard_role_field(reply, name, &value) != NGX_OK) {
        return 0;
    }

    offset = ngx_atoof(value.data, value.len);

    /* -1 where it has taken over nothing */
    return (offset == NGX_ERROR) ? 0 : offset;
}


ngx_uint_t
ngx_polycard_role_differs(const ngx_polycard_server_t *one,
    const ngx_polycard_server_t *other)
{
    return one->run[0] && other->run[0]
           && ngx_memcmp(one, other, offsetof(ngx_polycard_server_t, taken))
              != 0;
}


/* if it had the data of another server, it says whose */

ngx_uint_t
ngx_polycard_role_goes_on(const ngx_polycard_server_t *one,
    const ngx_polycard_server_t *later)
{
    return ngx_memcmp(one->run, later->run, NGX_POLYCARD_SERVER_ID) == 0
           && ngx_strncmp(later->before, "00000000", 8) == 0;
}


ngx_uint_t
ngx_polycard_role_lacks(const ngx_polycard_server_t *later,
    const u_char *history, int64_t offset)
{
    return history[0]
           && ngx_memcmp(later->before, history, NGX_POLYCARD_SERVER_ID) == 0
           && later->taken > 0
           && offset >= later->taken;
}


ngx_uint_t
ngx_polycard_role_denied(const redisReply *reply)
{
    const ngx_str_t  *word;

    static const ngx_str_t  words[] = {
        ngx_string("READONLY"),
        ngx_string("MASTERDOWN"),
        ngx_string("NOREPLICAS"),
        ngx_string("LOADING"),
        ngx_string("UNBLOCKED"),
        ngx_null_string
    };

    for (word = words; word->len; word++) {
        if (ngx_strncmp(reply->str, word->data, word->len) == 0) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_polycard_role_field(const redisReply *reply, const char *name,
    ngx_str_t *value)
{
    u_char  *p, *start;

    if (reply->type != REDIS_REPLY_STRING) {
        return NGX_DECLINED;
    }

    /* it ends with a zero */

    start = (u_char *) ngx_strstr(reply->str, name);

    if (start == NULL) {
        return NGX_DECLINED;
    }

    start += ngx_strlen(name);

    for (p = start;
         (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z')
         || *p == '-' || *p == '_';
         p++)
    {
        /* void */
    }

    value->data = start;
    value->len = p - start;

    return (value->len && *p == CR) ? NGX_OK : NGX_DECLINED;
}


/* slave0:ip=...,port=6379,state=online,..., and not slave_repl_offset */

ngx_uint_t
ngx_polycard_role_has_replica(const redisReply *reply)
{
    u_char  *p, *end;

    static char  online[] = ",state=online,";
    static char  nowhere[] = ",port=0,";

    if (reply->type != REDIS_REPLY_STRING) {
        return 0;
    }

    for (p = (u_char *) ngx_strstr(reply->str, "\nslave");
         p;
         p = (u_char *) ngx_strstr(end, "\nslave"))
    {
        p += sizeof("\nslave") - 1;
        end = p + strcspn((char *) p, CRLF);

        if (*p >= '0' && *p <= '9'
            && ngx_strnstr(p, online, end - p)
            && ngx_strnstr(p, nowhere, end - p) == NULL)
        {
            return 1;
        }
    }

    return 0;
}
