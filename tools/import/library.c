
#include "import/library.h"
#include "import/terminal.h"

#include <string.h>

#include "ngx_polycard_library.h"


static int polycard_library_load(polycard_redis_t *redis, unsigned replace);


const int  polycard_library_version = NGX_POLYCARD_LIBRARY_VERSION;


int
polycard_library_check(polycard_redis_t *redis, const char *prefix)
{
    int          rc;
    redisReply  *reply;

    reply = polycard_redis_ask(redis, "FCALL polycard_version 1 %s", prefix);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_library_is_missing(reply)) {
        rc = polycard_library_load(redis, 0);

    } else if (reply->type != REDIS_REPLY_INTEGER) {
        rc = polycard_redis_mismatch(reply);

    } else {
        rc = NGX_POLYCARD_OK;

        if (reply->integer < NGX_POLYCARD_LIBRARY_VERSION) {
            rc = polycard_library_load(redis, 1);

        } else if (reply->integer > NGX_POLYCARD_LIBRARY_VERSION) {
            polycard_say("this Redis has version %lld of the functions, newer "
                         "than this program's %d", reply->integer,
                         NGX_POLYCARD_LIBRARY_VERSION);
        }
    }

    freeReplyObject(reply);

    return rc;
}


unsigned
polycard_library_is_missing(const redisReply *reply)
{
    static const char  text[] = "ERR Function not found";

    return reply->type == REDIS_REPLY_ERROR
           && strncmp(reply->str, text, sizeof(text) - 1) == 0;
}


static int
polycard_library_load(polycard_redis_t *redis, unsigned replace)
{
    int          rc;
    redisReply  *reply;
    static char  exists[] = "ERR Library 'polycard' already exists";

    reply = replace
            ? polycard_redis_ask(redis, "FUNCTION LOAD REPLACE %b",
                                 ngx_polycard_library_text,
                                 (size_t) NGX_POLYCARD_LIBRARY_TEXT_LEN)
            : polycard_redis_ask(redis, "FUNCTION LOAD %b",
                                 ngx_polycard_library_text,
                                 (size_t) NGX_POLYCARD_LIBRARY_TEXT_LEN);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    /* another program was faster */

    rc = (reply->type == REDIS_REPLY_STRING
          || (reply->type == REDIS_REPLY_ERROR
              && strcmp(reply->str, exists) == 0))
         ? NGX_POLYCARD_OK : polycard_redis_mismatch(reply);

    freeReplyObject(reply);

    return rc;
}
