
#include "import/export.h"
#include "import/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* keys that Redis scans in one call */
#define REST_COUNT   "500"

/* and clients who are asked for at once */
#define EXPORT_STEP  64


static redisReply *polycard_export_scan(polycard_export_t *export,
    const char *cursor);
static int polycard_export_keys(polycard_export_t *export, redisReply *keys);
static int polycard_export_key(polycard_export_t *export, redisReply *key,
    size_t *n);


int
polycard_export_rest(polycard_export_t *export)
{
    int          rc;
    char         cursor[32];
    redisReply  *reply;

    (void) strcpy(cursor, "0");

    do {
        reply = polycard_stopped ? NULL : polycard_export_scan(export, cursor);

        if (reply == NULL) {
            return NGX_POLYCARD_ERROR;
        }

        (void) snprintf(cursor, sizeof(cursor), "%s", reply->element[0]->str);

        rc = polycard_export_keys(export, reply->element[1]);

        freeReplyObject(reply);

        if (rc != NGX_POLYCARD_OK
            || polycard_output_check(&export->output) != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

    } while (strcmp(cursor, "0") != 0);

    return NGX_POLYCARD_OK;
}


/* a prefix contains no special characters of patterns */

static redisReply *
polycard_export_scan(polycard_export_t *export, const char *cursor)
{
    redisReply  *reply;

    reply = polycard_redis_expect(&export->redis, REDIS_REPLY_ARRAY,
                                  "SCAN %s MATCH %s%s:* COUNT " REST_COUNT,
                                  cursor, export->options.prefix,
                                  export->options.groups ? "group"
                                                         : "client");
    if (reply == NULL) {
        return NULL;
    }

    if (reply->elements == 2
        && reply->element[0]->type == REDIS_REPLY_STRING
        && reply->element[1]->type == REDIS_REPLY_ARRAY)
    {
        return reply;
    }

    (void) polycard_redis_mismatch(reply);
    freeReplyObject(reply);

    return NULL;
}


/* the replies need the members, so a full page is awaited */

static int
polycard_export_keys(polycard_export_t *export, redisReply *keys)
{
    size_t  i, n;

    for (n = 0, i = 0; i < keys->elements; i++) {

        if (polycard_export_key(export, keys->element[i], &n)
            != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        if (n == EXPORT_STEP || i + 1 == keys->elements) {
            if (polycard_redis_collect(&export->redis, 0)
                != NGX_POLYCARD_OK)
            {
                return NGX_POLYCARD_ERROR;
            }

            n = 0;
        }
    }

    return NGX_POLYCARD_OK;
}


/* SCAN may return a key twice; one without a phone does not count (B21) */

static int
polycard_export_key(polycard_export_t *export, redisReply *key, size_t *n)
{
    size_t               len;
    uint64_t             hash, seen;
    ngx_polycard_str_t  *member;

    if (key->type != REDIS_REPLY_STRING) {
        return polycard_redis_mismatch(key);
    }

    member = &export->member[*n];
    len = strlen(export->options.prefix)
          + (export->options.groups ? sizeof("group:") : sizeof("client:"))
          - 1;

    if (key->len <= len) {
        return NGX_POLYCARD_OK;
    }

    member->data = (u_char *) key->str + len;
    member->len = key->len - len;

    if (ngx_polycard_attribute_check(&export->whole->attribute[0], member)
        != NULL)
    {
        return NGX_POLYCARD_OK;
    }

    hash = polycard_table_key(member->data, member->len);

    if (polycard_table_get(&export->seen, hash, &seen) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    if (seen) {
        return NGX_POLYCARD_OK;
    }

    return (polycard_table_set(&export->seen, hash, 1) == NGX_POLYCARD_OK)
           ? polycard_export_send(export, (*n)++) : NGX_POLYCARD_ERROR;
}
