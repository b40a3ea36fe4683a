
#include "pieces.h"

#include <string.h>


static ssize_t pieces_read(void *data, u_char *buf, size_t size);


void
pieces_open(polycard_source_t *source, pieces_t *pieces, const uint8_t *data,
    size_t size, size_t step)
{
    pieces->text.data = (u_char *) data;
    pieces->text.len = size;
    pieces->step = step;

    fuzz_must(polycard_source_init(source, pieces_read, pieces)
              == NGX_POLYCARD_OK, "there is memory");
}


static ssize_t
pieces_read(void *data, u_char *buf, size_t size)
{
    size_t     n;
    pieces_t  *pieces;

    pieces = data;

    n = (size < pieces->step) ? size : pieces->step;
    n = (n < pieces->text.len) ? n : pieces->text.len;

    if (n) {
        memcpy(buf, pieces->text.data, n);
    }

    pieces->text.data += n;
    pieces->text.len -= n;

    return n;
}


void
pieces_check_record(polycard_record_t *record, int rc)
{
    int                  i;
    ngx_polycard_str_t   value;

    if (rc != NGX_POLYCARD_OK) {
        fuzz_must(record->error && *record->error, "an error has a message");
        return;
    }

    fuzz_must(record->argc >= 1 && record->argc <= POLYCARD_RECORD_ARGS
              && record->argc % 2, "there are pairs");

    value = polycard_record_identity(record);
    fuzz_must(value.data && record->argv[0] == (char *) value.data,
              "a record that is taken has an identity");

    for (i = 1; i < record->argc; i += 2) {
        value.data = (u_char *) record->argv[i + 1];
        value.len = record->lens[i + 1];

        rc = ngx_polycard_input_index(&record->in, (u_char *) record->argv[i],
                                      record->lens[i]);
        fuzz_must(rc > 0, "the attributes are known");

        fuzz_must(value.len == 0
                  || ngx_polycard_attribute_check(&record->attribute[rc],
                                                  &value) == NULL,
                  "the values are what they should be");
    }
}
