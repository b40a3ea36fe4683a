
#include "import/import.h"
#include "import/library.h"
#include "import/plan.h"
#include "import/terminal.h"

#include <string.h>


/* how often the progress is looked at, in records */
#define IMPORT_PROGRESS  64

/* how many records --dry-run shows */
#define IMPORT_SHOWN     3


static int polycard_import_record(polycard_import_t *import, int rc);
static int polycard_import_answer(void *data, uint64_t line,
    const redisReply *reply);


int
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

        rc = polycard_reader_next(&import->reader, &import->record);

        if (rc == POLYCARD_END || rc == NGX_POLYCARD_ERROR) {
            break;
        }

        if (import->record.values.doubt) {
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
        phone = polycard_record_identity(&import->record);

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
            polycard_plan_show(&import->record);
        }

        return NGX_POLYCARD_OK;
    }

    if (import->record.values.table
        && polycard_rows_keep(&import->rows, &import->reader.csv)
           != NGX_POLYCARD_OK)
    {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    return polycard_redis_send(&import->redis, import->record.argc,
                               import->record.argv, import->record.lens,
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
