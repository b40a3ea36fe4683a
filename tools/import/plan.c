
#include "import/plan.h"
#include "import/terminal.h"

#include <stdio.h>
#include <sys/stat.h>


/* bytes of an attribute: 255 characters, and its name */
#define PLAN_TEXT  1200


/* large, and there is one */

static polycard_reader_t  polycard_plan_reader;


static unsigned polycard_plan_is_moving(const polycard_import_t *import);
static unsigned polycard_plan_is_doubtful(const polycard_import_t *import);
static int polycard_plan_each(polycard_import_t *import,
    int (*each)(polycard_import_t *import, int rc));
static int polycard_plan_first(polycard_import_t *import, int rc);
static int polycard_plan_again(polycard_import_t *import, int rc);


int
polycard_plan_look(polycard_import_t *import)
{
    import->looked = polycard_plan_is_moving(import);

    if (import->reader.input.size == 0
        || (!import->looked && !polycard_plan_is_doubtful(import)))
    {
        import->looked = 0;
        return NGX_POLYCARD_OK;
    }

    return polycard_plan_each(import, polycard_plan_first);
}


int
polycard_plan_look_again(polycard_import_t *import)
{
    return import->gone.staying
           ? polycard_plan_each(import, polycard_plan_again)
           : NGX_POLYCARD_OK;
}


/* may a client be identified by something other than the phone? */

static unsigned
polycard_plan_is_moving(const polycard_import_t *import)
{
    return import->options.delete_missing
           && (!import->record.values.table
               || polycard_plan_has(&import->reader, NGX_POLYCARD_CLIENT_N)
               || polycard_plan_has(&import->reader,
                                    NGX_POLYCARD_CLIENT_BARCODE));
}


static unsigned
polycard_plan_is_doubtful(const polycard_import_t *import)
{
    return !import->options.groups && !import->options.money
           && polycard_plan_has(&import->reader, NGX_POLYCARD_CLIENT_BONUS);
}


/* from the first record to the end of the file */

static int
polycard_plan_each(polycard_import_t *import,
    int (*each)(polycard_import_t *import, int rc))
{
    int                 rc;
    polycard_reader_t  *plan;

    plan = &polycard_plan_reader;
    rc = polycard_reader_open(plan, &import->options, &import->record);

    while (rc == NGX_POLYCARD_OK) {
        rc = polycard_stopped ? NGX_POLYCARD_ERROR
                              : polycard_reader_next(plan, &import->record);

        if (rc != POLYCARD_RECORD && rc != POLYCARD_REFUSED) {
            break;
        }

        if (import->record.values.doubt) {
            polycard_plan_doubt(plan->line);
            rc = NGX_POLYCARD_ERROR;
            break;
        }

        rc = each(import, rc);
    }

    polycard_reader_close(plan);

    return (rc == POLYCARD_END) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


static int
polycard_plan_first(polycard_import_t *import, int rc)
{
    uint64_t             earlier;
    ngx_polycard_str_t   identity, *value;

    identity = polycard_record_identity(&import->record);
    import->nameless |= (identity.data == NULL);
    value = import->record.in.value;

    if (import->looked && rc == POLYCARD_REFUSED
        && polycard_gone_refused(&import->gone, &value[NGX_POLYCARD_CLIENT_N],
                                 &value[NGX_POLYCARD_CLIENT_BARCODE])
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (import->looked && identity.data
        && polycard_named_add(&import->named, &identity,
                              polycard_plan_reader.line,
                              rc == POLYCARD_RECORD, &earlier)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_plan_again(polycard_import_t *import, int rc)
{
    const ngx_polycard_str_t  *value;

    value = import->record.in.value;

    return (rc == POLYCARD_RECORD)
           ? polycard_gone_good(&import->gone, &value[NGX_POLYCARD_CLIENT_N],
                                &value[NGX_POLYCARD_CLIENT_BARCODE])
           : NGX_POLYCARD_OK;
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


void
polycard_plan_show(const polycard_record_t *record)
{
    int                        i;
    char                       text[PLAN_TEXT];
    const ngx_polycard_str_t  *name;

    name = &record->attribute[0].name;

    (void) printf("%-14s%.*s=%.*s", "as stored", (int) name->len,
                  (char *) name->data, (int) record->lens[0],
                  record->argv[0]);

    for (i = 1; i + 1 < record->argc; i += 2) {
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

    return reader->input.size
           && (fstat(reader->input.fd, &st) == -1
               || (uint64_t) st.st_size != reader->input.size);
}


void
polycard_plan_doubt(uint64_t line)
{
    polycard_say("line %llu: bonuses may be hryvnias or kopecks; --money "
                 "hryvnia or --money kopeck says it",
                 (unsigned long long) line);
}
