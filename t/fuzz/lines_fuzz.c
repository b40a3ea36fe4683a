
/*
 * The input is a file of JSON lines: the lines are the same in whatever pieces
 * it is read, and each is taken or refused with a reason.
 */


#include "pieces.h"
#include "import/lines.h"

#include <string.h>


static void fuzz_record(const ngx_polycard_str_t *text, unsigned groups);


static polycard_record_t  record;


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                rc, other;
    pieces_t           pieces[2];
    polycard_lines_t   lines[2];
    polycard_source_t  source[2];

    pieces_open(&source[0], &pieces[0], data, size, 100000);
    pieces_open(&source[1], &pieces[1], data, size, 3);

    fuzz_must(polycard_lines_init(&lines[0], &source[0]) == NGX_POLYCARD_OK
              && polycard_lines_init(&lines[1], &source[1])
                 == NGX_POLYCARD_OK, "there is memory");

    do {
        rc = polycard_lines_read(&lines[0]);
        other = polycard_lines_read(&lines[1]);

        fuzz_must(rc == other && lines[0].line == lines[1].line
                  && lines[0].text.len == lines[1].text.len
                  && memcmp(lines[0].text.data, lines[1].text.data,
                            lines[0].text.len) == 0, "the same line");

        if (rc == POLYCARD_RECORD) {
            fuzz_record(&lines[0].text, 0);
            fuzz_record(&lines[0].text, 1);
        }

    } while (rc != POLYCARD_END);

    polycard_lines_free(&lines[0]);
    polycard_lines_free(&lines[1]);
    polycard_source_free(&source[0]);
    polycard_source_free(&source[1]);

    return 0;
}


static void
fuzz_record(const ngx_polycard_str_t *text, unsigned groups)
{
    int  rc;

    polycard_record_init(&record, groups);

    rc = polycard_record_read_json(&record, text);

    if (rc == NGX_POLYCARD_OK) {
        rc = polycard_record_finish(&record);
    }

    pieces_check_record(&record, rc);
}
