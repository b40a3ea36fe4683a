
#include "import/gunzip.h"
#include "import/terminal.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>


/* the greatest window, and a header of gzip */
#define GUNZIP_BITS  (MAX_WBITS + 16)


struct polycard_gunzip_s {
    polycard_source_read_pt   read;
    void                     *data;
    const char               *name;

    z_stream                  stream;
    unsigned                  end:1;       /* nothing more comes in */
    unsigned                  between:1;   /* a member has ended */
    unsigned                  damaged:1;
    u_char                    in[16384];
};


static int polycard_gunzip_fill(polycard_gunzip_t *gunzip);
static void polycard_gunzip_step(polycard_gunzip_t *gunzip);


polycard_gunzip_t *
polycard_gunzip_open(polycard_source_read_pt read, void *data,
    const char *name)
{
    polycard_gunzip_t  *gunzip;

    gunzip = calloc(1, sizeof(polycard_gunzip_t));

    if (gunzip == NULL
        || inflateInit2(&gunzip->stream, GUNZIP_BITS) != Z_OK)
    {
        polycard_say("no memory");
        free(gunzip);
        return NULL;
    }

    gunzip->read = read;
    gunzip->data = data;
    gunzip->name = name;

    return gunzip;
}


void
polycard_gunzip_close(polycard_gunzip_t *gunzip)
{
    (void) inflateEnd(&gunzip->stream);
    free(gunzip);
}


ssize_t
polycard_gunzip_read(polycard_gunzip_t *gunzip, u_char *buf, size_t size)
{
    z_stream  *stream;

    stream = &gunzip->stream;
    stream->next_out = buf;
    stream->avail_out = size;

    while (stream->avail_out == size) {

        if (stream->avail_in == 0
            && polycard_gunzip_fill(gunzip) != NGX_POLYCARD_OK)
        {
            return -1;
        }

        if (gunzip->end) {

            if (gunzip->between) {
                return 0;
            }

            polycard_say("\"%s\" is cut off: it ends within what is "
                         "compressed", gunzip->name);
            return -1;
        }

        polycard_gunzip_step(gunzip);

        if (gunzip->damaged && stream->avail_out == size) {
            polycard_say("\"%s\" is damaged: it cannot be decompressed",
                         gunzip->name);
            return -1;
        }
    }

    return size - stream->avail_out;
}


static int
polycard_gunzip_fill(polycard_gunzip_t *gunzip)
{
    ssize_t  n;

    n = gunzip->read(gunzip->data, gunzip->in, sizeof(gunzip->in));

    if (n < 0) {
        return NGX_POLYCARD_ERROR;
    }

    gunzip->end = (n == 0);
    gunzip->stream.next_in = gunzip->in;
    gunzip->stream.avail_in = n;

    return NGX_POLYCARD_OK;
}


/*
 * As much as is available; a member may be followed by another one.  Text
 * before damage is returned first.
 */

static void
polycard_gunzip_step(polycard_gunzip_t *gunzip)
{
    int  rc;

    if (gunzip->damaged
        || (gunzip->between && inflateReset(&gunzip->stream) != Z_OK))
    {
        gunzip->damaged = 1;
        return;
    }

    rc = inflate(&gunzip->stream, Z_NO_FLUSH);

    gunzip->between = (rc == Z_STREAM_END);
    gunzip->damaged = (rc != Z_OK && rc != Z_STREAM_END);
}
