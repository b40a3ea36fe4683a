
/* The texts that the cells of a workbook share, by their numbers. */


#ifndef _POLYCARD_STRINGS_H_INCLUDED_
#define _POLYCARD_STRINGS_H_INCLUDED_


#include "xlsx/spool.h"
#include "xlsx/text.h"


typedef struct {
    polycard_spool_t  *text;
    polycard_spool_t  *ends;      /* where each ends, as uint64_t */
    uint64_t           n;
} polycard_strings_t;


/* reads all of them.  NGX_POLYCARD_ERROR after a message */
int polycard_strings_open(polycard_strings_t *strings,
    const polycard_archive_t *archive, const char *path);
void polycard_strings_close(polycard_strings_t *strings);

/*
 * Adds the text of this number to what is there.  POLYCARD_REFUSED: there is
 * none; NGX_POLYCARD_ERROR: it could not be read, which was said.
 */
int polycard_strings_get(polycard_strings_t *strings, uint64_t i,
    polycard_text_t *text);


#endif /* _POLYCARD_STRINGS_H_INCLUDED_ */
