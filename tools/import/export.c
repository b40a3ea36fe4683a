
/*
 * polycard-export: writes the clients of a market, or its groups, to a file,
 * as getClients shows them and with their ids.
 */


#include "core/answer.h"
#include "core/number.h"
#include "import/options.h"
#include "import/output.h"
#include "import/record.h"
#include "import/terminal.h"
#include "import/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* commands of a pipeline are run in one go: more of them hold Redis up */
#define EXPORT_PAGE   100

/* ,"id":NUMBER */
#define EXPORT_ID     (6 + NGX_POLYCARD_NUMBER_LEN)


typedef struct {
    polycard_options_t           options;
    polycard_redis_t             redis;
    polycard_walk_t              walk;
    polycard_output_t            output;
    polycard_record_t            record;

    const ngx_polycard_table_t  *table;     /* what is shown of a record */

    u_char                      *buf;       /* for one as JSON */
    size_t                       size;

    uint64_t                     written;
    uint64_t                     unfit;     /* left out: not whole */
    uint64_t                     flawed;    /* shown otherwise than stored */
} polycard_export_t;


static int polycard_export_open(polycard_export_t *export);
static int polycard_export_records(polycard_export_t *export);
static int polycard_export_page(polycard_export_t *export);
static int polycard_export_send(polycard_export_t *export, size_t i);
static int polycard_export_answer(void *data, uint64_t tag,
    const redisReply *reply);
static unsigned polycard_export_values(polycard_export_t *export, uint64_t i,
    const redisReply *reply, ngx_polycard_str_t *value);
static int polycard_export_room(polycard_export_t *export,
    const ngx_polycard_str_t *value);
static int polycard_export_write(polycard_export_t *export,
    const ngx_polycard_str_t *value);
static u_char *polycard_export_id(u_char *last,
    const ngx_polycard_str_t *id, unsigned *flaws);
static int polycard_export_csv(polycard_export_t *export,
    ngx_polycard_str_t *text);
static int polycard_export_outcome(polycard_export_t *export, int rc);


/* large, and there is one */

static polycard_export_t  polycard_export;


int
main(int argc, char **argv)
{
    int                 rc;
    polycard_export_t  *export;

    export = &polycard_export;

    polycard_terminal_init("polycard-export");

    rc = polycard_options_parse(&export->options, POLYCARD_EXPORT, argc, argv);

    if (rc != NGX_POLYCARD_OK) {
        return (rc == POLYCARD_END) ? POLYCARD_EXIT_OK : POLYCARD_EXIT_FAILED;
    }

    polycard_terminal_bar(!export->options.quiet);

    rc = polycard_export_open(export);

    if (rc == NGX_POLYCARD_OK) {
        rc = polycard_export_records(export);
    }

    rc = polycard_export_outcome(export, rc);

    polycard_walk_free(&export->walk);
    polycard_redis_close(&export->redis);
    free(export->buf);

    return rc;
}


static int
polycard_export_open(polycard_export_t *export)
{
    polycard_options_t  *o;

    o = &export->options;

    polycard_record_init(&export->record, o->groups);
    export->table = o->groups ? &ngx_polycard_group : &ngx_polycard_client;

    if (polycard_redis_open(&export->redis, o) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    polycard_redis_handle(&export->redis, polycard_export_answer, export);
    polycard_walk_init(&export->walk, &export->redis, o->prefix,
                       o->groups ? "groups" : "clients");

    return polycard_output_open(&export->output, o);
}


static int
polycard_export_records(polycard_export_t *export)
{
    int                  rc;
    long long            total;
    polycard_progress_t  progress;

    total = polycard_walk_count(&export->walk);

    if (total == -1) {
        return NGX_POLYCARD_ERROR;
    }

    memset(&progress, 0, sizeof(polycard_progress_t));
    progress.total = total;

    polycard_output_header(&export->output, &export->record.table);

    while (!polycard_stopped) {
        rc = polycard_walk_next(&export->walk, EXPORT_PAGE);

        if (rc == POLYCARD_END) {
            return NGX_POLYCARD_OK;
        }

        if (rc == NGX_POLYCARD_ERROR
            || polycard_export_page(export) != NGX_POLYCARD_OK
            || polycard_output_check(&export->output) != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        progress.done += export->walk.n;
        progress.count = export->written;
        polycard_terminal_progress(&progress);
    }

    return NGX_POLYCARD_ERROR;
}


static int
polycard_export_page(polycard_export_t *export)
{
    size_t  i;

    for (i = 0; i < export->walk.n; i++) {
        if (polycard_export_send(export, i) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }
    }

    return polycard_redis_collect(&export->redis, 0);
}


/* HMGET with all attributes but the first, which is in the key */

static int
polycard_export_send(polycard_export_t *export, size_t i)
{
    int                          argc;
    char                        *key;
    size_t                       k, len, lens[2 + NGX_POLYCARD_ATTRIBUTES_MAX];
    const char                  *member, *kind;
    const char                  *argv[2 + NGX_POLYCARD_ATTRIBUTES_MAX];
    const ngx_polycard_str_t    *name;

    member = polycard_walk_member(&export->walk, i, &len);
    kind = export->options.groups ? "group:" : "client:";

    key = malloc(strlen(export->options.prefix) + strlen(kind) + len + 1);
    if (key == NULL) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    argv[0] = "HMGET";
    lens[0] = 5;
    argv[1] = key;
    lens[1] = sprintf(key, "%s%s", export->options.prefix, kind);

    memcpy(key + lens[1], member, len);
    lens[1] += len;

    argc = 2;

    for (k = 1; k < export->record.table.n; k++) {
        name = &export->record.attribute[k].name;

        argv[argc] = (char *) name->data;
        lens[argc++] = name->len;
    }

    argc = polycard_redis_send(&export->redis, argc, argv, lens, i);

    free(key);

    return argc;
}


static int
polycard_export_answer(void *data, uint64_t tag, const redisReply *reply)
{
    polycard_export_t   *export;
    ngx_polycard_str_t   value[NGX_POLYCARD_ATTRIBUTES_MAX];

    export = data;

    /* a key that holds no hash is no record */

    if (reply->type == REDIS_REPLY_ERROR
        && strncmp(reply->str, "WRONGTYPE", 9) == 0)
    {
        export->unfit++;
        return NGX_POLYCARD_OK;
    }

    if (reply->type != REDIS_REPLY_ARRAY
        || reply->elements != export->record.table.n - 1)
    {
        return polycard_redis_mismatch(reply);
    }

    if (!polycard_export_values(export, tag, reply, value)) {

        /* deleted since, or about to leave the index */

        return NGX_POLYCARD_OK;
    }

    if (polycard_export_room(export, value) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    return polycard_export_write(export, value);
}


/* returns whether there is any */

static unsigned
polycard_export_values(polycard_export_t *export, uint64_t i,
    const redisReply *reply, ngx_polycard_str_t *value)
{
    size_t       k;
    unsigned     any;
    redisReply  *element;

    any = 0;

    value[0].data = (u_char *) polycard_walk_member(&export->walk, i,
                                                    &value[0].len);

    for (k = 1; k < export->record.table.n; k++) {
        element = reply->element[k - 1];

        value[k].data = (element->type == REDIS_REPLY_STRING)
                        ? (u_char *) element->str : NULL;
        value[k].len = value[k].data ? element->len : 0;

        any |= (value[k].data != NULL);
    }

    return any;
}


static int
polycard_export_room(polycard_export_t *export,
    const ngx_polycard_str_t *value)
{
    size_t   size;
    u_char  *buf;

    size = ngx_polycard_answer_size(export->table, value) + EXPORT_ID;

    if (size <= export->size) {
        return NGX_POLYCARD_OK;
    }

    buf = realloc(export->buf, size);
    if (buf == NULL) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    export->buf = buf;
    export->size = size;

    return NGX_POLYCARD_OK;
}


/* the object of getClients, with the id as one member more */

static int
polycard_export_write(polycard_export_t *export,
    const ngx_polycard_str_t *value)
{
    u_char              *last;
    unsigned             flaws;
    ngx_polycard_str_t   text;

    flaws = 0;
    last = ngx_polycard_answer_record(export->buf, export->table, value,
                                      &flaws);

    if (last == NULL) {
        export->unfit++;
        return NGX_POLYCARD_OK;
    }

    if (!export->options.groups) {
        last = polycard_export_id(last, &value[NGX_POLYCARD_CLIENT_N],
                                  &flaws);
    }

    text.data = export->buf;
    text.len = last - export->buf;

    export->flawed += (flaws != 0);
    export->written++;

    if (export->output.format == POLYCARD_FORMAT_JSONL) {
        polycard_output_line(&export->output, text.data, text.len);
        return NGX_POLYCARD_OK;
    }

    return polycard_export_csv(export, &text);
}


/* last: behind the object's brace; returns the new end */

static u_char *
polycard_export_id(u_char *last, const ngx_polycard_str_t *id,
    unsigned *flaws)
{
    int64_t  n;

    if (id->data == NULL) {
        return last;
    }

    if (ngx_polycard_number_parse_integer(id, &n) != NGX_POLYCARD_OK) {
        (*flaws)++;
        return last;
    }

    last = (u_char *) memcpy(last - 1, ",\"id\":", 6) + 6;
    last = ngx_polycard_number_print_integer(last, n);
    *last++ = '}';

    return last;
}


/* the fields of CSV are what a reader finds in the object */

static int
polycard_export_csv(polycard_export_t *export, ngx_polycard_str_t *text)
{
    polycard_record_begin(&export->record);

    if (polycard_record_read_json(&export->record, text) != NGX_POLYCARD_OK) {

        /* a text holds U+0000, which no file of CSV does */

        export->written--;
        export->unfit++;

        return NGX_POLYCARD_OK;
    }

    polycard_output_fields(&export->output, export->record.in.value,
                           export->record.table.n);

    return NGX_POLYCARD_OK;
}


static int
polycard_export_outcome(polycard_export_t *export, int rc)
{
    uint64_t  n;

    polycard_terminal_clear();

    if (polycard_output_close(&export->output, rc == NGX_POLYCARD_OK)
        != NGX_POLYCARD_OK)
    {
        rc = NGX_POLYCARD_ERROR;
    }

    if (rc != NGX_POLYCARD_OK) {
        if (polycard_stopped) {
            polycard_say("interrupted");
            return POLYCARD_EXIT_STOPPED;
        }

        return POLYCARD_EXIT_FAILED;
    }

    n = export->unfit;

    if (n) {
        polycard_say("%llu records were left out: they are not whole",
                     (unsigned long long) n);
    }

    if (export->flawed) {
        polycard_say("%llu records are not as they are stored: values that "
                     "are of no use were left out or mended",
                     (unsigned long long) export->flawed);
    }

    if (!export->options.quiet) {
        (void) fprintf(stderr, "%llu records in %.1f s\n",
                       (unsigned long long) export->written,
                       polycard_terminal_seconds());
    }

    return (n || export->flawed) ? POLYCARD_EXIT_REFUSED : POLYCARD_EXIT_OK;
}
