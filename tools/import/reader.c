
#include "import/above.h"
#include "import/reader.h"
#include "import/terminal.h"
#include "import/totals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* rows above a header at most */
#define READER_TITLES  20


static int polycard_reader_workbook(polycard_reader_t *reader,
    const polycard_options_t *o);
static int polycard_reader_text(polycard_reader_t *reader,
    const polycard_options_t *o);
static int polycard_reader_memory(polycard_reader_t *reader);
static int polycard_reader_start(polycard_reader_t *reader);
static int polycard_reader_header(polycard_reader_t *reader,
    const polycard_options_t *o, polycard_record_t *record);
static int polycard_reader_heading(polycard_reader_t *reader);
static int polycard_reader_no_header(const polycard_reader_t *reader, int rc);
static int polycard_reader_record(polycard_reader_t *reader);
static void polycard_reader_broken(polycard_reader_t *reader);
static int polycard_reader_row(polycard_reader_t *reader,
    const polycard_record_t *record);
static int polycard_reader_object(polycard_reader_t *reader);
static unsigned polycard_reader_is_blank(const polycard_csv_t *csv);
static int polycard_reader_take_csv(polycard_reader_t *reader,
    polycard_record_t *record);


int
polycard_reader_open(polycard_reader_t *reader, const polycard_options_t *o,
    polycard_record_t *record)
{
    memset(reader, 0, offsetof(polycard_reader_t, decode.in));

    if (polycard_input_open(&reader->input, o->file) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    reader->decode.read = polycard_input_read;
    reader->decode.data = &reader->input;

    if (polycard_reader_memory(reader) != NGX_POLYCARD_OK) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    reader->format = o->format;
    record->values.doubt = 0;

    if ((polycard_input_is(&reader->input, POLYCARD_XLSX_MAGIC,
                           sizeof(POLYCARD_XLSX_MAGIC) - 1)
         ? polycard_reader_workbook(reader, o)
         : polycard_reader_text(reader, o)) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    record->values.table = reader->table;

    return reader->table ? polycard_reader_header(reader, o, record)
                         : polycard_members_init(&reader->members, o, record);
}


/* the list of refused rows is CSV, as Excel opens it here */

static int
polycard_reader_workbook(polycard_reader_t *reader,
    const polycard_options_t *o)
{
    reader->xlsx = polycard_xlsx_open(reader->input.fd, reader->input.name,
                                      o->sheet,
                                      o->decimal ? o->decimal : '.');
    if (reader->xlsx == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    reader->format = POLYCARD_FORMAT_XLSX;
    reader->table = 1;
    reader->csv.delimiter = o->delimiter ? o->delimiter : ';';
    reader->decode.encoding = "UTF-8";
    reader->decode.utf8 = 1;
    reader->decode.mark = 1;

    return NGX_POLYCARD_OK;
}


static int
polycard_reader_text(polycard_reader_t *reader, const polycard_options_t *o)
{
    if (o->sheet) {
        polycard_say("--sheet is for workbooks only");
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_decode_open(&reader->decode, o->encoding,
                             reader->input.size != 0, reader->input.name)
        != NGX_POLYCARD_OK
        || polycard_reader_start(reader) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    reader->table = (reader->format == POLYCARD_FORMAT_CSV);

    if (reader->table) {
        polycard_csv_detect(&reader->csv);

        if (o->delimiter) {
            reader->csv.delimiter = o->delimiter;
        }
    }

    return NGX_POLYCARD_OK;
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

    polycard_xlsx_close(reader->xlsx);
    polycard_input_close(&reader->input);
}


/* the format of the file, by its first character */

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
        polycard_say("\"%s\" is empty", reader->input.name);
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


/*
 * Above the table there may be its title, the day, and the like: rows of few
 * values, none of which is a name that is known.
 */

static int
polycard_reader_header(polycard_reader_t *reader, const polycard_options_t *o,
    polycard_record_t *record)
{
    int                     rc;
    size_t                  above;
    unsigned                found;
    u_char                 *text;
    static polycard_csv_t   first;

    text = NULL;

    for (above = 0; /* void */ ; above++) {
        rc = polycard_reader_heading(reader);

        found = (rc == POLYCARD_RECORD
                 && polycard_above_is_header(&reader->csv, o, record,
                                             above != 0));

        if (rc != POLYCARD_RECORD || found || above == READER_TITLES) {
            break;
        }

        if (above == 0
            && polycard_above_copy(&first, &reader->csv, &text)
               != NGX_POLYCARD_OK)
        {
            polycard_say("no memory");
            return NGX_POLYCARD_ERROR;
        }
    }

    if (rc == NGX_POLYCARD_ERROR) {
        free(text);
        return rc;
    }

    /* if there is no header at all, the first row is the one that is wrong */

    if (above && !found) {
        rc = polycard_columns_read(&reader->columns, &first, o, record);

    } else if (rc == POLYCARD_RECORD) {
        reader->header = above ? reader->csv.line : 0;
        rc = polycard_columns_read(&reader->columns, &reader->csv, o, record);

    } else {
        rc = polycard_reader_no_header(reader, rc);
    }

    free(text);

    return rc;
}


/* the next row with a value */

static int
polycard_reader_heading(polycard_reader_t *reader)
{
    int  rc;

    do {
        rc = polycard_reader_record(reader);
    } while (rc == POLYCARD_RECORD && polycard_reader_is_blank(&reader->csv));

    return rc;
}


static int
polycard_reader_no_header(const polycard_reader_t *reader, int rc)
{
    if (rc == POLYCARD_END) {
        polycard_say("\"%s\" is empty", reader->input.name);
    } else {
        polycard_say("the header of \"%s\" cannot be read: %s",
                     reader->input.name, reader->csv.error);
    }

    return NGX_POLYCARD_ERROR;
}


int
polycard_reader_next(polycard_reader_t *reader, polycard_record_t *record)
{
    int  rc;

    record->members = reader->table ? NULL : &reader->members;
    reader->swallowed = 0;
    polycard_record_begin(record);

    rc = reader->table ? polycard_reader_row(reader, record)
                       : polycard_reader_object(reader);

    if (rc != POLYCARD_RECORD) {
        return rc;
    }

    rc = reader->table
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

    return (reader->table && csv->error == NULL
            && !polycard_csv_is_broken(csv)) ? csv->n : 0;
}


static int
polycard_reader_record(polycard_reader_t *reader)
{
    return reader->xlsx ? polycard_xlsx_read(reader->xlsx, &reader->csv)
                        : polycard_csv_read(&reader->csv);
}


/* which lines a record of several has, and how many of them are lost with it */

static void
polycard_reader_broken(polycard_reader_t *reader)
{
    const polycard_csv_t  *csv;

    csv = &reader->csv;

    (void) snprintf(reader->reason, sizeof(reader->reason),
                    "%s" POLYCARD_READER_LINES "%llu to %llu)",
                    csv->error ? csv->error : "a text in quotes goes on in "
                                              "the next line",
                    (unsigned long long) csv->line,
                    (unsigned long long) csv->last);

    reader->error = reader->reason;
    reader->swallowed = csv->last - csv->line;
}


/* an extra quote may have swallowed other rows: none of it is used */

static int
polycard_reader_row(polycard_reader_t *reader, const polycard_record_t *record)
{
    int              rc;
    polycard_csv_t  *csv;

    csv = &reader->csv;

    for ( ;; ) {
        rc = polycard_reader_record(reader);

        if (rc != POLYCARD_RECORD) {
            break;
        }

        if (polycard_reader_is_blank(csv)) {
            reader->blank++;

        } else if (!polycard_csv_is_broken(csv)
                   && polycard_totals_is(&reader->columns, csv, record))
        {
            reader->totals++;

        } else {
            break;
        }
    }

    reader->line = csv->line;
    reader->error = csv->error;

    if (rc != POLYCARD_END && rc != NGX_POLYCARD_ERROR
        && polycard_csv_is_broken(csv))
    {
        polycard_reader_broken(reader);
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
