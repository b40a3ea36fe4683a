
/*
 * polycard-import: writes the records of a file to Redis, by the functions
 * for back offices.
 */


#include "import/import.h"
#include "import/library.h"
#include "import/plan.h"
#include "import/profile.h"
#include "import/terminal.h"
#include "import/titles.h"
#include "import/trial.h"
#include "import/unknown.h"

#include <stdio.h>
#include <string.h>


static int polycard_import_open(polycard_import_t *import);
static int polycard_import_look(polycard_import_t *import);
static int polycard_import_connect(polycard_import_t *import);
static int polycard_import_missing(polycard_import_t *import);
static int polycard_import_notice(polycard_import_t *import);
static unsigned polycard_import_is(const redisReply *reply, size_t i,
    const char *value);
static int polycard_import_count_stored(polycard_import_t *import);
static int polycard_import_assure(polycard_import_t *import, int rc);
static void polycard_import_close(polycard_import_t *import);


/* large, and there is one */

static polycard_import_t  polycard_import;


int
main(int argc, char **argv)
{
    int                 rc;
    polycard_import_t  *import;

    import = &polycard_import;

    polycard_terminal_init("polycard-import");

    rc = polycard_options_parse(&import->options, POLYCARD_IMPORT, argc, argv);

    if (rc != NGX_POLYCARD_OK) {
        return (rc == POLYCARD_END) ? POLYCARD_EXIT_OK : POLYCARD_EXIT_FAILED;
    }

    polycard_terminal_bar(!import->options.quiet);

    if (polycard_import_open(import) != NGX_POLYCARD_OK) {
        polycard_import_close(import);
        return polycard_stopped ? POLYCARD_EXIT_STOPPED
                                : POLYCARD_EXIT_FAILED;
    }

    if (!import->options.quiet) {
        polycard_reader_tell(&import->reader, &import->record);
        (void) fflush(stdout);
    }

    rc = polycard_trial_run(import);

    if (rc == POLYCARD_REFUSED) {
        polycard_import_close(import);
        return polycard_stopped ? POLYCARD_EXIT_STOPPED
                                : POLYCARD_EXIT_FAILED;
    }

    if (rc == NGX_POLYCARD_OK) {
        rc = polycard_import_records(import);
    }

    if (rc == NGX_POLYCARD_OK) {
        rc = polycard_import_finish(import);
    }

    rc = polycard_import_assure(import, rc);
    rc = polycard_import_outcome(import, rc);

    polycard_import_close(import);

    return rc;
}


static int
polycard_import_open(polycard_import_t *import)
{
    uint64_t             rows;
    polycard_options_t  *o;

    o = &import->options;

    import->trial = o->dry_run;
    import->tally.groups = o->groups;
    import->tally.compared = (o->prefix[0] != '\0');

    polycard_aside_init(&import->aside);
    polycard_record_init(&import->record, o->groups);
    import->record.ignore_unknown = o->ignore_unknown;
    import->record.values.options = o;

    /*
     * The clients of a complete file must be known before it is written, and
     * who comes while a pipe is read is not missing in it.
     */

    if (o->delete_missing && !polycard_input_is_whole(o->file)
        && (polycard_redis_open(&import->redis, o) != NGX_POLYCARD_OK
            || polycard_missing_open(&import->missing, &import->redis, o,
                                     &import->named) != NGX_POLYCARD_OK
            || polycard_input_keep(o->file) != NGX_POLYCARD_OK))
    {
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_reader_open(&import->reader, o, &import->record)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_profile_save(o) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    rows = import->reader.input.size / POLYCARD_NAMED_ROW;

    if (polycard_table_open(&import->named, rows) != NGX_POLYCARD_OK
        || polycard_table_open(&import->numbers, o->groups ? 0 : rows)
           != NGX_POLYCARD_OK
        || (import->trial
            && polycard_draft_open(&import->draft, rows) != NGX_POLYCARD_OK))
    {
        return NGX_POLYCARD_ERROR;
    }

    return (polycard_import_look(import) == NGX_POLYCARD_OK)
           ? polycard_refused_open(&import->refused, o, &import->reader)
           : NGX_POLYCARD_ERROR;
}


/* at the market, and at the file as far as that must be known before */

static int
polycard_import_look(polycard_import_t *import)
{
    polycard_options_t  *o;

    o = &import->options;

    import->titles = !o->groups && import->record.values.table
                     && polycard_plan_has(&import->reader,
                                          NGX_POLYCARD_CLIENT_LOYALTY_GROUP_ID);

    /* a row with the title of a group is a good one, if Redis has the group */

    if ((o->prefix[0] && polycard_import_connect(import) != NGX_POLYCARD_OK)
        || polycard_plan_look(import) != NGX_POLYCARD_OK
        || (o->delete_missing
            && polycard_import_missing(import) != NGX_POLYCARD_OK))
    {
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_import_connect(polycard_import_t *import)
{
    polycard_options_t  *o;

    o = &import->options;

    if (import->redis.server.context == NULL
        && polycard_redis_open(&import->redis, o) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (!o->quiet
        && polycard_unknown_tell(&import->redis, o->prefix,
                                 "it is new, or its name is wrong")
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (!o->dry_run
        && (polycard_library_check(&import->redis, o->prefix)
            != NGX_POLYCARD_OK
            || polycard_import_notice(import) != NGX_POLYCARD_OK))
    {
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_import_count_stored(import) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    if (import->titles) {
        import->record.values.groups = &import->groups;

        if (polycard_titles_read(&import->groups, &import->redis, o)
            != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_import_missing(polycard_import_t *import)
{
    if (import->missing.redis == NULL
        && polycard_missing_open(&import->missing, &import->redis,
                                 &import->options, &import->named)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (!import->looked) {
        return NGX_POLYCARD_OK;
    }

    import->missing.nameless = import->nameless;

    return (polycard_gone_find(&import->gone, &import->missing)
            == NGX_POLYCARD_OK
            && polycard_plan_look_again(import) == NGX_POLYCARD_OK)
           ? polycard_missing_hold(&import->missing, import->gone.n)
           : NGX_POLYCARD_ERROR;
}


/* in an empty market a trial need not ask for each client */

static int
polycard_import_count_stored(polycard_import_t *import)
{
    redisReply  *reply;

    reply = polycard_redis_ask(&import->redis, "EXISTS %sclients %sgroups "
                               "%sseq:position", import->options.prefix,
                               import->options.prefix, import->options.prefix);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    import->empty = (reply->type == REDIS_REPLY_INTEGER
                     && reply->integer == 0);

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}


/* a warning before a million hooks: each record will be announced */

static int
polycard_import_notice(polycard_import_t *import)
{
    redisReply  *reply;

    reply = polycard_redis_ask(&import->redis, "HMGET %smeta hooks sync",
                               import->options.prefix);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    if (!import->options.quiet && polycard_import_is(reply, 0, "1")) {
        polycard_say(polycard_import_is(reply, 1, "restore")
                     ? "Redis has lost this market: who comes back is taken "
                       "in as at a first start"
                     : "this market has a hook: each record that is new or "
                       "different is announced to Polycard");
    }

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}


static unsigned
polycard_import_is(const redisReply *reply, size_t i, const char *value)
{
    const redisReply  *field;

    if (reply->type != REDIS_REPLY_ARRAY || i >= reply->elements) {
        return 0;
    }

    field = reply->element[i];

    return field->type == REDIS_REPLY_STRING && strcmp(field->str, value) == 0;
}


/* what is written to a server that was replaced is not done */

static int
polycard_import_assure(polycard_import_t *import, int rc)
{
    if (rc == NGX_POLYCARD_ERROR || import->trial
        || polycard_server_confirm(&import->redis.server, &import->options)
           == NGX_POLYCARD_OK)
    {
        return rc;
    }

    import->uncertain = 1;

    return NGX_POLYCARD_ERROR;
}


static void
polycard_import_close(polycard_import_t *import)
{
    if (import->missing.redis) {
        polycard_missing_close(&import->missing);
    }

    polycard_gone_close(&import->gone);
    polycard_table_close(&import->named);
    polycard_table_close(&import->numbers);
    polycard_draft_close(&import->draft);
    polycard_aside_free(&import->aside);
    polycard_rows_free(&import->rows);
    polycard_groups_free(&import->groups);
    polycard_redis_close(&import->redis);
    polycard_reader_close(&import->reader);
}
