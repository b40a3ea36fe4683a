
/*
 * The parts of a workbook, which is a zip archive, decompressed while reading,
 * with limits: a malicious archive may decompress to any size.
 */


#ifndef _POLYCARD_ARCHIVE_H_INCLUDED_
#define _POLYCARD_ARCHIVE_H_INCLUDED_


#include "import/tool.h"

#include <zip.h>


/* the longest path of a part */
#define POLYCARD_PART_MAX  512


typedef struct {
    zip_t       *zip;
    const char  *name;      /* of the file, for messages */
} polycard_archive_t;


typedef struct {
    const char  *name;      /* of the file */
    zip_file_t  *file;
    uint64_t     size;      /* as the archive says */
    uint64_t     packed;
    uint64_t     taken;     /* bytes that were read */
} polycard_part_t;


/* the caller still owns fd.  NGX_POLYCARD_ERROR after a message */
int polycard_archive_open(polycard_archive_t *archive, int fd,
    const char *name);
void polycard_archive_close(polycard_archive_t *archive);

/* is there such a part */
unsigned polycard_archive_has(const polycard_archive_t *archive,
    const char *path);

/* NGX_POLYCARD_ERROR after a message */
int polycard_part_open(polycard_part_t *part,
    const polycard_archive_t *archive, const char *path);
void polycard_part_close(polycard_part_t *part);

/* as read(2); -1 after a message: damaged or far too large */
ssize_t polycard_part_read(polycard_part_t *part, void *buf, size_t size);


#endif /* _POLYCARD_ARCHIVE_H_INCLUDED_ */
