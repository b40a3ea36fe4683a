
#include "xlsx/archive_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


typedef struct {
    int           fd;
    uint64_t      size;
    uint64_t      pos;
    zip_error_t   error;
} polycard_archive_source_t;


static zip_int64_t polycard_archive_command(void *data, void *buf,
    zip_uint64_t len, zip_source_cmd_t command);
static zip_int64_t polycard_archive_bytes(polycard_archive_source_t *source,
    void *buf, zip_uint64_t len);
static zip_int64_t polycard_archive_stat(polycard_archive_source_t *source,
    void *buf, zip_uint64_t len);


zip_source_t *
polycard_archive_source(int fd, uint64_t size, zip_error_t *error)
{
    zip_source_t               *zip;
    polycard_archive_source_t  *source;

    source = calloc(1, sizeof(polycard_archive_source_t));
    if (source == NULL) {
        return NULL;
    }

    source->fd = fd;
    source->size = size;
    zip_error_init(&source->error);

    zip = zip_source_function_create(polycard_archive_command, source, error);
    if (zip == NULL) {
        free(source);
    }

    return zip;
}


static zip_int64_t
polycard_archive_command(void *data, void *buf, zip_uint64_t len,
    zip_source_cmd_t command)
{
    zip_int64_t                 pos;
    polycard_archive_source_t  *source;

    source = data;

    switch (command) {

    case ZIP_SOURCE_OPEN:
        source->pos = 0;
        return 0;

    case ZIP_SOURCE_READ:
        return polycard_archive_bytes(source, buf, len);

    case ZIP_SOURCE_SEEK:
        pos = zip_source_seek_compute_offset(source->pos, source->size, buf,
                                             len, &source->error);
        source->pos = (pos < 0) ? source->pos : (uint64_t) pos;
        return (pos < 0) ? -1 : 0;

    case ZIP_SOURCE_TELL:
        return source->pos;

    case ZIP_SOURCE_STAT:
        return polycard_archive_stat(source, buf, len);

    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&source->error, buf, len);

    case ZIP_SOURCE_FREE:
        free(source);
        return 0;

    case ZIP_SOURCE_CLOSE:
        return 0;

    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN,
            ZIP_SOURCE_READ, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,
            ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
            ZIP_SOURCE_CLOSE, ZIP_SOURCE_SUPPORTS, -1);

    default:
        zip_error_set(&source->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}


static zip_int64_t
polycard_archive_bytes(polycard_archive_source_t *source, void *buf,
    zip_uint64_t len)
{
    ssize_t  n;

    do {
        n = pread(source->fd, buf, len, source->pos);
    } while (n == -1 && errno == EINTR);

    if (n == -1) {
        zip_error_set(&source->error, ZIP_ER_READ, errno);
        return -1;
    }

    source->pos += n;

    return n;
}


static zip_int64_t
polycard_archive_stat(polycard_archive_source_t *source, void *buf,
    zip_uint64_t len)
{
    zip_stat_t  *st;

    if (len < sizeof(zip_stat_t)) {
        zip_error_set(&source->error, ZIP_ER_INVAL, 0);
        return -1;
    }

    st = buf;
    zip_stat_init(st);

    st->size = source->size;
    st->valid = ZIP_STAT_SIZE;

    return sizeof(zip_stat_t);
}
