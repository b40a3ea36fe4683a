
/*
 * polycard-import: puts the records of a file into Redis through the functions
 * that a back office calls.
 */


#include "import/library.h"
#include "import/missing.h"
#include "import/options.h"
#include "import/plan.h"
#include "import/profile.h"
#include "import/reader.h"
#include "import/record.h"
#include "import/refused.h"
#include "import/rows.h"
#include "import/terminal.h"

#include <stdio.h>
#include <string.h>


/* how often the progress is looked at, in records */
#define IMPORT_PROGRESS  64

/* how many records --dry-run shows */
#define IMPORT_SHOWN     3


typedef struct {
    polycard_options_t    options;
    polycard_reader_t     reader;
    polycard_redis_t      redis;
    polycard_refused_t    refused;
    polycard_missing_t    missing;
    polycard_rows_t       rows;
    polycard_groups_t     groups;

    uint64_t              records;    /* that were read */
    uint64_t              created;
    uint64_t              changed;
    uint64_t              confirmed;  /* the line of the last one answered */
    double                seconds;    /* that all of them took */
    unsigned              shown;      /* records, by --dry-run */
    unsigned              titles;     /* groups may be given by their titles */
} polycard_import_t;


static int polycard_import_open(polycard_import_t *import);
static int polycard_import_connect(polycard_import_t *import);
static int polycard_import_notice(polycard_import_t *import);
static int polycard_import_records(polycard_import_t *import);
static int polycard_import_record(polycard_import_t *import, int rc);
static int polycard_import_answer(void *data, uint64_t line,
    const redisReply *reply);
static int polycard_import_delete(polycard_import_t *import);
static int polycard_import_outcome(polycard_import_t *import, int rc);
static void polycard_import_summary(polycard_import_t *import);
static void polycard_import_close(polycard_import_t *import);


/* large, and there is one */

static polycard_import_t  polycard_import;
static polycard_record_t  polycard_record;


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
        polycard_reader_tell(&import->reader, &polycard_record);
        (void) fflush(stdout);
    }

    rc = polycard_import_records(import);

    import->seconds = polycard_terminal_seconds();

    if (rc == NGX_POLYCARD_OK && import->options.delete_missing) {
        rc = polycard_import_delete(import);
    }

    rc = polycard_import_outcome(import, rc);

    polycard_import_close(import);

    return rc;
}


static int
polycard_import_open(polycard_import_t *import)
{
    polycard_options_t  *o;

    o = &import->options;

    polycard_record_init(&polycard_record, o->groups, o->prefix);
    polycard_record.ignore_unknown = o->ignore_unknown;
    polycard_record.values.options = o;

    if (polycard_reader_open(&import->reader, o, &polycard_record)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_profile_save(o) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_plan_check(&import->reader, o, &polycard_record)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    import->titles = !o->groups && polycard_record.values.table
                     && polycard_plan_has(&import->reader,
                                          NGX_POLYCARD_CLIENT_LOYALTY_GROUP_ID);

    if ((!o->dry_run || o->delete_missing || (import->titles && o->prefix[0]))
        && polycard_import_connect(import) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return polycard_refused_open(&import->refused, o, &import->reader);
}


static int
polycard_import_connect(polycard_import_t *import)
{
    polycard_options_t  *o;

    o = &import->options;

    if (polycard_redis_open(&import->redis, o) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    if (!o->dry_run
        && (polycard_library_check(&import->redis, o->prefix)
            != NGX_POLYCARD_OK
            || polycard_import_notice(import) != NGX_POLYCARD_OK))
    {
        return NGX_POLYCARD_ERROR;
    }

    if (import->titles) {
        polycard_record.values.groups = &import->groups;

        if (polycard_plan_groups(&import->groups, &import->redis, o)
            != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    return o->delete_missing
           ? polycard_missing_open(&import->missing, &import->redis, o)
           : NGX_POLYCARD_OK;
}


/* whoever imports a million clients wants to know that each will be told */

static int
polycard_import_notice(polycard_import_t *import)
{
    redisReply  *reply;

    reply = polycard_redis_ask(&import->redis, "HGET %smeta hooks",
                               import->options.prefix);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    if (reply->type == REDIS_REPLY_STRING && strcmp(reply->str, "1") == 0
        && !import->options.quiet)
    {
        polycard_say("this market has a hook: Polycard is told of each record "
                     "that is new or different");
    }

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}


static int
polycard_import_records(polycard_import_t *import)
{
    int                  rc;
    polycard_progress_t  progress;

    polycard_redis_handle(&import->redis, polycard_import_answer, import);

    progress.total = import->reader.size;

    for ( ;; ) {

        if (polycard_stopped) {
            rc = NGX_POLYCARD_ERROR;
            break;
        }

        rc = polycard_reader_next(&import->reader, &polycard_record);

        if (rc == POLYCARD_END || rc == NGX_POLYCARD_ERROR) {
            break;
        }

        if (polycard_record.values.doubt) {
            polycard_plan_doubt(import->reader.line);
            rc = NGX_POLYCARD_ERROR;
            break;
        }

        import->records++;

        if (polycard_import_record(import, rc) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }

        if (import->records % IMPORT_PROGRESS == 0) {
            progress.count = import->records - import->redis.waiting;
            progress.done = import->reader.decode.taken;
            polycard_terminal_progress(&progress);
        }
    }

    /* whatever has ended it: what is on its way is waited for */

    if (import->redis.context
        && polycard_redis_collect(&import->redis, 0) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return (rc == POLYCARD_END) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


static int
polycard_import_record(polycard_import_t *import, int rc)
{
    ngx_polycard_str_t  phone;

    if (import->options.delete_missing) {
        phone = polycard_record_identity(&polycard_record);

        if (polycard_missing_name(&import->missing, &phone)
            != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    if (rc == POLYCARD_REFUSED) {
        polycard_refused_add(&import->refused, import->reader.line,
                             import->reader.error, import->reader.csv.field,
                             polycard_reader_fields(&import->reader));
        return NGX_POLYCARD_OK;
    }

    if (import->options.dry_run) {

        if (import->shown < IMPORT_SHOWN && !import->options.quiet) {
            import->shown++;
            polycard_plan_show(&polycard_record);
        }

        return NGX_POLYCARD_OK;
    }

    if (polycard_record.values.table
        && polycard_rows_keep(&import->rows, &import->reader.csv)
           != NGX_POLYCARD_OK)
    {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    return polycard_redis_send(&import->redis, polycard_record.argc,
                               polycard_record.argv, polycard_record.lens,
                               import->reader.line);
}


/*
 * What our functions refuse begins with ERR and is about this record; all else
 * is about Redis itself, such as OOM, NOPERM, READONLY.
 */

static int
polycard_import_answer(void *data, uint64_t line, const redisReply *reply)
{
    size_t               n;
    polycard_import_t   *import;
    ngx_polycard_str_t   field[POLYCARD_CSV_FIELDS_MAX];

    import = data;

    if (reply->type == REDIS_REPLY_INTEGER) {
        import->confirmed = line;
        import->created += (reply->integer == 1);
        import->changed += (reply->integer != 1);

        return NGX_POLYCARD_OK;
    }

    if (reply->type != REDIS_REPLY_ERROR
        || strncmp(reply->str, "ERR ", 4) != 0
        || polycard_library_is_missing(reply))
    {
        return polycard_redis_mismatch(reply);
    }

    import->confirmed = line;

    n = polycard_rows_find(&import->rows, line, field);
    polycard_refused_add(&import->refused, line, reply->str + 4, field, n);

    return NGX_POLYCARD_OK;
}


static int
polycard_import_delete(polycard_import_t *import)
{
    if (import->records == 0) {
        polycard_say("nobody is deleted: the file names nobody");
        return POLYCARD_REFUSED;
    }

    if (polycard_plan_changed(&import->reader)) {
        polycard_say("nobody is deleted: the file has changed while it was "
                     "read");
        return POLYCARD_REFUSED;
    }

    return polycard_missing_delete(&import->missing);
}


/* what is said at the end, and the exit status */

static int
polycard_import_outcome(polycard_import_t *import, int rc)
{
    uint64_t             refused;
    polycard_options_t  *o;

    o = &import->options;
    refused = import->refused.count;

    polycard_terminal_clear();

    if (polycard_refused_close(&import->refused) != NGX_POLYCARD_OK) {
        rc = NGX_POLYCARD_ERROR;
    }

    if (!o->quiet) {
        polycard_import_summary(import);
    }

    if (rc == NGX_POLYCARD_ERROR && !o->dry_run) {
        polycard_say("%s; what is up to line %llu is in Redis. Run it again "
                     "to go on: records that are there already do no harm",
                     polycard_stopped ? "interrupted" : "broken off",
                     (unsigned long long) import->confirmed);
    }

    if (rc == NGX_POLYCARD_ERROR) {
        return polycard_stopped ? POLYCARD_EXIT_STOPPED
                                : POLYCARD_EXIT_FAILED;
    }

    return (refused || rc == POLYCARD_REFUSED) ? POLYCARD_EXIT_REFUSED
                                               : POLYCARD_EXIT_OK;
}


static void
polycard_import_summary(polycard_import_t *import)
{
    polycard_options_t  *o;

    o = &import->options;

    (void) printf("%-14s%llu\n", "records",
                  (unsigned long long) import->records);

    if (!o->dry_run) {
        (void) printf("%-14s%llu\n", "new",
                      (unsigned long long) import->created);
        (void) printf("%-14s%llu\n", "there before",
                      (unsigned long long) import->changed);
    }

    if (import->reader.blank) {
        (void) printf("%-14s%llu\n", "blank",
                      (unsigned long long) import->reader.blank);
    }

    (void) printf("%-14s%llu", "refused",
                  (unsigned long long) import->refused.count);

    if (import->refused.count && import->refused.target.path[0]) {
        (void) printf(" (");
        polycard_terminal_print(stdout, import->refused.target.path);
        (void) printf(")");
    }

    (void) printf("\n");

    if (o->delete_missing && o->dry_run) {
        (void) printf("%-14s%llu\n", "missing",
                      (unsigned long long) import->missing.missing);

    } else if (o->delete_missing) {
        (void) printf("%-14s%llu\n", "deleted",
                      (unsigned long long) import->missing.deleted);
    }

    (void) printf("%-14s%.1f s, %.0f records a second\n", "time",
                  import->seconds,
                  import->seconds > 0 ? import->records / import->seconds : 0);
}


static void
polycard_import_close(polycard_import_t *import)
{
    if (import->options.delete_missing) {
        polycard_missing_close(&import->missing);
    }

    polycard_rows_free(&import->rows);
    polycard_groups_free(&import->groups);
    polycard_redis_close(&import->redis);
    polycard_reader_close(&import->reader);
}
