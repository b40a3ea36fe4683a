
#include "import/terminal.h"
#include "import/titles.h"
#include "import/walk.h"


#define TITLES_PAGE  100


int
polycard_titles_read(polycard_groups_t *groups, polycard_redis_t *redis,
    const polycard_options_t *o)
{
    int               rc;
    size_t            i, len;
    redisReply       *reply;
    const char       *id;
    polycard_walk_t   walk;

    polycard_walk_init(&walk, redis, o->prefix, "groups");

    while ((rc = polycard_walk_next(&walk, TITLES_PAGE)) == POLYCARD_RECORD) {

        for (i = 0; i < walk.n; i++) {
            id = polycard_walk_member(&walk, i, &len);
            reply = polycard_redis_ask(redis, "HGET %sgroup:%s title",
                                       o->prefix, id);

            if (reply && reply->type == REDIS_REPLY_STRING
                && polycard_groups_add(groups, id, reply->str, reply->len)
                   != NGX_POLYCARD_OK)
            {
                polycard_say("no memory");
                freeReplyObject(reply);
                reply = NULL;
            }

            if (reply == NULL) {
                polycard_walk_free(&walk);
                return NGX_POLYCARD_ERROR;
            }

            freeReplyObject(reply);
        }
    }

    polycard_walk_free(&walk);

    return (rc == POLYCARD_END) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}
