
/* A text that comes in pieces, as it stands in a cell. */


#ifndef _POLYCARD_TEXT_H_INCLUDED_
#define _POLYCARD_TEXT_H_INCLUDED_


#include "xlsx/xml.h"


typedef struct {
    size_t     len;
    unsigned   over:1;            /* there is more of it than there is room */
    unsigned   open:1;            /* what comes belongs to it */
    unsigned   phonetic:1;        /* what comes says how to read it aloud */
    u_char     data[POLYCARD_RECORD_MAX];
} polycard_text_t;


/* nothing of it has come */
void polycard_text_begin(polycard_text_t *text);

/* appends it; what does not fit is left out as a whole, see over */
void polycard_text_add(polycard_text_t *text, const void *data, size_t len);

/*
 * The elements <t> of an <si> or <is>, for handlers: all other elements are
 * passed over.
 */
void polycard_text_start(polycard_text_t *text, const char *name);
void polycard_text_end(polycard_text_t *text, const char *name);

/* _x000D_, as Excel writes what XML cannot hold, becomes the character */
void polycard_text_unescape(polycard_text_t *text);


#endif /* _POLYCARD_TEXT_H_INCLUDED_ */
