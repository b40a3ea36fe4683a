
/*
 * The input is a file of gzip: what comes out is the same in whatever pieces it
 * is read, and ends with its end or an error.
 */


#include "pieces.h"
#include "import/gunzip.h"

#include <stdio.h>
#include <string.h>


/* of what a few bytes may unpack to */
#define FUZZ_MAX  (1024 * 1024)


static ssize_t fuzz_gunzip(void *data, u_char *buf, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                 a, b;
    size_t              i, n;
    pieces_t            pieces[2];
    polycard_source_t   raw[2], source[2];
    polycard_gunzip_t  *gunzip[2];
    static unsigned     quiet;

    /* what is said: reports of sanitizers go another way */

    if (!quiet) {
        stderr = fopen("/dev/null", "w");
        quiet = (stderr != NULL);
    }

    for (i = 0; i < 2; i++) {
        pieces_open(&raw[i], &pieces[i], data, size, i ? 3 : 100000);

        gunzip[i] = polycard_gunzip_open(raw[i].read, raw[i].data, "fuzz");

        fuzz_must(gunzip[i] && polycard_source_init(&source[i],
                                  fuzz_gunzip, gunzip[i])
                               == NGX_POLYCARD_OK, "there is memory");
    }

    for (a = 0, n = 0; a != -1 && n < FUZZ_MAX; n++) {
        a = polycard_source_next(&source[0]);
        b = polycard_source_next(&source[1]);

        fuzz_must(a == b, "the same bytes");
    }

    fuzz_must(a != -1 || source[0].failed == source[1].failed,
              "the same outcome");

    for (i = 0; i < 2; i++) {
        polycard_gunzip_close(gunzip[i]);
        polycard_source_free(&source[i]);
        polycard_source_free(&raw[i]);
    }

    return 0;
}


static ssize_t
fuzz_gunzip(void *data, u_char *buf, size_t size)
{
    return polycard_gunzip_read(data, buf, size);
}
