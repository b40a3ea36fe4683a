
#include "import/terminal.h"
#include "import/walk.h"

#include <stdio.h>
#include <string.h>


static int polycard_walk_check(polycard_walk_t *walk);


void
polycard_walk_init(polycard_walk_t *walk, polycard_redis_t *redis,
    const char *prefix, const char *index)
{
    memset(walk, 0, sizeof(polycard_walk_t));

    walk->redis = redis;

    (void) snprintf(walk->key, sizeof(walk->key), "%s%s", prefix, index);
    (void) strcpy(walk->from, "-inf");
    (void) strcpy(walk->to, "+inf");
}


int
polycard_walk_limit(polycard_walk_t *walk)
{
    redisReply  *reply;

    reply = polycard_redis_expect(walk->redis, REDIS_REPLY_ARRAY,
                                  "ZRANGE %s -1 -1 WITHSCORES", walk->key);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    /* there is none before the first one */

    (void) snprintf(walk->to, sizeof(walk->to), "%s",
                    reply->elements == 2 ? reply->element[1]->str : "-inf");

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}


int
polycard_walk_next(polycard_walk_t *walk, unsigned limit)
{
    polycard_walk_free(walk);

    walk->page = polycard_redis_expect(walk->redis, REDIS_REPLY_ARRAY,
                                       "ZRANGE %s %s %s BYSCORE LIMIT 0 %u "
                                       "WITHSCORES", walk->key, walk->from,
                                       walk->to, limit);

    if (walk->page == NULL || polycard_walk_check(walk) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    if (walk->n == 0) {
        return POLYCARD_END;
    }

    (void) snprintf(walk->from, sizeof(walk->from), "(%s",
                    walk->page->element[2 * walk->n - 1]->str);

    return POLYCARD_RECORD;
}


static int
polycard_walk_check(polycard_walk_t *walk)
{
    size_t  i;

    walk->n = walk->page->elements / 2;

    for (i = 0; i < walk->page->elements; i++) {
        if (walk->page->element[i]->type != REDIS_REPLY_STRING) {
            return polycard_redis_mismatch(walk->page->element[i]);
        }
    }

    return NGX_POLYCARD_OK;
}


const char *
polycard_walk_member(polycard_walk_t *walk, size_t i, size_t *len)
{
    *len = walk->page->element[2 * i]->len;

    return walk->page->element[2 * i]->str;
}


void
polycard_walk_free(polycard_walk_t *walk)
{
    if (walk->page) {
        freeReplyObject(walk->page);
        walk->page = NULL;
    }
}


long long
polycard_walk_count(polycard_walk_t *walk)
{
    long long    n;
    redisReply  *reply;

    reply = polycard_redis_expect(walk->redis, REDIS_REPLY_INTEGER,
                                  "ZCARD %s", walk->key);
    if (reply == NULL) {
        return -1;
    }

    n = reply->integer;

    freeReplyObject(reply);

    return n;
}
