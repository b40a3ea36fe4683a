
#include "core/types.h"
#include "import/terminal.h"
#include "import/unread.h"

#include <stdio.h>
#include <string.h>


#define UNREAD_PAGE      "500"

/* an id of a stream: two numbers of 64 bits, and '(' before them */
#define UNREAD_FROM_MAX  64


typedef struct {
    polycard_redis_t  *redis;
    polycard_table_t  *phones;
    char               key[NGX_POLYCARD_PREFIX_MAX + 16];
} polycard_unread_t;

/* each element of the page begins with the id of a record then */
typedef int (*polycard_unread_page_pt)(polycard_unread_t *unread,
    const redisReply *page);


static int polycard_unread_groups(polycard_unread_t *unread,
    const redisReply *groups);
static int polycard_unread_group(polycard_unread_t *unread,
    const redisReply *group);
static int polycard_unread_pages(polycard_unread_t *unread,
    const redisReply *group, const redisReply *behind,
    polycard_unread_page_pt take);
static redisReply *polycard_unread_page(polycard_unread_t *unread,
    const redisReply *group, const char *from);
static int polycard_unread_records(polycard_unread_t *unread,
    const redisReply *page);
static int polycard_unread_ask(polycard_unread_t *unread,
    const redisReply *page);
static int polycard_unread_answer(void *data, uint64_t tag,
    const redisReply *reply);
static int polycard_unread_take(polycard_unread_t *unread,
    const redisReply *record);
static const redisReply *polycard_unread_field(const redisReply *fields,
    const char *name);
static int polycard_unread_from(char from[UNREAD_FROM_MAX],
    const redisReply *behind);
static const redisReply *polycard_unread_last(const redisReply *page);


int
polycard_unread_read(polycard_table_t *phones, polycard_redis_t *redis,
    const char *prefix)
{
    int                rc;
    redisReply        *groups;
    polycard_unread_t  unread;

    unread.redis = redis;
    unread.phones = phones;

    (void) snprintf(unread.key, sizeof(unread.key), "%sregistered", prefix);

    groups = polycard_redis_ask(redis, "XINFO GROUPS %s", unread.key);
    if (groups == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    /* nobody has registered, ever */

    rc = (groups->type == REDIS_REPLY_ERROR
          && strncmp(groups->str, "ERR no such key", 15) == 0)
         ? NGX_POLYCARD_OK : polycard_unread_groups(&unread, groups);

    freeReplyObject(groups);

    return rc;
}


static int
polycard_unread_groups(polycard_unread_t *unread, const redisReply *groups)
{
    int     rc;
    size_t  i;

    if (groups->type != REDIS_REPLY_ARRAY) {
        return polycard_redis_mismatch(groups);
    }

    /* what a market without groups has confirmed is removed */

    if (groups->elements == 0) {
        return polycard_unread_pages(unread, NULL, NULL,
                                     polycard_unread_records);
    }

    rc = NGX_POLYCARD_OK;

    for (i = 0; rc == NGX_POLYCARD_OK && i < groups->elements; i++) {
        rc = polycard_unread_group(unread, groups->element[i]);
    }

    return rc;
}


/* what was not delivered to it, and what was and is not acknowledged */

static int
polycard_unread_group(polycard_unread_t *unread, const redisReply *group)
{
    const redisReply  *name, *last;

    name = polycard_unread_field(group, "name");
    last = polycard_unread_field(group, "last-delivered-id");

    if (name == NULL || last == NULL) {
        return polycard_redis_mismatch(group);
    }

    if (polycard_unread_pages(unread, NULL, last, polycard_unread_records)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    polycard_redis_handle(unread->redis, polycard_unread_answer, unread);

    return polycard_unread_pages(unread, name, NULL, polycard_unread_ask);
}


/*
 * All records behind this one (NULL: from the first one on), or, with a group,
 * all that it has not acknowledged.
 */

static int
polycard_unread_pages(polycard_unread_t *unread, const redisReply *group,
    const redisReply *behind, polycard_unread_page_pt take)
{
    int          rc;
    char         from[UNREAD_FROM_MAX];
    redisReply  *page;

    rc = polycard_unread_from(from, behind);

    while (rc == NGX_POLYCARD_OK) {
        page = polycard_unread_page(unread, group, from);
        if (page == NULL) {
            return NGX_POLYCARD_ERROR;
        }

        rc = take(unread, page);

        if (rc == NGX_POLYCARD_OK) {
            rc = page->elements
                 ? polycard_unread_from(from, polycard_unread_last(page))
                 : POLYCARD_END;
        }

        freeReplyObject(page);
    }

    return (rc == POLYCARD_END) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


/* NULL, as for any error: it was said why */

static redisReply *
polycard_unread_page(polycard_unread_t *unread, const redisReply *group,
    const char *from)
{
    if (polycard_stopped) {
        return NULL;
    }

    return group
           ? polycard_redis_expect(unread->redis, REDIS_REPLY_ARRAY,
                                   "XPENDING %s %b %s + " UNREAD_PAGE,
                                   unread->key, group->str, group->len, from)
           : polycard_redis_expect(unread->redis, REDIS_REPLY_ARRAY,
                                   "XRANGE %s %s + COUNT " UNREAD_PAGE,
                                   unread->key, from);
}


static int
polycard_unread_records(polycard_unread_t *unread, const redisReply *page)
{
    int     rc;
    size_t  i;

    rc = NGX_POLYCARD_OK;

    for (i = 0; rc == NGX_POLYCARD_OK && i < page->elements; i++) {
        rc = polycard_unread_take(unread, page->element[i]);
    }

    return rc;
}


/* for each record of a page of those that are not acknowledged */

static int
polycard_unread_ask(polycard_unread_t *unread, const redisReply *page)
{
    size_t             i;
    const redisReply  *id;

    for (i = 0; i < page->elements; i++) {

        if (page->element[i]->elements == 0
            || page->element[i]->element[0]->type != REDIS_REPLY_STRING)
        {
            return polycard_redis_mismatch(page);
        }

        id = page->element[i]->element[0];

        const char    *argv[] = { "XRANGE", unread->key, id->str, id->str };
        const size_t   lens[] = { 6, strlen(unread->key), id->len, id->len };

        if (polycard_redis_send(unread->redis, polycard_nelts(argv), argv,
                                lens, 0)
            != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    return polycard_redis_collect(unread->redis, 0);
}


/* none: it was removed, and a consumer has it still on its list */

static int
polycard_unread_answer(void *data, uint64_t tag, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY) {
        return polycard_redis_mismatch(reply);
    }

    return reply->elements ? polycard_unread_take(data, reply->element[0])
                           : NGX_POLYCARD_OK;
}


/* a client who got a card ("carded") is the market's own */

static int
polycard_unread_take(polycard_unread_t *unread, const redisReply *record)
{
    const redisReply  *action, *phone;

    if (record->type != REDIS_REPLY_ARRAY || record->elements != 2
        || record->element[0]->type != REDIS_REPLY_STRING)
    {
        return polycard_redis_mismatch(record);
    }

    action = polycard_unread_field(record->element[1], "action");
    phone = polycard_unread_field(record->element[1], "phone");

    if (action == NULL || phone == NULL || strcmp(action->str, "created") != 0)
    {
        return NGX_POLYCARD_OK;
    }

    return polycard_table_set(unread->phones,
                              polycard_table_key(phone->str, phone->len), 1);
}


/* the text of this name in a list of names and values, or NULL */

static const redisReply *
polycard_unread_field(const redisReply *fields, const char *name)
{
    size_t             i;
    const redisReply  *value;

    for (i = 0; i + 1 < fields->elements; i += 2) {
        value = fields->element[i + 1];

        if (fields->element[i]->type == REDIS_REPLY_STRING
            && strcmp(fields->element[i]->str, name) == 0)
        {
            return (value->type == REDIS_REPLY_STRING) ? value : NULL;
        }
    }

    return NULL;
}


static int
polycard_unread_from(char from[UNREAD_FROM_MAX], const redisReply *behind)
{
    int  n;

    n = behind ? snprintf(from, UNREAD_FROM_MAX, "(%s", behind->str)
               : snprintf(from, UNREAD_FROM_MAX, "-");

    return (n < UNREAD_FROM_MAX) ? NGX_POLYCARD_OK
                                 : polycard_redis_mismatch(behind);
}


/* the id of the last element of a page that has one */

static const redisReply *
polycard_unread_last(const redisReply *page)
{
    return page->element[page->elements - 1]->element[0];
}
