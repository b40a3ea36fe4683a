
/* The bytes of a file for libzip, with an offset of their own. */


#ifndef _POLYCARD_ARCHIVE_SOURCE_H_INCLUDED_
#define _POLYCARD_ARCHIVE_SOURCE_H_INCLUDED_


#include "import/tool.h"

#include <zip.h>


/*
 * The caller still owns fd, whose offset is not changed: several archives may
 * be read from it.  NULL: no memory.
 */
zip_source_t *polycard_archive_source(int fd, uint64_t size,
    zip_error_t *error);


#endif /* _POLYCARD_ARCHIVE_SOURCE_H_INCLUDED_ */
