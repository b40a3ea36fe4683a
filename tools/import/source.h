
/* Bytes of a file, read in pieces. */


#ifndef _POLYCARD_SOURCE_H_INCLUDED_
#define _POLYCARD_SOURCE_H_INCLUDED_


#include "import/tool.h"


#define POLYCARD_SOURCE_SIZE  POLYCARD_RECORD_MAX


/* as read(2), but not interrupted */
typedef ssize_t (*polycard_source_read_pt)(void *data, u_char *buf,
    size_t size);


typedef struct {
    polycard_source_read_pt   read;
    void                     *data;

    u_char                   *pos;
    u_char                   *last;
    u_char                   *buf;      /* of POLYCARD_SOURCE_SIZE bytes */

    uint64_t                  taken;    /* bytes read so far */
    unsigned                  end:1;    /* there are no more */
    unsigned                  failed:1; /* ... since reading them failed */
} polycard_source_t;


/* read and data return the bytes; NGX_POLYCARD_ERROR: no memory */
int polycard_source_init(polycard_source_t *source,
    polycard_source_read_pt read, void *data);
void polycard_source_free(polycard_source_t *source);

/* reads more after the buffered bytes, as far as there is room */
void polycard_source_fill(polycard_source_t *source);

/*
 * The byte so far ahead of the next one, which stays the next one; -1 if
 * there is none, or if it is beyond POLYCARD_SOURCE_SIZE bytes.
 */
int polycard_source_peek(polycard_source_t *source, size_t ahead);


/* the next byte, or -1 at the end */

static inline int
polycard_source_next(polycard_source_t *source)
{
    if (source->pos == source->last) {
        polycard_source_fill(source);

        if (source->pos == source->last) {
            return -1;
        }
    }

    return *source->pos++;
}


#endif /* _POLYCARD_SOURCE_H_INCLUDED_ */
