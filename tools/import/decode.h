
/* The bytes of a file as UTF-8, whatever its encoding. */


#ifndef _POLYCARD_DECODE_H_INCLUDED_
#define _POLYCARD_DECODE_H_INCLUDED_


#include "import/sniff.h"
#include "import/source.h"

#include <iconv.h>


typedef struct {
    polycard_source_read_pt   read;      /* the bytes as they are */
    void                     *data;

    const char               *encoding;  /* as it was given or found */
    unsigned                  found:1;   /* ... it was found */
    unsigned                  mark:1;    /* there was a byte order mark */
    unsigned                  utf8:1;    /* nothing is to be converted */
    unsigned                  end:1;
    unsigned                  failed:1;
    unsigned                  opened:1;
    iconv_t                   cd;
    size_t                    unit;      /* bytes of the shortest character */

    uint64_t                  taken;     /* bytes that were read */

    u_char                   *pos;       /* read, and not yet converted */
    u_char                   *last;
    u_char                   *out;       /* converted, and not yet given */
    u_char                   *out_last;

    u_char                    in[POLYCARD_SNIFF_SIZE];
    u_char                    text[8192];
} polycard_decode_t;


/*
 * Reads the first bytes, and detects the encoding if encoding is NULL.
 * From a pipe it waits for one line only.  name: for messages.
 * NGX_POLYCARD_ERROR after a message.  read and data are set before.
 */
int polycard_decode_open(polycard_decode_t *decode, const char *encoding,
    unsigned is_file, const char *name);
void polycard_decode_close(polycard_decode_t *decode);

/*
 * For polycard_source_init().  Invalid characters become the byte FF, which is
 * invalid in UTF-8, too: the record will be refused.
 */
ssize_t polycard_decode_read(void *data, u_char *buf, size_t size);


#endif /* _POLYCARD_DECODE_H_INCLUDED_ */
