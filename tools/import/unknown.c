
#include "import/terminal.h"
#include "import/unknown.h"


int
polycard_unknown_tell(polycard_redis_t *redis, const char *prefix,
    const char *meaning)
{
    redisReply  *reply;

    reply = polycard_redis_ask(redis, "EXISTS %smeta %sclients %sgroups "
                               "%sseq:position", prefix, prefix, prefix,
                               prefix);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    if (reply->type == REDIS_REPLY_INTEGER && reply->integer == 0) {
        polycard_say("this Redis has no market \"%s\" yet: %s", prefix,
                     meaning);
    }

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}
