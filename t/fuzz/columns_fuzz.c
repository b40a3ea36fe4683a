
/*
 * The first line is a --map, the rest a table: its header is refused, or says
 * of each column what it is, and of the first attribute where it is.
 */


#include "pieces.h"
#include "import/columns.h"
#include "import/headings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void fuzz_check(const polycard_columns_t *columns);


static polycard_record_t   record;
static polycard_columns_t  columns;


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char                *map;
    pieces_t             pieces;
    polycard_csv_t       csv;
    polycard_source_t    source;
    polycard_options_t   o;
    ngx_polycard_str_t   rest, line;
    static unsigned      quiet;

    /* what is said: reports of sanitizers go another way */

    if (!quiet) {
        stderr = fopen("/dev/null", "w");
        quiet = (stderr != NULL);
    }

    rest.data = (u_char *) data;
    rest.len = size;
    line = fuzz_line(&rest);

    map = strndup((char *) line.data, line.len);
    fuzz_must(map != NULL, "there is memory");

    memset(&o, 0, sizeof(polycard_options_t));
    memset(&columns, 0, sizeof(polycard_columns_t));

    o.ignore_unknown = size % 2;

    if (strchr(map, '=') && map[0] != '=') {
        o.map[o.maps++] = map;
    }

    pieces_open(&source, &pieces, rest.data, rest.len, 100000);
    fuzz_must(polycard_csv_init(&csv, &source) == NGX_POLYCARD_OK,
              "there is memory");

    polycard_record_init(&record, 0);
    polycard_csv_detect(&csv);

    if (polycard_csv_read(&csv) == POLYCARD_RECORD
        && polycard_columns_read(&columns, &csv, &o, &record)
           == NGX_POLYCARD_OK)
    {
        fuzz_check(&columns);
    }

    polycard_columns_free(&columns);
    polycard_csv_free(&csv);
    polycard_source_free(&source);
    free(map);

    return 0;
}


static void
fuzz_check(const polycard_columns_t *columns)
{
    size_t    i, k;
    unsigned  first;

    for (first = 0, i = 0; i < columns->n; i++) {
        fuzz_must(columns->index[i] >= POLYCARD_HEADING_PASSED
                  && columns->index[i] < (int) record.table.n,
                  "a column is known, or passed over");

        first |= (columns->index[i] == 0);

        for (k = 0; k < i; k++) {
            fuzz_must(columns->index[i] < 0
                      || columns->index[i] != columns->index[k],
                      "none is there twice");
        }
    }

    fuzz_must(first && columns->n <= columns->fields, "the first one is there");
}
