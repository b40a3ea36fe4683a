
#include "import/csv.h"

#include <stdlib.h>
#include <string.h>


typedef enum {
    CSV_START = 0,     /* of a field */
    CSV_PLAIN,         /* in a field without quotes */
    CSV_QUOTED,        /* in quotes */
    CSV_QUOTE,         /* at a quote in quotes: one of two, or the last one */
    CSV_CLOSED,        /* behind the closing quote */
    CSV_SKIP           /* the record is bad: up to the end of the line */
} polycard_csv_state_e;


/* of those with the same frequency the first one */
static const char  csv_delimiters[] = ",;\t|";


/* ends of lines that are looked at for a delimiter, CRLF counts twice */
#define CSV_LINES  64


static unsigned polycard_csv_sep(polycard_csv_t *csv);
static void polycard_csv_begin(polycard_csv_t *csv);
static unsigned polycard_csv_byte(polycard_csv_t *csv, u_char c);
static void polycard_csv_quoted(polycard_csv_t *csv, u_char c);
static void polycard_csv_break(polycard_csv_t *csv, u_char c);
static void polycard_csv_put(polycard_csv_t *csv, u_char c);
static void polycard_csv_end_field(polycard_csv_t *csv);
static void polycard_csv_end_file(polycard_csv_t *csv);
static void polycard_csv_fail(polycard_csv_t *csv, const char *error);


int
polycard_csv_init(polycard_csv_t *csv, polycard_source_t *source)
{
    memset(csv, 0, sizeof(polycard_csv_t));

    csv->data = malloc(POLYCARD_RECORD_MAX);
    if (csv->data == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    csv->source = source;
    csv->delimiter = ',';

    return NGX_POLYCARD_OK;
}


void
polycard_csv_free(polycard_csv_t *csv)
{
    free(csv->data);
    csv->data = NULL;
}


void
polycard_csv_detect(polycard_csv_t *csv)
{
    int       c;
    size_t    i, k, count[sizeof(csv_delimiters) - 1];
    unsigned  quoted, any, lines;

    if (polycard_csv_sep(csv)) {
        return;
    }

    memset(count, 0, sizeof(count));
    quoted = 0;
    any = 0;
    lines = 0;

    for (i = 0; /* void */ ; i++) {
        c = polycard_source_peek(csv->source, i);

        if (c == -1) {
            break;
        }

        if (!quoted && i > 0 && (c == '\n' || c == '\r')) {

            /* a title above the table has none */

            if (any || ++lines == CSV_LINES) {
                break;
            }

            continue;
        }

        quoted ^= (c == '"');

        /* "Discount, %" is one title */

        if (c == ',' && polycard_source_peek(csv->source, i + 1) == ' ') {
            continue;
        }

        for (k = 0; k < sizeof(count) / sizeof(count[0]); k++) {
            count[k] += (!quoted && c == csv_delimiters[k]);
            any |= (count[k] != 0);
        }
    }

    for (i = 0, k = 1; k < sizeof(count) / sizeof(count[0]); k++) {
        i = (count[k] > count[i]) ? k : i;
    }

    csv->delimiter = csv_delimiters[i];
}


/* the first line that spreadsheets write: sep=; */

static unsigned
polycard_csv_sep(polycard_csv_t *csv)
{
    int                c, sign;
    size_t             i, n;
    static const char  sep[] = "sep=";

    n = (polycard_source_peek(csv->source, 0) == '"');

    for (i = 0; i < sizeof(sep) - 1; i++) {
        c = polycard_source_peek(csv->source, n + i);

        if (c == -1 || (c | 0x20) != (sep[i] | 0x20)) {
            return 0;
        }
    }

    sign = polycard_source_peek(csv->source, n + i++);
    i += n;
    i += (n && polycard_source_peek(csv->source, i) == '"');
    c = polycard_source_peek(csv->source, i);

    if (sign <= 0 || strchr(csv_delimiters, sign) == NULL
        || (c != '\n' && c != '\r'))
    {
        return 0;
    }

    csv->delimiter = sign;

    for (n = 0; n <= i; n++) {
        c = polycard_source_next(csv->source);
    }

    csv->lines = 1;
    csv->cr = (c == '\r');

    return 1;
}


unsigned
polycard_csv_is_broken(const polycard_csv_t *csv)
{
    return csv->last > csv->line;
}


int
polycard_csv_read(polycard_csv_t *csv)
{
    int  c;

    polycard_csv_begin(csv);

    for ( ;; ) {
        c = polycard_source_next(csv->source);

        if (c == -1) {
            if (csv->source->failed) {
                return NGX_POLYCARD_ERROR;
            }

            if (csv->n == 0 && csv->state == CSV_START && csv->error == NULL) {
                return POLYCARD_END;
            }

            csv->cut = 1;
            polycard_csv_end_file(csv);
            break;
        }

        if (!polycard_csv_byte(csv, c)) {
            continue;
        }

        if (csv->n > 0 || csv->error) {
            break;
        }

        polycard_csv_begin(csv);
    }

    return csv->error ? POLYCARD_REFUSED : POLYCARD_RECORD;
}


static void
polycard_csv_begin(polycard_csv_t *csv)
{
    csv->n = 0;
    csv->len = 0;
    csv->error = NULL;
    csv->state = CSV_START;
    csv->line = csv->lines + 1;
    csv->last = csv->line;
    csv->cut = 0;

    csv->field[0].data = csv->data;
}


/* returns whether the record ends here; an empty line has no field */

static unsigned
polycard_csv_byte(polycard_csv_t *csv, u_char c)
{
    switch (csv->state) {

    case CSV_QUOTED:
        polycard_csv_quoted(csv, c);
        return 0;

    case CSV_QUOTE:
        if (c == '"') {
            polycard_csv_put(csv, c);
            csv->state = CSV_QUOTED;
            return 0;
        }

        csv->state = CSV_CLOSED;
        break;

    case CSV_START:
        if (c == '"') {
            csv->state = CSV_QUOTED;
            return 0;
        }

        break;
    }

    if (c == '\n' || c == '\r') {
        if (csv->state != CSV_START || csv->n > 0) {
            polycard_csv_end_field(csv);
        }

        polycard_csv_break(csv, c);

        return 1;
    }

    csv->cr = 0;

    if (csv->state == CSV_SKIP) {
        return 0;
    }

    if (c == csv->delimiter) {
        polycard_csv_end_field(csv);

    } else if (csv->state == CSV_CLOSED) {
        polycard_csv_fail(csv, "there is text behind a closing quote");

    } else if (c == '"') {
        polycard_csv_fail(csv, "there is a quote in a field without quotes");

    } else {
        csv->state = CSV_PLAIN;
        polycard_csv_put(csv, c);
    }

    return 0;
}


static void
polycard_csv_quoted(polycard_csv_t *csv, u_char c)
{
    /* the LF of a CRLF is still in the line before */

    if (c != '\n' || !csv->cr) {
        csv->last = csv->lines + 1;
    }

    if (c == '"') {
        csv->cr = 0;
        csv->state = CSV_QUOTE;
        return;
    }

    if (c == '\n' || c == '\r') {
        polycard_csv_break(csv, c);

    } else {
        csv->cr = 0;
    }

    polycard_csv_put(csv, c);
}


/* the LF of a CRLF is no further line break */

static void
polycard_csv_break(polycard_csv_t *csv, u_char c)
{
    if (c == '\r' || !csv->cr) {
        csv->lines++;
    }

    csv->cr = (c == '\r');
}


static void
polycard_csv_put(polycard_csv_t *csv, u_char c)
{
    if (csv->len == POLYCARD_RECORD_MAX) {

        /* quotes still show where the record ends */

        csv->error = "the record is longer than 65536 bytes";
        return;
    }

    csv->data[csv->len++] = c;
}


static void
polycard_csv_end_field(polycard_csv_t *csv)
{
    ngx_polycard_str_t  *field;

    if (csv->state == CSV_SKIP) {
        return;
    }

    if (csv->n == POLYCARD_CSV_FIELDS_MAX) {
        polycard_csv_fail(csv, "the record has more than 256 fields");
        return;
    }

    field = &csv->field[csv->n++];
    field->len = csv->data + csv->len - field->data;

    if (csv->n < POLYCARD_CSV_FIELDS_MAX) {
        field[1].data = csv->data + csv->len;
    }

    csv->state = CSV_START;
}


static void
polycard_csv_end_file(polycard_csv_t *csv)
{
    if (csv->state == CSV_QUOTED) {
        polycard_csv_fail(csv, "a quote is not closed");
        return;
    }

    polycard_csv_end_field(csv);
}


static void
polycard_csv_fail(polycard_csv_t *csv, const char *error)
{
    csv->error = error;
    csv->state = CSV_SKIP;
}
