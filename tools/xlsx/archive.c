
#include "import/terminal.h"
#include "xlsx/archive.h"
#include "xlsx/archive_source.h"

#include <string.h>
#include <sys/stat.h>


/*
 * A table is compressed to a tenth or a twentieth.  With a higher ratio than
 * this it is not one; small parts are not checked.
 */
#define ARCHIVE_RATIO  200
#define ARCHIVE_SMALL  (64 * 1024 * 1024)

/* a million rows of 256 columns have less */
#define ARCHIVE_MAX    (UINT64_C(16) * 1024 * 1024 * 1024)


static int polycard_part_damaged(const char *name);
static unsigned polycard_part_is_bomb(const polycard_part_t *part,
    uint64_t size);


int
polycard_archive_open(polycard_archive_t *archive, int fd, const char *name)
{
    zip_error_t    error;
    struct stat    st;
    zip_source_t  *source;

    archive->name = name;
    archive->zip = NULL;

    zip_error_init(&error);

    source = (fstat(fd, &st) == 0)
             ? polycard_archive_source(fd, st.st_size, &error) : NULL;

    archive->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error)
                          : NULL;

    if (archive->zip == NULL) {
        zip_source_free(source);
        zip_error_fini(&error);

        return polycard_part_damaged(name);
    }

    return NGX_POLYCARD_OK;
}


void
polycard_archive_close(polycard_archive_t *archive)
{
    if (archive->zip) {
        zip_discard(archive->zip);
        archive->zip = NULL;
    }
}


unsigned
polycard_archive_has(const polycard_archive_t *archive, const char *path)
{
    return zip_name_locate(archive->zip, path, ZIP_FL_NOCASE) >= 0;
}


int
polycard_part_open(polycard_part_t *part, const polycard_archive_t *archive,
    const char *path)
{
    zip_stat_t   st;
    zip_int64_t  index;

    memset(part, 0, sizeof(polycard_part_t));
    part->name = archive->name;

    index = zip_name_locate(archive->zip, path, ZIP_FL_NOCASE);

    if (index < 0 || zip_stat_index(archive->zip, index, 0, &st) != 0
        || (st.valid & (ZIP_STAT_SIZE|ZIP_STAT_COMP_SIZE))
           != (ZIP_STAT_SIZE|ZIP_STAT_COMP_SIZE))
    {
        return polycard_part_damaged(part->name);
    }

    part->size = st.size;
    part->packed = st.comp_size;
    part->file = zip_fopen_index(archive->zip, index, 0);

    return part->file ? NGX_POLYCARD_OK : polycard_part_damaged(part->name);
}


void
polycard_part_close(polycard_part_t *part)
{
    if (part->file) {
        (void) zip_fclose(part->file);
        part->file = NULL;
    }
}


/* the size in the archive may be wrong: the actual one counts */

ssize_t
polycard_part_read(polycard_part_t *part, void *buf, size_t size)
{
    zip_int64_t  n;

    n = zip_fread(part->file, buf, size);

    if (n < 0) {
        return polycard_part_damaged(part->name);
    }

    part->taken += n;

    if (polycard_part_is_bomb(part, part->taken)) {
        polycard_say("\"%s\" unpacks to far more than a table has: it is not "
                     "read", part->name);
        return NGX_POLYCARD_ERROR;
    }

    return n;
}


static unsigned
polycard_part_is_bomb(const polycard_part_t *part, uint64_t size)
{
    return size > ARCHIVE_MAX
           || (size > ARCHIVE_SMALL && size / ARCHIVE_RATIO > part->packed);
}


static int
polycard_part_damaged(const char *name)
{
    polycard_say("\"%s\" is damaged, or no workbook of Excel (.xlsx); open it "
                 "in the spreadsheet and save it as \"CSV UTF-8\"", name);

    return NGX_POLYCARD_ERROR;
}
