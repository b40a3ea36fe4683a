
#include "import/batch.h"
#include "import/call.h"
#include "import/compare.h"
#include "import/import.h"
#include "import/plan.h"
#include "import/terminal.h"
#include "import/try.h"

#include <string.h>


/* records between two updates of the progress */
#define IMPORT_PROGRESS  64

/* how many records a trial shows */
#define IMPORT_SHOWN     3

/* the purpose of a command, besides the place of its row */

#define IMPORT_MOVE      0x010000
#define IMPORT_GET       0x020000


static void polycard_import_progress(polycard_import_t *import);
static size_t polycard_import_most(const polycard_import_t *import);
static int polycard_import_record(polycard_import_t *import, int rc);
static int polycard_import_name(polycard_import_t *import, unsigned good,
    uint64_t *earlier);
static int polycard_import_number(polycard_import_t *import,
    const ngx_polycard_str_t *phone);
static int polycard_import_refused(polycard_import_t *import);
static int polycard_import_good(polycard_import_t *import, unsigned again);
static int polycard_import_send(polycard_import_t *import, size_t place,
    unsigned again);
static int polycard_import_send_group(polycard_import_t *import,
    size_t place);
static int polycard_import_send_get(polycard_import_t *import,
    const ngx_polycard_str_t *identity, uint64_t tag);
static int polycard_import_send_move(polycard_import_t *import, size_t place);
static int polycard_import_hold(polycard_import_t *import, size_t place,
    const char *phone);
static ngx_polycard_str_t polycard_import_value(polycard_import_t *import,
    size_t i);
static int polycard_import_answer(void *data, uint64_t tag,
    const redisReply *reply);


int
polycard_import_records(polycard_import_t *import)
{
    int  rc;

    polycard_redis_handle(&import->redis, polycard_import_answer, import);
    polycard_redis_bound(&import->redis, polycard_import_most(import));

    for ( ;; ) {

        /* else it would be unknown which were refused */

        if (polycard_stopped
            || polycard_target_failed(&import->refused.target))
        {
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

        import->tally.records++;
        polycard_tally_swallow(&import->tally, import->reader.line,
                               import->reader.swallowed);

        if (polycard_import_record(import, rc) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }

        if (import->tally.records % IMPORT_PROGRESS == 0) {
            polycard_import_progress(import);
        }
    }

    /* whatever has ended it: pending replies are awaited */

    if (import->redis.server.context
        && (polycard_batch_send(import) != NGX_POLYCARD_OK
            || polycard_redis_collect(&import->redis, 0) != NGX_POLYCARD_OK))
    {
        return NGX_POLYCARD_ERROR;
    }

    return (rc == POLYCARD_END) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


/* a record may have several commands, of which none is answered yet */

static void
polycard_import_progress(polycard_import_t *import)
{
    uint64_t             records, waiting;
    polycard_progress_t  progress;

    records = import->tally.records;
    waiting = import->redis.waiting;

    progress.count = (records > waiting) ? records - waiting : 0;
    progress.done = polycard_reader_done(&import->reader);
    progress.total = import->reader.input.size;

    polycard_terminal_progress(&progress);
}


/* commands at once: all their rows are kept */

static size_t
polycard_import_most(const polycard_import_t *import)
{
    return (import->trial || import->options.groups)
           ? POLYCARD_PIPELINE_MAX
           : POLYCARD_PIPELINE_MAX / POLYCARD_BATCH_MAX;
}


static int
polycard_import_record(polycard_import_t *import, int rc)
{
    uint64_t  earlier;

    if (polycard_import_name(import, rc == POLYCARD_RECORD, &earlier)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return (rc == POLYCARD_REFUSED)
           ? polycard_import_refused(import)
           : polycard_import_good(import, earlier != 0);
}


static int
polycard_import_name(polycard_import_t *import, unsigned good,
    uint64_t *earlier)
{
    ngx_polycard_str_t  identity;

    *earlier = 0;
    identity = polycard_record_identity(&import->record);

    if (identity.data == NULL) {
        import->missing.nameless = import->options.delete_missing;
        return NGX_POLYCARD_OK;
    }

    if (polycard_named_add(&import->named, &identity, import->reader.line,
                           good, earlier)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (*earlier) {
        polycard_tally_twice(&import->tally.repeated, import->reader.line,
                             *earlier);
    }

    return good ? polycard_import_number(import, &identity)
                : NGX_POLYCARD_OK;
}


/* a number that two clients have is not refused (docs/keyspace.md, Ids) */

static int
polycard_import_number(polycard_import_t *import,
    const ngx_polycard_str_t *phone)
{
    uint64_t            earlier;
    ngx_polycard_str_t  number;

    number = polycard_import_value(import, NGX_POLYCARD_CLIENT_N);

    if (number.len == 0) {
        return NGX_POLYCARD_OK;
    }

    if (polycard_named_number(&import->numbers, &number, phone,
                              import->reader.line, &earlier)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (earlier) {
        polycard_tally_twice(&import->tally.numbers, import->reader.line,
                             earlier);
    }

    return NGX_POLYCARD_OK;
}


/* the row that was read last, which nobody could take */

static int
polycard_import_refused(polycard_import_t *import)
{
    ngx_polycard_str_t  id, card;

    if (!import->trial || import->options.dry_run) {
        polycard_refused_add(&import->refused, import->reader.line,
                             import->reader.error, import->reader.csv.field,
                             polycard_reader_fields(&import->reader));
    }

    polycard_tally_refuse(&import->tally, import->reader.error);

    id = polycard_import_value(import, NGX_POLYCARD_CLIENT_N);
    card = polycard_import_value(import, NGX_POLYCARD_CLIENT_BARCODE);

    return polycard_import_stays(import, &id, &card);
}


/* data == NULL: it was not given, or is no attribute of this table */

static ngx_polycard_str_t
polycard_import_value(polycard_import_t *import, size_t i)
{
    ngx_polycard_str_t  none = { 0, NULL };

    return (i < import->record.table.n && !import->options.groups)
           ? import->record.in.value[i] : none;
}


static int
polycard_import_good(polycard_import_t *import, unsigned again)
{
    size_t  place;

    if (import->trial && import->shown < IMPORT_SHOWN
        && !import->options.quiet)
    {
        import->shown++;
        polycard_plan_show(&import->record);
    }

    if (polycard_rows_keep(&import->rows, import->reader.line,
                           import->record.values.table ? &import->reader.csv
                                                       : NULL,
                           &import->record, &place)
        != NGX_POLYCARD_OK)
    {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    return import->trial ? polycard_try_record(import, place)
                         : polycard_import_send(import, place, again);
}


static int
polycard_import_send(polycard_import_t *import, size_t place, unsigned again)
{
    int  rc;

    if (import->options.groups) {
        return polycard_import_send_group(import, place);
    }

    rc = polycard_import_send_move(import, place);

    if (rc != NGX_POLYCARD_OK) {
        return (rc == POLYCARD_REFUSED) ? NGX_POLYCARD_OK : rc;
    }

    return polycard_batch_add(import, place, again);
}


/* a group's function does not tell what has changed */

static int
polycard_import_send_group(polycard_import_t *import, size_t place)
{
    ngx_polycard_str_t  identity;

    static polycard_call_t  call;

    identity = polycard_record_identity(&import->record);

    if (polycard_import_send_get(import, &identity, IMPORT_GET | place)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    polycard_call_put(&call, import->options.prefix, 1);
    polycard_call_record(&call, import->record.argv, import->record.lens,
                         import->record.argc);

    return polycard_call_send(&call, &import->redis,
                              POLYCARD_BATCH_TAG(place, 1));
}


static int
polycard_import_send_get(polycard_import_t *import,
    const ngx_polycard_str_t *identity, uint64_t tag)
{
    static polycard_call_t  call;

    polycard_call_get(&call, import->options.prefix, import->options.groups,
                      &import->record.table, identity);

    return polycard_call_send(&call, &import->redis, tag);
}


/* POLYCARD_REFUSED: nobody may be moved, so the row is refused */

static int
polycard_import_send_move(polycard_import_t *import, size_t place)
{
    char                phone[NGX_POLYCARD_PHONE_LEN + 1];
    char                old[NGX_POLYCARD_PHONE_LEN + 1];
    ngx_polycard_str_t  identity;

    static polycard_call_t  call;

    if (polycard_gone_of(&import->gone, &import->rows.row[place], old)
        != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    if (old[0] == '\0') {
        return NGX_POLYCARD_OK;
    }

    /* those who stand before him have what he may give away */

    if (polycard_batch_send(import) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    identity = polycard_record_identity(&import->record);
    memcpy(phone, identity.data, NGX_POLYCARD_PHONE_LEN);
    phone[NGX_POLYCARD_PHONE_LEN] = '\0';

    if (polycard_missing_is_held(&import->missing)) {
        return polycard_import_hold(import, place, phone);
    }

    polycard_call_move(&call, import->options.prefix, old, phone);

    return polycard_call_send(&call, &import->redis, IMPORT_MOVE);
}


/* who has this phone already is not to be moved to it */

static int
polycard_import_hold(polycard_import_t *import, size_t place,
    const char *phone)
{
    unsigned     there;
    redisReply  *reply;

    if (polycard_redis_collect(&import->redis, 0) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    reply = polycard_redis_expect(&import->redis, REDIS_REPLY_INTEGER,
                                  "EXISTS %sclient:%s",
                                  import->options.prefix, phone);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    there = (reply->integer != 0);

    freeReplyObject(reply);

    if (there) {
        return NGX_POLYCARD_OK;
    }

    return (polycard_import_refuse(import, &import->rows.row[place],
                                   POLYCARD_IMPORT_HELD)
            == NGX_POLYCARD_OK) ? POLYCARD_REFUSED : NGX_POLYCARD_ERROR;
}


static int
polycard_import_answer(void *data, uint64_t tag, const redisReply *reply)
{
    polycard_row_t     *row;
    polycard_import_t  *import;

    import = data;

    if (import->trial) {
        return polycard_try_answer(import, tag, reply);
    }

    row = &import->rows.row[tag & POLYCARD_BATCH_PLACE];

    if (tag & IMPORT_MOVE) {
        return polycard_import_moved(import, reply);
    }

    if (tag & IMPORT_GET) {
        return polycard_compare(&import->compared, reply, row,
                                &import->record.table);
    }

    return polycard_import_each(import, tag & POLYCARD_BATCH_PLACE,
                                POLYCARD_BATCH_N(tag), reply);
}
