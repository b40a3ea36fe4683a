
#include "core/replies_internal.h"

#include <stdlib.h>
#include <string.h>


/* the smallest buffer; and the least room that is worth a read */
#define NGX_POLYCARD_REPLIES_MIN   16384
#define NGX_POLYCARD_REPLIES_READ  4096

/* a larger buffer is freed when all of it was read */
#define NGX_POLYCARD_REPLIES_KEPT  (256 * 1024)


static void ngx_polycard_replies_begin(ngx_polycard_replies_t *replies);
static int ngx_polycard_replies_move(ngx_polycard_replies_t *replies);
static void ngx_polycard_replies_relocate(redisReply *reply,
    const u_char *from, u_char *to);
static ngx_polycard_replies_e ngx_polycard_replies_continue(
    ngx_polycard_replies_t *replies);
static int ngx_polycard_replies_root(ngx_polycard_replies_t *replies);
static void ngx_polycard_replies_strings(ngx_polycard_replies_t *replies,
    ngx_polycard_replies_level_t *level);


u_char *
ngx_polycard_replies_room(ngx_polycard_replies_t *replies, size_t *size)
{
    if (replies->whole) {
        ngx_polycard_replies_begin(replies);
    }

    if (replies->begin == replies->last) {

        /* nothing is kept: pos is there as well */

        if (replies->end - replies->start > NGX_POLYCARD_REPLIES_KEPT) {
            free(replies->start);
            replies->start = NULL;
            replies->end = NULL;
        }

        replies->begin = replies->start;
        replies->pos = replies->start;
        replies->last = replies->start;
    }

    if (replies->end - replies->last < NGX_POLYCARD_REPLIES_READ
        && ngx_polycard_replies_move(replies) != NGX_POLYCARD_OK)
    {
        return NULL;
    }

    *size = replies->end - replies->last;

    return replies->last;
}


/* the last reply ends */

static void
ngx_polycard_replies_begin(ngx_polycard_replies_t *replies)
{
    ngx_polycard_arena_reset(&replies->arena);

    replies->root = NULL;
    replies->whole = 0;
    replies->begin = replies->pos;
}


/* room behind what was received of a reply, which may be half the buffer */

static int
ngx_polycard_replies_move(ngx_polycard_replies_t *replies)
{
    size_t   used, all;
    u_char  *p;

    used = replies->last - replies->begin;
    all = replies->end - replies->start;
    p = replies->start;

    if (all == 0 || used > all / 2) {
        all = all ? 2 * all : NGX_POLYCARD_REPLIES_MIN;

        p = malloc(all);
        if (p == NULL) {
            return NGX_POLYCARD_ERROR;
        }
    }

    if (used) {
        memmove(p, replies->begin, used);
    }

    if (replies->root) {
        ngx_polycard_replies_relocate(replies->root, replies->begin, p);
    }

    replies->pos = p + (replies->pos - replies->begin);
    replies->begin = p;
    replies->last = p + used;
    replies->end = p + all;

    if (p != replies->start) {
        free(replies->start);
        replies->start = p;
    }

    return NGX_POLYCARD_OK;
}


/* an element that is still to come has no type, and no string */

static void
ngx_polycard_replies_relocate(redisReply *reply, const u_char *from,
    u_char *to)
{
    size_t  i;

    if (reply->str) {
        reply->str = (char *) to + ((u_char *) reply->str - from);
    }

    for (i = 0; i < reply->elements; i++) {
        ngx_polycard_replies_relocate(reply->element[i], from, to);
    }
}


void
ngx_polycard_replies_add(ngx_polycard_replies_t *replies, size_t size)
{
    replies->last += size;
}


const char *
ngx_polycard_replies_next(ngx_polycard_replies_t *replies, redisReply **reply)
{
    *reply = NULL;

    if (replies->whole) {
        ngx_polycard_replies_begin(replies);
    }

    if (replies->pos == replies->last) {
        return NULL;
    }

    switch (ngx_polycard_replies_continue(replies)) {

    case NGX_POLYCARD_REPLIES_DONE:
        replies->whole = 1;
        *reply = replies->root;
        return NULL;

    case NGX_POLYCARD_REPLIES_MORE:
        return NULL;

    case NGX_POLYCARD_REPLIES_LARGE:
        return "a reply that is too large, or no memory for it";

    default:
        return "a reply that cannot be read";
    }
}


static ngx_polycard_replies_e
ngx_polycard_replies_continue(ngx_polycard_replies_t *replies)
{
    redisReply                    *reply;
    ngx_polycard_replies_e         rc;
    ngx_polycard_replies_level_t  *level;

    if (replies->root == NULL
        && ngx_polycard_replies_root(replies) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_REPLIES_LARGE;
    }

    for ( ;; ) {
        level = &replies->level[replies->depth];

        ngx_polycard_replies_strings(replies, level);

        if (level->next == level->size) {

            if (replies->depth == 0) {
                return NGX_POLYCARD_REPLIES_DONE;
            }

            replies->depth--;
            level[-1].next++;

            continue;
        }

        if (replies->pos == replies->last) {
            return NGX_POLYCARD_REPLIES_MORE;
        }

        reply = &level->element[level->next];
        rc = ngx_polycard_replies_read(replies, reply);

        if (rc != NGX_POLYCARD_REPLIES_DONE) {
            return rc;
        }

        /* those of an array come next */

        if (reply->elements == 0) {
            level->next++;
        }
    }
}


/* the reply itself is the only element of the outermost level */

static int
ngx_polycard_replies_root(ngx_polycard_replies_t *replies)
{
    redisReply  *root;

    replies->arena.max = replies->max;

    root = ngx_polycard_arena_alloc(&replies->arena, sizeof(redisReply));
    if (root == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    memset(root, 0, sizeof(redisReply));

    replies->root = root;
    replies->depth = 0;
    replies->level[0].element = root;
    replies->level[0].size = 1;
    replies->level[0].next = 0;

    return NGX_POLYCARD_OK;
}


/*
 * The next elements as far as they are short strings, or nil: most are.  What
 * else comes, or is not whole, is left.
 */

static void
ngx_polycard_replies_strings(ngx_polycard_replies_t *replies,
    ngx_polycard_replies_level_t *level)
{
    size_t       left;
    u_char      *p, *s, *last;
    unsigned     n, digit;
    redisReply  *reply;

    p = replies->pos;
    last = replies->last;
    reply = &level->element[level->next];

    for (left = level->size - level->next; left; left--, reply++) {

        /* the shortest is "$-1" */

        if (last - p < 5 || *p != '$') {
            break;
        }

        n = p[1] - '0';
        digit = p[2] - '0';

        if (n < 10 && p[2] == '\r') {
            s = p + 4;

        } else if (n - 1 < 9 && digit < 10 && p[3] == '\r') {
            n = n * 10 + digit;
            s = p + 5;

        } else if (memcmp(p + 1, "-1\r\n", 4) == 0) {
            reply->type = REDIS_REPLY_NIL;
            p += 5;
            continue;

        } else {
            break;
        }

        if (last - s < (ssize_t) n + 2
            || s[-1] != '\n' || s[n] != '\r' || s[n + 1] != '\n')
        {
            break;
        }

        s[n] = '\0';

        reply->type = REDIS_REPLY_STRING;
        reply->str = (char *) s;
        reply->len = n;

        p = s + n + 2;
    }

    replies->pos = p;
    level->next = level->size - left;
}


void
ngx_polycard_replies_clear(ngx_polycard_replies_t *replies)
{
    ngx_polycard_replies_begin(replies);

    replies->begin = replies->last;
    replies->pos = replies->last;
}


void
ngx_polycard_replies_free(ngx_polycard_replies_t *replies)
{
    ngx_polycard_replies_clear(replies);
    ngx_polycard_arena_free(&replies->arena);

    free(replies->start);

    replies->start = NULL;
    replies->begin = NULL;
    replies->pos = NULL;
    replies->last = NULL;
    replies->end = NULL;
}
