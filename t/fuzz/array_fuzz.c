
/*
 * The input is a JSON array: its elements are the same in whatever pieces it is
 * read, and each is taken or refused with a reason.
 */


#include "pieces.h"
#include "import/array.h"

#include <string.h>


static polycard_record_t  record;


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                rc, other;
    pieces_t           pieces[2];
    polycard_array_t   array[2];
    polycard_source_t  source[2];

    pieces_open(&source[0], &pieces[0], data, size, 100000);
    pieces_open(&source[1], &pieces[1], data, size, 3);

    fuzz_must(polycard_array_init(&array[0], &source[0]) == NGX_POLYCARD_OK
              && polycard_array_init(&array[1], &source[1])
                 == NGX_POLYCARD_OK, "there is memory");

    do {
        rc = polycard_array_read(&array[0]);
        other = polycard_array_read(&array[1]);

        fuzz_must(rc == other, "the same outcome");
        fuzz_must(rc != POLYCARD_REFUSED || array[0].error, "a reason");

        if (rc != POLYCARD_RECORD) {
            continue;
        }

        fuzz_must(array[0].line == array[1].line
                  && array[0].text.len == array[1].text.len
                  && memcmp(array[0].text.data, array[1].text.data,
                            array[0].text.len) == 0, "the same element");

        polycard_record_init(&record, 0);

        other = polycard_record_read_json(&record, &array[0].text);

        if (other == NGX_POLYCARD_OK) {
            other = polycard_record_finish(&record);
        }

        pieces_check_record(&record, other);

    } while (rc != POLYCARD_END);

    polycard_array_free(&array[0]);
    polycard_array_free(&array[1]);
    polycard_source_free(&source[0]);
    polycard_source_free(&source[1]);

    return 0;
}
