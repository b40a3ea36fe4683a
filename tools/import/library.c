
#include "import/library.h"
#include "import/terminal.h"

#include <string.h>

#include "ngx_polycard_library.h"


static int polycard_library_load(polycard_redis_t *redis, unsigned replace);
static int polycard_library_loaded(const redisReply *reply);


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

    rc = polycard_library_loaded(reply);

    freeReplyObject(reply);

    return rc;
}


static int
polycard_library_loaded(const redisReply *reply)
{
    int          rc;
    static char  exists[] = "ERR Library 'polycard' already exists";

    if (reply->type == REDIS_REPLY_STRING) {
        return NGX_POLYCARD_OK;
    }

    /* another program was faster */

    if (reply->type == REDIS_REPLY_ERROR && strcmp(reply->str, exists) == 0) {
        return NGX_POLYCARD_OK;
    }

    rc = polycard_redis_mismatch(reply);

    if (reply->type == REDIS_REPLY_ERROR
        && strncmp(reply->str, "NOPERM", 6) == 0)
    {
        polycard_say("the functions are missing in this Redis, or older: "
                     "import once as a user who may load them, such as that "
                     "of nginx, or start nginx with the market first");
    }

    return rc;
}
