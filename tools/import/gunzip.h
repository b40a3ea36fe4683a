
/*
 * Decompresses gzip while reading.  If zlib was missing at
 * build time (gunzip_none.c) a message says how to do without.
 */


#ifndef _POLYCARD_GUNZIP_H_INCLUDED_
#define _POLYCARD_GUNZIP_H_INCLUDED_


#include "import/source.h"


typedef struct polycard_gunzip_s  polycard_gunzip_t;


/* name: for messages, must outlive it.  NULL after a message */
polycard_gunzip_t *polycard_gunzip_open(polycard_source_read_pt read,
    void *data, const char *name);
void polycard_gunzip_close(polycard_gunzip_t *gunzip);

/*
 * As read(2).  Several members, one after the other, are one text.  -1 after a
 * message: damaged or truncated; or reading has failed.
 */
ssize_t polycard_gunzip_read(polycard_gunzip_t *gunzip, u_char *buf,
    size_t size);


#endif /* _POLYCARD_GUNZIP_H_INCLUDED_ */
