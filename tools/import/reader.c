
#include "import/reader.h"
#include "import/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


static ssize_t polycard_reader_read(void *data, u_char *buf, size_t size);
static int polycard_reader_memory(polycard_reader_t *reader);
static int polycard_reader_start(polycard_reader_t *reader);
static int polycard_reader_header(polycard_reader_t *reader,
    const polycard_options_t *o, polycard_record_t *record);
static int polycard_reader_row(polycard_reader_t *reader);
static int polycard_reader_object(polycard_reader_t *reader);
static unsigned polycard_reader_is_blank(const polycard_csv_t *csv);
static int polycard_reader_take_csv(polycard_reader_t *reader,
    polycard_record_t *record);


int
polycard_reader_open(polycard_reader_t *reader, const polycard_options_t *o,
    polycard_record_t *record)
{
    struct stat  st;

    memset(reader, 0, offsetof(polycard_reader_t, decode.in));

    reader->name = o->file ? o->file : "standard input";
    reader->fd = o->file ? open(o->file, O_RDONLY|O_CLOEXEC) : STDIN_FILENO;

    if (reader->fd == -1 || fstat(reader->fd, &st) == -1) {
        polycard_say("cannot read \"%s\": %s", reader->name, strerror(errno));
        return NGX_POLYCARD_ERROR;
    }

    reader->size = S_ISREG(st.st_mode) ? st.st_size : 0;
    reader->offset = reader->size ? lseek(reader->fd, 0, SEEK_CUR) : 0;
    reader->decode.read = polycard_reader_read;
    reader->decode.data = reader;

    if (polycard_reader_memory(reader) != NGX_POLYCARD_OK) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    reader->format = o->format;
    record->values.doubt = 0;

    if (polycard_decode_open(&reader->decode, o->encoding, reader->size != 0,
                             reader->name)
        != NGX_POLYCARD_OK
        || polycard_reader_start(reader) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    record->values.table = (reader->format == POLYCARD_FORMAT_CSV);

    return record->values.table
           ? polycard_reader_header(reader, o, record) : NGX_POLYCARD_OK;
}


static int
polycard_reader_memory(polycard_reader_t *reader)
{
    polycard_source_t  *source;

    source = &reader->source;

    return (polycard_source_init(source, polycard_decode_read, &reader->decode)
            == NGX_POLYCARD_OK
            && polycard_csv_init(&reader->csv, source) == NGX_POLYCARD_OK
            && polycard_lines_init(&reader->lines, source) == NGX_POLYCARD_OK
            && polycard_array_init(&reader->array, source) == NGX_POLYCARD_OK)
           ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


void
polycard_reader_close(polycard_reader_t *reader)
{
    polycard_columns_free(&reader->columns);
    polycard_csv_free(&reader->csv);
    polycard_lines_free(&reader->lines);
    polycard_array_free(&reader->array);
    polycard_source_free(&reader->source);
    polycard_decode_close(&reader->decode);

    if (reader->fd > STDIN_FILENO) {
        (void) close(reader->fd);
    }
}


/*
 * A signal that was not ours is not the end of the file.  Several readers may
 * have standard input, each from where it stood.
 */

static ssize_t
polycard_reader_read(void *data, u_char *buf, size_t size)
{
    ssize_t             n;
    polycard_reader_t  *reader;

    reader = data;

    do {
        n = reader->size ? pread(reader->fd, buf, size, reader->offset)
                         : read(reader->fd, buf, size);
    } while (n == -1 && errno == EINTR && !polycard_stopped);

    if (n == -1 && !polycard_stopped) {
        polycard_say("cannot read \"%s\": %s", reader->name, strerror(errno));
    }

    reader->offset += (n > 0) ? n : 0;

    return n;
}


/* what the file is, by its first character */

static int
polycard_reader_start(polycard_reader_t *reader)
{
    int                 c;
    size_t              i;
    polycard_source_t  *source;

    source = &reader->source;

    for (i = 0; /* void */ ; i++) {
        c = polycard_source_peek(source, i);

        if (c == -1 || memchr(" \t\r\n", c, 4) == NULL) {
            break;
        }
    }

    if (source->failed) {
        return NGX_POLYCARD_ERROR;
    }

    if (c == -1) {
        polycard_say("\"%s\" is empty", reader->name);
        return NGX_POLYCARD_ERROR;
    }

    if (reader->format == 0) {
        reader->format = (c == '{' || c == '[') ? POLYCARD_FORMAT_JSONL
                                                : POLYCARD_FORMAT_CSV;
    }

    if (reader->format == POLYCARD_FORMAT_JSONL && c == '[') {
        reader->format = POLYCARD_FORMAT_ARRAY;
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_reader_header(polycard_reader_t *reader, const polycard_options_t *o,
    polycard_record_t *record)
{
    int  rc;

    polycard_csv_detect(&reader->csv);

    if (o->delimiter) {
        reader->csv.delimiter = o->delimiter;
    }

    do {
        rc = polycard_csv_read(&reader->csv);
    } while (rc == POLYCARD_RECORD && polycard_reader_is_blank(&reader->csv));

    if (rc == POLYCARD_END) {
        polycard_say("\"%s\" is empty", reader->name);
        return NGX_POLYCARD_ERROR;
    }

    if (rc == POLYCARD_REFUSED) {
        polycard_say("the header of \"%s\" cannot be read: %s", reader->name,
                     reader->csv.error);
        return NGX_POLYCARD_ERROR;
    }

    return (rc == POLYCARD_RECORD)
           ? polycard_columns_read(&reader->columns, &reader->csv, o, record)
           : NGX_POLYCARD_ERROR;
}


void
polycard_reader_tell(const polycard_reader_t *reader,
    const polycard_record_t *record)
{
    size_t                     i, told;
    char                       delimiter[4];
    const ngx_polycard_str_t  *name;

    (void) snprintf(delimiter, sizeof(delimiter),
                    reader->csv.delimiter == '\t' ? "tab" : "\"%c\"",
                    reader->csv.delimiter);

    (void) printf("%-14s%s%s, ", "format",
                  reader->format == POLYCARD_FORMAT_CSV ? "CSV with "
                  : reader->format == POLYCARD_FORMAT_ARRAY ? "JSON array"
                  : "JSON lines",
                  reader->format == POLYCARD_FORMAT_CSV ? delimiter : "");

    polycard_terminal_print(stdout, reader->decode.encoding);

    (void) printf("\n");

    if (reader->format != POLYCARD_FORMAT_CSV) {
        return;
    }

    (void) printf("%-14s", "columns");

    for (told = 0, i = 0; i < reader->columns.n; i++) {
        if (reader->columns.index[i] < 0) {
            continue;
        }

        name = &record->attribute[reader->columns.index[i]].name;

        (void) printf("%s%.*s", told++ ? ", " : "", (int) name->len,
                      name->data);

        polycard_columns_tell(&reader->columns, i, name);
    }

    if (told < reader->columns.n) {
        (void) printf("; %zu passed over", reader->columns.n - told);
    }

    (void) printf("\n");
}


int
polycard_reader_next(polycard_reader_t *reader, polycard_record_t *record)
{
    int  rc;

    polycard_record_begin(record);

    rc = (reader->format == POLYCARD_FORMAT_CSV)
         ? polycard_reader_row(reader) : polycard_reader_object(reader);

    if (rc != POLYCARD_RECORD) {
        return rc;
    }

    rc = (reader->format == POLYCARD_FORMAT_CSV)
         ? polycard_reader_take_csv(reader, record)
         : polycard_record_read_json(record,
                                     reader->format == POLYCARD_FORMAT_ARRAY
                                     ? &reader->array.text
                                     : &reader->lines.text);

    if (rc == NGX_POLYCARD_OK) {
        rc = polycard_record_finish(record);
    }

    reader->error = record->error;

    return (rc == NGX_POLYCARD_OK) ? POLYCARD_RECORD : POLYCARD_REFUSED;
}


size_t
polycard_reader_fields(const polycard_reader_t *reader)
{
    const polycard_csv_t  *csv;

    csv = &reader->csv;

    return (reader->format == POLYCARD_FORMAT_CSV && csv->error == NULL
            && !polycard_csv_is_broken(csv)) ? csv->n : 0;
}


/* a quote too many may have swallowed other rows: nothing of it is taken */

static int
polycard_reader_row(polycard_reader_t *reader)
{
    int              rc;
    polycard_csv_t  *csv;

    csv = &reader->csv;

    for ( ;; ) {
        rc = polycard_csv_read(csv);

        if (rc != POLYCARD_RECORD || !polycard_reader_is_blank(csv)) {
            break;
        }

        reader->blank++;
    }

    reader->line = csv->line;
    reader->error = csv->error;

    if (rc == POLYCARD_RECORD && polycard_csv_is_broken(csv)) {
        (void) snprintf(reader->reason, sizeof(reader->reason),
                        "a text in quotes goes from line %llu to line %llu",
                        (unsigned long long) csv->line,
                        (unsigned long long) csv->last);

        reader->error = reader->reason;
        rc = POLYCARD_REFUSED;
    }

    return rc;
}


static int
polycard_reader_object(polycard_reader_t *reader)
{
    int  rc;

    if (reader->format == POLYCARD_FORMAT_ARRAY) {
        rc = polycard_array_read(&reader->array);
        reader->line = reader->array.line;
        reader->error = reader->array.error;

    } else {
        rc = polycard_lines_read(&reader->lines);
        reader->line = reader->lines.line;
        reader->error = reader->lines.error;
    }

    return rc;
}


static unsigned
polycard_reader_is_blank(const polycard_csv_t *csv)
{
    size_t  i, k;

    for (i = 0; i < csv->n; i++) {
        for (k = 0; k < csv->field[i].len; k++) {
            if (csv->field[i].data[k] != ' ' && csv->field[i].data[k] != '\t') {
                return 0;
            }
        }
    }

    return 1;
}


/*
 * Spreadsheets leave out empty fields at the end of a row, or write more of
 * them than the header has.  The last row may be cut off.
 */

static int
polycard_reader_take_csv(polycard_reader_t *reader, polycard_record_t *record)
{
    size_t                      i;
    polycard_csv_t             *csv;
    static ngx_polycard_str_t   empty = { 0, (u_char *) "" };

    csv = &reader->csv;

    i = record->ignore_unknown ? reader->columns.fields : reader->columns.n;

    for ( /* void */ ; i < csv->n; i++) {
        if (csv->field[i].len) {
            record->error = "the record has more fields than the header";
            return NGX_POLYCARD_ERROR;
        }
    }

    if (csv->cut && csv->n < reader->columns.n) {
        record->error = "the record has fewer fields than the header, and the "
                        "file ends in it";
        return NGX_POLYCARD_ERROR;
    }

    for (i = 0; i < reader->columns.n; i++) {
        if (reader->columns.index[i] >= 0) {

            /* the header names nothing twice */

            (void) polycard_record_set(record, reader->columns.index[i],
                                       i < csv->n ? &csv->field[i] : &empty);
        }
    }

    return NGX_POLYCARD_OK;
}
