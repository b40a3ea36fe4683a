
/* The bytes of the input file, decompressed if needed. */


#ifndef _POLYCARD_INPUT_H_INCLUDED_
#define _POLYCARD_INPUT_H_INCLUDED_


#include "import/gunzip.h"
#include "import/tool.h"

#include <sys/types.h>


typedef struct {
    const char          *name;        /* of the file, for messages */
    int                  fd;
    uint64_t             size;        /* 0: unknown, it is no file */
    off_t                offset;      /* where it is read on, if it is known */
    uint64_t             taken;       /* bytes of it that were read */

    unsigned             begun:1;     /* the first bytes were looked at */
    polycard_gunzip_t   *gunzip;      /* NULL: it is not compressed */

    u_char              *pos;         /* read, and not yet given */
    u_char              *last;
    u_char               head[16];
} polycard_input_t;


/* path == NULL: standard input.  NGX_POLYCARD_ERROR after a message */
int polycard_input_open(polycard_input_t *input, const char *path);
void polycard_input_close(polycard_input_t *input);

/*
 * Can it be read twice?  Of what cannot be opened polycard_input_open() tells.
 * path == NULL: standard input.
 */
unsigned polycard_input_is_whole(const char *path);

/* when it was written; now: it is a pipe, or of a time to come */
time_t polycard_input_time(const char *path);

/*
 * The file is copied to a temporary file, which polycard_input_open() opens
 * in its place from now on, and which can be read twice.  path == NULL:
 * standard input.  NGX_POLYCARD_ERROR after a message, or polycard_stopped.
 */
int polycard_input_keep(const char *path);

/* is it a file that begins so?  Consumes nothing */
unsigned polycard_input_is(const polycard_input_t *input, const char *magic,
    size_t len);

/* for decode.h: as read(2), with a message about errors */
ssize_t polycard_input_read(void *data, u_char *buf, size_t size);


#endif /* _POLYCARD_INPUT_H_INCLUDED_ */
