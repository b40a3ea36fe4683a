
/*
 * The input is a file of CSV: the records are the same in whatever pieces it
 * is read, and each is taken or refused with a reason.
 */


#include "pieces.h"
#include "import/csv.h"

#include <string.h>


static void fuzz_compare(const polycard_csv_t *a, int rc_a,
    const polycard_csv_t *b, int rc_b);
static void fuzz_record(polycard_csv_t *csv, unsigned groups);


static polycard_record_t  record;


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                rc, other;
    pieces_t           pieces[2];
    uint64_t           line;
    polycard_csv_t     csv[2];
    polycard_source_t  source[2];

    pieces_open(&source[0], &pieces[0], data, size, 100000);
    pieces_open(&source[1], &pieces[1], data, size, 3);

    fuzz_must(polycard_csv_init(&csv[0], &source[0]) == NGX_POLYCARD_OK
              && polycard_csv_init(&csv[1], &source[1]) == NGX_POLYCARD_OK,
              "there is memory");

    polycard_csv_detect(&csv[0]);
    polycard_csv_detect(&csv[1]);

    fuzz_must(csv[0].delimiter == csv[1].delimiter, "one delimiter");

    line = 0;

    do {
        rc = polycard_csv_read(&csv[0]);
        other = polycard_csv_read(&csv[1]);

        fuzz_compare(&csv[0], rc, &csv[1], other);
        fuzz_must(csv[0].line > line || rc == POLYCARD_END, "lines go on");
        line = csv[0].line;

        if (rc == POLYCARD_RECORD) {
            fuzz_record(&csv[0], 0);
            fuzz_record(&csv[0], 1);
        }

    } while (rc != POLYCARD_END);

    polycard_csv_free(&csv[0]);
    polycard_csv_free(&csv[1]);
    polycard_source_free(&source[0]);
    polycard_source_free(&source[1]);

    return 0;
}


static void
fuzz_compare(const polycard_csv_t *a, int rc_a, const polycard_csv_t *b,
    int rc_b)
{
    size_t  i;

    fuzz_must(rc_a == rc_b && a->n == b->n && a->len == b->len
              && a->line == b->line && a->error == b->error,
              "the same record");

    for (i = 0; rc_a == POLYCARD_RECORD && i < a->n; i++) {
        fuzz_must(a->field[i].len == b->field[i].len
                  && (a->field[i].len == 0
                      || memcmp(a->field[i].data, b->field[i].data,
                                a->field[i].len) == 0),
                  "the same fields");
    }
}


/* the fields in the order of the table */

static void
fuzz_record(polycard_csv_t *csv, unsigned groups)
{
    size_t  i;

    polycard_record_init(&record, groups);

    for (i = 0; i < csv->n && i < record.table.n; i++) {
        fuzz_must(polycard_record_set(&record, i, &csv->field[i])
                  == NGX_POLYCARD_OK, "a field is taken");
    }

    pieces_check_record(&record, polycard_record_finish(&record));
}
