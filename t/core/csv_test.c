
/* tools/import/csv and lines: bytes in, records out, whatever the pieces. */


#include "tap.h"
#include "import/csv.h"
#include "import/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* what a source is made of */

typedef struct {
    ngx_polycard_str_t   text;
    size_t               pos;
    size_t               step;        /* bytes at a time */
    unsigned             fails;       /* instead of ending */
} bytes_t;


typedef struct {
    const char  *text;
    const char  *records;     /* as print_records() has them */
    const char  *name;
} case_t;


static ssize_t bytes_read(void *data, u_char *buf, size_t size);
static void print_records(char *out, size_t size, const char *text,
    size_t len, size_t step, char delimiter);
static void test_records(void);
static void test_pieces(void);
static void test_lines_of_files(void);
static void test_bounds(void);
static void test_detect(void);
static void test_failure(void);
static void test_random(void);
static unsigned count_lines(const char *text, size_t len);
static size_t random_record(char *text, size_t len, char *want, size_t *w);
static void test_json_lines(void);


int
main(void)
{
    test_records();
    test_pieces();
    test_lines_of_files();
    test_bounds();
    test_detect();
    test_failure();
    test_random();
    test_json_lines();

    return tap_done();
}


static ssize_t
bytes_read(void *data, u_char *buf, size_t size)
{
    size_t    n;
    bytes_t  *bytes;

    bytes = data;

    n = bytes->text.len - bytes->pos;
    n = (n > bytes->step) ? bytes->step : n;
    n = (n > size) ? size : n;

    if (n == 0) {
        return bytes->fails ? -1 : 0;
    }

    memcpy(buf, bytes->text.data + bytes->pos, n);
    bytes->pos += n;

    return n;
}


/* "line:[field][field]" or "line!error" for each record */

static void
print_records(char *out, size_t size, const char *text, size_t len,
    size_t step, char delimiter)
{
    int                rc;
    size_t             n, i;
    bytes_t            bytes;
    polycard_csv_t     csv;
    polycard_source_t  source;

    bytes.text = tap_copy(text, len);
    bytes.pos = 0;
    bytes.step = step;
    bytes.fails = 0;

    n = 0;
    *out = '\0';

    if (polycard_source_init(&source, bytes_read, &bytes) != NGX_POLYCARD_OK
        || polycard_csv_init(&csv, &source) != NGX_POLYCARD_OK)
    {
        abort();
    }

    if (delimiter) {
        csv.delimiter = delimiter;

    } else {
        polycard_csv_detect(&csv);
    }

    while ((rc = polycard_csv_read(&csv)) != POLYCARD_END && n < size) {

        n += snprintf(out + n, size - n, "%u", (unsigned) csv.line);

        if (rc == POLYCARD_REFUSED) {
            n += snprintf(out + n, size - n, "!%s ", csv.error);
            continue;
        }

        n += snprintf(out + n, size - n, ":");

        for (i = 0; i < csv.n && n < size; i++) {
            n += snprintf(out + n, size - n, "[%.*s]", (int) csv.field[i].len,
                          csv.field[i].data);
        }

        n += snprintf(out + n, n < size ? size - n : 0, " ");
    }

    polycard_csv_free(&csv);
    polycard_source_free(&source);
}


static const case_t  cases[] = {

    { "", "", "nothing" },
    { "a", "1:[a] ", "a field" },
    { "a,b\n", "1:[a][b] ", "two fields" },
    { ",", "1:[][] ", "two empty fields" },
    { "a,\n,b\n", "1:[a][] 2:[][b] ", "an empty field at either end" },
    { "a\nb", "1:[a] 2:[b] ", "LF" },
    { "a\r\nb\r\n", "1:[a] 2:[b] ", "CRLF" },
    { "a\rb\r", "1:[a] 2:[b] ", "CR" },
    { "a\r\r\nb\n\nc", "1:[a] 3:[b] 5:[c] ", "empty lines count" },
    { "\n\r\n\r", "", "nothing but empty lines" },
    { " a , b ", "1:[ a ][ b ] ", "spaces belong to the field" },
    { "\"a\",\"b\"\n", "1:[a][b] ", "quotes" },
    { "\"\"", "1:[] ", "an empty field in quotes is a record" },
    { "\"\",\"\"\n", "1:[][] ", "two of them" },
    { "\"a,b\nc\r\nd\",e\nf,g", "1:[a,b\nc\r\nd][e] 4:[f][g] ",
      "delimiter and line breaks in quotes" },
    { "\"a\rb\"\nc", "1:[a\rb] 3:[c] ", "a CR in quotes" },
    { "\"a\r\"\n\nc", "1:[a\r] 4:[c] ", "a CR before the quote" },
    { "\"a\"\"b\",\"\"\"\"\n", "1:[a\"b][\"] ", "doubled quotes" },
    { "a;b,c", "1:[a;b][c] ", "the other delimiter" },
    { "a\"b,c\nd", "1!there is a quote in a field without quotes 2:[d] ",
      "a quote in the middle" },
    { "\"a\"b,c\nd", "1!there is text behind a closing quote 2:[d] ",
      "text behind a quote" },
    { "\"a\" ,c\nd", "1!there is text behind a closing quote 2:[d] ",
      "a space behind a quote" },
    { "\"a\"b,\"c\nd", "1!there is text behind a closing quote 2:[d] ",
      "a bad record ends with its line" },
    { "a\n\"b\nc", "1:[a] 2!a quote is not closed ", "no closing quote" },
    { "\"", "1!a quote is not closed ", "a quote alone" },
    { "a,\"b\"", "1:[a][b] ", "a quote at the end of the file" },
    { "\xef\xbb\xbf" "a", "1:[\xef\xbb\xbf" "a] ", "any bytes" },
};


static void
test_records(void)
{
    size_t  i;
    char    out[1024];

    for (i = 0; i < polycard_nelts(cases); i++) {
        print_records(out, sizeof(out), cases[i].text, strlen(cases[i].text),
                      1000, ',');
        tap_is_str(out, cases[i].records, "%s", cases[i].name);
    }
}


/* the same records, in whatever pieces the bytes come */

static void
test_pieces(void)
{
    size_t  i, step;
    char    out[1024];

    for (step = 1; step < 4; step++) {
        for (i = 0; i < polycard_nelts(cases); i++) {
            print_records(out, sizeof(out), cases[i].text,
                          strlen(cases[i].text), step, ',');
            tap_is_str(out, cases[i].records, "%s, %u bytes at a time",
                       cases[i].name, (unsigned) step);
        }
    }
}


static void
test_lines_of_files(void)
{
    char  out[1024];

    print_records(out, sizeof(out), "a\0b,c\n\0", 7, 3, ',');
    tap_ok(memcmp(out, "1:[a", 4) == 0, "a NUL is a byte like others");

    print_records(out, sizeof(out), "a,b;c\n", 6, 3, ';');
    tap_is_str(out, "1:[a,b][c] ", "semicolons");
}


/* a field, a record, a number of fields at their bounds and beyond */

static void
test_bounds(void)
{
    char    *text, out[256];
    size_t   n, len;

    for (n = POLYCARD_RECORD_MAX; n <= POLYCARD_RECORD_MAX + 1; n++) {
        text = malloc(n + 8);
        if (text == NULL) {
            abort();
        }

        memset(text, 'x', n);
        memcpy(text + n, "\nb\n", 3);

        out[0] = '\0';
        print_records(out, sizeof(out), text, n + 3, 10000, ',');

        if (n == POLYCARD_RECORD_MAX) {
            tap_ok(strncmp(out, "1:[xxx", 6) == 0, "a record of 65536 bytes");

        } else {
            tap_is_str(out,
                       "1!the record is longer than 65536 bytes 2:[b] ",
                       "a record of 65537 bytes");
        }

        memset(text, 'x', n);
        text[0] = '"';
        text[1] = '\n';
        memcpy(text + n, "x\"\nb\n", 5);
        print_records(out, sizeof(out), text, n + 5, 10000, ',');

        tap_ok(n == POLYCARD_RECORD_MAX
               ? strncmp(out, "1:[\nxxx", 7) == 0
               : strcmp(out, "1!the record is longer than 65536 bytes "
                        "3:[b] ") == 0,
               "the same in quotes: %u bytes", (unsigned) n);

        free(text);
    }

    for (n = POLYCARD_CSV_FIELDS_MAX; n <= POLYCARD_CSV_FIELDS_MAX + 1; n++) {
        text = malloc(n + 3);
        if (text == NULL) {
            abort();
        }

        memset(text, ',', n - 1);
        memcpy(text + n - 1, "\na", 2);
        len = n + 1;

        print_records(out, sizeof(out), text, len, 10000, ',');

        tap_ok(n == POLYCARD_CSV_FIELDS_MAX
               ? strncmp(out, "1:[][]", 6) == 0
               : strcmp(out, "1!the record has more than 256 fields 2:[a] ")
                 == 0, "%u fields", (unsigned) n);

        free(text);
    }
}


static void
test_detect(void)
{
    size_t         i;
    char           out[256];
    const case_t  *c;
    static const case_t  detect[] = {
        { "a,b\n", "1:[a][b] ", "commas" },
        { "a;b\n", "1:[a][b] ", "semicolons" },
        { "a\n;;;", "1:[a] 2:[][][][] ", "none in the first line: the next" },
        { "a\nb,c", "1:[a] 2:[b][c] ", "commas in the next" },
        { "\"a,,,,\";b\n", "1:[a,,,,][b] ", "those in quotes do not count" },
        { "\"a\n,,,,\";b\n", "1:[a\n,,,,][b] ", "nor a line break" },
        { "a;b,c,d\r;;;;", "1:[a;b][c][d] 2:[;;;;] ", "what is more often" },
        { "", "", "nothing" },
    };

    for (i = 0; i < polycard_nelts(detect); i++) {
        c = &detect[i];

        print_records(out, sizeof(out), c->text, strlen(c->text), 2, 0);
        tap_is_str(out, c->records, "detected: %s", c->name);
    }
}


/* a record that was cut off by a failure is none */

static void
test_failure(void)
{
    bytes_t            bytes;
    polycard_csv_t     csv;
    polycard_lines_t   lines;
    polycard_source_t  source;

    bytes.text = tap_text("a,b\n{\"c\":1}");
    bytes.pos = 0;
    bytes.step = 100;
    bytes.fails = 1;

    if (polycard_source_init(&source, bytes_read, &bytes) != NGX_POLYCARD_OK
        || polycard_csv_init(&csv, &source) != NGX_POLYCARD_OK
        || polycard_lines_init(&lines, &source) != NGX_POLYCARD_OK)
    {
        abort();
    }

    tap_ok(polycard_csv_read(&csv) == POLYCARD_RECORD, "a whole record");
    tap_ok(polycard_csv_read(&csv) == NGX_POLYCARD_ERROR,
           "one that is cut off");
    tap_ok(polycard_csv_read(&csv) == NGX_POLYCARD_ERROR,
           "... and nothing after it");

    source.pos = source.buf + 4;
    source.last = source.buf + bytes.text.len;
    tap_ok(polycard_lines_read(&lines) == NGX_POLYCARD_ERROR,
           "a line that is cut off");

    polycard_lines_free(&lines);
    polycard_csv_free(&csv);
    polycard_source_free(&source);
}


/* random fields, written as the RFC says, come back */

static void
test_random(void)
{
    char      out[4096], text[4096], want[4096];
    size_t    i, len, w, records;
    unsigned  bad;

    bad = 0;

    for (i = 0; i < 2000; i++) {
        len = 0;
        w = 0;

        for (records = 1 + tap_random(3); records; records--) {
            w += sprintf(want + w, "%u:", 1 + count_lines(text, len));
            len = random_record(text, len, want, &w);
        }

        want[w] = '\0';

        print_records(out, sizeof(out), text, len, 1 + tap_random(20), ',');
        bad += (strcmp(out, want) != 0);
    }

    tap_ok(bad == 0, "random fields come back: %u do not", bad);
}


/* line breaks, of which CRLF is one */

static unsigned
count_lines(const char *text, size_t len)
{
    size_t    i;
    unsigned  n;

    for (n = 0, i = 0; i < len; i++) {
        n += (text[i] == '\r'
              || (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')));
    }

    return n;
}


static size_t
random_record(char *text, size_t len, char *want, size_t *w)
{
    char               c;
    size_t             n, fields;
    static const char  bytes[] = "ab,;\"\n\r ";

    for (fields = 2 + tap_random(3); fields; fields--) {
        text[len++] = '"';
        want[(*w)++] = '[';

        for (n = tap_random(6); n; n--) {
            c = bytes[tap_random(sizeof(bytes) - 1)];

            want[(*w)++] = c;
            text[len++] = c;

            if (c == '"') {
                text[len++] = c;
            }
        }

        text[len++] = '"';
        want[(*w)++] = ']';
        text[len++] = (fields == 1) ? '\n' : ',';
    }

    want[(*w)++] = ' ';

    return len;
}


static void
test_json_lines(void)
{
    int                  rc;
    char                 out[256], *text;
    size_t               n;
    bytes_t              bytes;
    polycard_lines_t     lines;
    polycard_source_t    source;
    static const char    head[] = "{}\r\n\n \t\r\n[\n";

    text = malloc(sizeof(head) + POLYCARD_RECORD_MAX + 8);
    if (text == NULL) {
        abort();
    }

    n = sizeof(head) - 1;
    memcpy(text, head, n);
    memset(text + n, 'x', POLYCARD_RECORD_MAX + 1);
    n += POLYCARD_RECORD_MAX + 1;
    memcpy(text + n, "\nend", 4);

    bytes.text.data = (u_char *) text;
    bytes.text.len = n + 4;
    bytes.pos = 0;
    bytes.step = 7;
    bytes.fails = 0;

    if (polycard_source_init(&source, bytes_read, &bytes) != NGX_POLYCARD_OK
        || polycard_lines_init(&lines, &source) != NGX_POLYCARD_OK)
    {
        abort();
    }

    n = 0;

    while ((rc = polycard_lines_read(&lines)) != POLYCARD_END) {
        n += snprintf(out + n, sizeof(out) - n, "%u:[%.*s] ",
                      (unsigned) lines.line,
                      rc == POLYCARD_RECORD ? (int) lines.text.len : 0,
                      lines.text.data);

        if (rc == POLYCARD_REFUSED) {
            n += snprintf(out + n, sizeof(out) - n, "!%s ", lines.error);
        }
    }

    tap_is_str(out, "1:[{}\r] 4:[[] "
               "5:[] !the record is longer than 65536 bytes 6:[end] ",
               "lines, blank ones and long ones");

    polycard_lines_free(&lines);
    polycard_source_free(&source);
    free(text);
}
