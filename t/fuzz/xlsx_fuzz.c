
/*
 * The input is a workbook: it is refused, or its rows are within bounds, in
 * order, and the same when they are read once more.
 */


/* memfd_create() */
#define _GNU_SOURCE

#include "fuzz.h"
#include "xlsx/xlsx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>


static int fuzz_file(const uint8_t *data, size_t size);
static void fuzz_row(const polycard_csv_t *csv, uint64_t line);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int               fd, rc, other;
    size_t            i;
    uint64_t          line;
    polycard_csv_t    csv[2];
    polycard_xlsx_t  *xlsx[2];

    fd = fuzz_file(data, size);

    for (i = 0; i < 2; i++) {
        xlsx[i] = polycard_xlsx_open(fd, "fuzz", NULL, '.');

        fuzz_must(polycard_csv_init(&csv[i], NULL) == NGX_POLYCARD_OK,
                  "there is memory");
    }

    fuzz_must(!xlsx[0] == !xlsx[1], "the same is found out");

    line = 0;
    rc = xlsx[0] ? POLYCARD_RECORD : POLYCARD_END;

    while (rc == POLYCARD_RECORD || rc == POLYCARD_REFUSED) {
        rc = polycard_xlsx_read(xlsx[0], &csv[0]);
        other = polycard_xlsx_read(xlsx[1], &csv[1]);

        fuzz_must(rc == other, "the same outcome");

        if (rc == POLYCARD_RECORD || rc == POLYCARD_REFUSED) {
            fuzz_must(csv[0].len == csv[1].len && csv[0].n == csv[1].n
                      && memcmp(csv[0].data, csv[1].data, csv[0].len) == 0,
                      "the same row");
            fuzz_must((rc == POLYCARD_REFUSED) == (csv[0].error != NULL),
                      "a reason");

            fuzz_row(&csv[0], line);
            line = csv[0].line;
        }
    }

    for (i = 0; i < 2; i++) {
        polycard_xlsx_close(xlsx[i]);
        polycard_csv_free(&csv[i]);
    }

    (void) close(fd);

    return 0;
}


static int
fuzz_file(const uint8_t *data, size_t size)
{
    int              fd;
    static unsigned  quiet;

    /* what is said: reports of sanitizers go another way */

    if (!quiet) {
        stderr = fopen("/dev/null", "w");
        quiet = (stderr != NULL);
    }

    fd = memfd_create("fuzz", 0);

    fuzz_must(fd != -1 && write(fd, data, size) == (ssize_t) size,
              "there is memory");

    return fd;
}


/* fields lie one behind the other */

static void
fuzz_row(const polycard_csv_t *csv, uint64_t line)
{
    size_t         i;
    const u_char  *p;

    fuzz_must(csv->line > line && csv->line == csv->last, "rows go on");
    fuzz_must(csv->n <= POLYCARD_CSV_FIELDS_MAX
              && csv->len <= POLYCARD_RECORD_MAX, "a row has bounds");

    p = csv->data;

    for (i = 0; i < csv->n; i++) {
        fuzz_must(csv->field[i].data == p, "fields are in order");
        p += csv->field[i].len;
    }

    fuzz_must(p == csv->data + csv->len, "... and all there is");
}
