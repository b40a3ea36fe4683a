
#include "import/temp.h"
#include "import/terminal.h"
#include "xlsx/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


static const u_char *polycard_spool_block(polycard_spool_t *spool,
    uint64_t n);
static int polycard_spool_fail(const char *what);


polycard_spool_t *
polycard_spool_open(void)
{
    polycard_spool_t  *spool;

    spool = calloc(1, sizeof(polycard_spool_t));

    if (spool == NULL) {
        polycard_say("no memory");
        return NULL;
    }

    spool->fd = polycard_temp_open();

    if (spool->fd == -1) {
        free(spool);
        return NULL;
    }

    return spool;
}


void
polycard_spool_close(polycard_spool_t *spool)
{
    if (spool) {
        (void) close(spool->fd);
        free(spool);
    }
}


int
polycard_spool_add(polycard_spool_t *spool, const void *data, size_t len)
{
    size_t         n;
    const u_char  *p;

    for (p = data; len; p += n, len -= n) {

        if (spool->unwritten == sizeof(spool->out)
            && polycard_spool_flush(spool) != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        n = sizeof(spool->out) - spool->unwritten;
        n = (len < n) ? len : n;

        memcpy(spool->out + spool->unwritten, p, n);

        spool->unwritten += n;
        spool->size += n;
    }

    return NGX_POLYCARD_OK;
}


int
polycard_spool_flush(polycard_spool_t *spool)
{
    ssize_t   n;
    u_char   *p, *last;

    p = spool->out;
    last = p + spool->unwritten;

    while (p < last) {
        n = write(spool->fd, p, last - p);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n <= 0) {
            return polycard_spool_fail("write");
        }

        p += n;
    }

    spool->unwritten = 0;

    return NGX_POLYCARD_OK;
}


int
polycard_spool_read(polycard_spool_t *spool, uint64_t pos, void *data,
    size_t len)
{
    size_t         n, from;
    u_char        *to;
    const u_char  *block;

    for (to = data; len; to += n, pos += n, len -= n) {
        block = polycard_spool_block(spool, pos / POLYCARD_SPOOL_BLOCK);

        if (block == NULL) {
            return polycard_spool_fail("read");
        }

        from = pos % POLYCARD_SPOOL_BLOCK;
        n = POLYCARD_SPOOL_BLOCK - from;
        n = (len < n) ? len : n;

        memcpy(to, block + from, n);
    }

    return NGX_POLYCARD_OK;
}


/* each has one place, with the last block that was read there */

static const u_char *
polycard_spool_block(polycard_spool_t *spool, uint64_t n)
{
    size_t    i;
    u_char   *block;
    ssize_t   rc;

    i = n % POLYCARD_SPOOL_BLOCKS;
    block = spool->block[i];

    if (spool->number[i] == n + 1) {
        return block;
    }

    spool->number[i] = 0;

    do {
        rc = pread(spool->fd, block, POLYCARD_SPOOL_BLOCK,
                   n * POLYCARD_SPOOL_BLOCK);
    } while (rc == -1 && errno == EINTR);

    if (rc == -1) {
        return NULL;
    }

    spool->number[i] = n + 1;

    return block;
}


static int
polycard_spool_fail(const char *what)
{
    polycard_say("cannot %s a temporary file: %s", what, strerror(errno));

    return NGX_POLYCARD_ERROR;
}
