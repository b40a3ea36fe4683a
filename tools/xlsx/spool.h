
/*
 * Bytes that are appended once, and read in any order: in a temporary file,
 * with a cache in memory.
 */


#ifndef _POLYCARD_SPOOL_H_INCLUDED_
#define _POLYCARD_SPOOL_H_INCLUDED_


#include "import/tool.h"


#define POLYCARD_SPOOL_BLOCK   4096
#define POLYCARD_SPOOL_BLOCKS  512


typedef struct {
    int        fd;
    uint64_t   size;                 /* bytes that were added */
    size_t     unwritten;            /* ... of them in out */

    uint64_t   number[POLYCARD_SPOOL_BLOCKS];   /* of the block, from 1 */
    u_char     block[POLYCARD_SPOOL_BLOCKS][POLYCARD_SPOOL_BLOCK];
    u_char     out[16 * POLYCARD_SPOOL_BLOCK];
} polycard_spool_t;


/* NULL after a message */
polycard_spool_t *polycard_spool_open(void);
void polycard_spool_close(polycard_spool_t *spool);

/* NGX_POLYCARD_ERROR after a message */
int polycard_spool_add(polycard_spool_t *spool, const void *data, size_t len);

/* all has been added: it may be read from now on */
int polycard_spool_flush(polycard_spool_t *spool);

/* len bytes from pos, which are there */
int polycard_spool_read(polycard_spool_t *spool, uint64_t pos, void *data,
    size_t len);


#endif /* _POLYCARD_SPOOL_H_INCLUDED_ */
