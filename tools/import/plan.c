
#include "import/plan.h"
#include "import/terminal.h"
#include "import/walk.h"

#include <stdio.h>
#include <sys/stat.h>


#define PLAN_PAGE  100

/* of an attribute: 255 characters, and its name */
#define PLAN_TEXT  1200


/* large, and there is one */

static polycard_reader_t  polycard_plan_reader;


int
polycard_plan_check(const polycard_reader_t *reader,
    const polycard_options_t *o, polycard_record_t *record)
{
    int                 rc;
    polycard_reader_t  *plan;

    if (reader->size == 0 || o->money
        || record->attribute[0].type != NGX_POLYCARD_TYPE_PHONE
        || !polycard_plan_has(reader, NGX_POLYCARD_CLIENT_BONUS))
    {
        return NGX_POLYCARD_OK;
    }

    plan = &polycard_plan_reader;
    rc = polycard_reader_open(plan, o, record);

    if (rc == NGX_POLYCARD_OK) {
        do {
            rc = polycard_stopped ? NGX_POLYCARD_ERROR
                                  : polycard_reader_next(plan, record);
        } while ((rc == POLYCARD_RECORD || rc == POLYCARD_REFUSED)
                 && !record->values.doubt);

        if (record->values.doubt) {
            polycard_plan_doubt(plan->line);
        }
    }

    polycard_reader_close(plan);

    return (rc == POLYCARD_END) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


unsigned
polycard_plan_has(const polycard_reader_t *reader, int index)
{
    size_t  i;

    for (i = 0; i < reader->columns.n; i++) {
        if (reader->columns.index[i] == index) {
            return 1;
        }
    }

    return 0;
}


int
polycard_plan_groups(polycard_groups_t *groups, polycard_redis_t *redis,
    const polycard_options_t *o)
{
    int               rc;
    size_t            i, len;
    redisReply       *reply;
    const char       *id;
    polycard_walk_t   walk;

    polycard_walk_init(&walk, redis, o->prefix, "groups");

    while ((rc = polycard_walk_next(&walk, PLAN_PAGE)) == POLYCARD_RECORD) {

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


/* argv: the function's own, the identity, then names and values in turn */

void
polycard_plan_show(const polycard_record_t *record)
{
    int                        i;
    char                       text[PLAN_TEXT];
    const ngx_polycard_str_t  *name;

    name = &record->attribute[0].name;

    (void) printf("%-14s%.*s=%.*s", "as stored", (int) name->len,
                  (char *) name->data, (int) record->lens[4],
                  record->argv[4]);

    for (i = 5; i + 1 < record->argc; i += 2) {
        (void) snprintf(text, sizeof(text), ", %.*s=%.*s",
                        (int) record->lens[i], record->argv[i],
                        (int) record->lens[i + 1], record->argv[i + 1]);

        polycard_terminal_print(stdout, text);
    }

    (void) printf("\n");
}


unsigned
polycard_plan_changed(const polycard_reader_t *reader)
{
    struct stat  st;

    return reader->size
           && (fstat(reader->fd, &st) == -1
               || (uint64_t) st.st_size != reader->size);
}


void
polycard_plan_doubt(uint64_t line)
{
    polycard_say("line %llu: bonuses may be hryvnias or kopecks; --money "
                 "hryvnia or --money kopeck says it",
                 (unsigned long long) line);
}
