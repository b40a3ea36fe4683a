
#include "import/source.h"

#include <stdlib.h>
#include <string.h>


int
polycard_source_init(polycard_source_t *source, polycard_source_read_pt read,
    void *data)
{
    memset(source, 0, sizeof(polycard_source_t));

    source->buf = malloc(POLYCARD_SOURCE_SIZE);
    if (source->buf == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    source->read = read;
    source->data = data;
    source->pos = source->buf;
    source->last = source->buf;

    return NGX_POLYCARD_OK;
}


void
polycard_source_free(polycard_source_t *source)
{
    free(source->buf);
    source->buf = NULL;
}


void
polycard_source_fill(polycard_source_t *source)
{
    size_t   size;
    ssize_t  n;

    if (source->pos == source->last) {
        source->pos = source->buf;
        source->last = source->buf;
    }

    size = source->buf + POLYCARD_SOURCE_SIZE - source->last;

    if (source->end || size == 0) {
        return;
    }

    n = source->read(source->data, source->last, size);

    if (n <= 0) {
        source->end = 1;
        source->failed = (n < 0);
        return;
    }

    source->last += n;
    source->taken += n;
}


int
polycard_source_peek(polycard_source_t *source, size_t ahead)
{
    size_t  there;

    for ( ;; ) {
        there = source->last - source->pos;

        if (ahead < there) {
            return source->pos[ahead];
        }

        polycard_source_fill(source);

        if ((size_t) (source->last - source->pos) == there) {
            return -1;
        }
    }
}
