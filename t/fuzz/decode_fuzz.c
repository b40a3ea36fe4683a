
/*
 * The input is a file in some encoding: what is found out about it and what
 * comes out are the same in whatever pieces it is read.
 */


#include "pieces.h"
#include "import/decode.h"

#include <stdio.h>
#include <string.h>


static int fuzz_open(polycard_decode_t *decode, polycard_source_t *source,
    pieces_t *pieces, const uint8_t *data, size_t size, size_t step);


static polycard_decode_t  decode[2];


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                a, b;
    pieces_t           pieces[2];
    polycard_source_t  source[2];
    static unsigned    quiet;

    if (!quiet) {
        quiet = (freopen("/dev/null", "w", stdout) != NULL);
    }

    a = fuzz_open(&decode[0], &source[0], &pieces[0], data, size, 100000);
    b = fuzz_open(&decode[1], &source[1], &pieces[1], data, size, 3);

    fuzz_must(a == b, "the same is found out");

    while (a == NGX_POLYCARD_OK) {
        a = polycard_source_next(&source[0]);
        b = polycard_source_next(&source[1]);

        fuzz_must(a == b, "the same bytes");

        a = (a == -1) ? NGX_POLYCARD_ERROR : NGX_POLYCARD_OK;
    }

    for (a = 0; a < 2; a++) {
        polycard_decode_close(&decode[a]);
        polycard_source_free(&source[a]);
    }

    return 0;
}


static int
fuzz_open(polycard_decode_t *decode, polycard_source_t *source,
    pieces_t *pieces, const uint8_t *data, size_t size, size_t step)
{
    memset(decode, 0, offsetof(polycard_decode_t, in));

    pieces_open(source, pieces, data, size, step);

    decode->read = source->read;
    decode->data = source->data;

    polycard_source_free(source);
    fuzz_must(polycard_source_init(source, polycard_decode_read, decode)
              == NGX_POLYCARD_OK, "there is memory");

    return polycard_decode_open(decode, NULL, 1, "fuzz");
}
