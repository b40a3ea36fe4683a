
/* The parts of a workbook, and its sheets. */


#ifndef _POLYCARD_BOOK_H_INCLUDED_
#define _POLYCARD_BOOK_H_INCLUDED_


#include "xlsx/archive.h"


/* of Excel's own: 31 characters, of four bytes at most */
#define POLYCARD_SHEET_NAME_MAX  256


typedef struct {
    char       sheet[POLYCARD_SHEET_NAME_MAX];    /* its name */
    unsigned   shown;                             /* how many sheets are */
    unsigned   date1904;                          /* days count from 1904 */

    /* paths within the archive; "": there is none */
    char       path[POLYCARD_PART_MAX];           /* of the sheet */
    char       styles[POLYCARD_PART_MAX];
    char       strings[POLYCARD_PART_MAX];
} polycard_book_t;


/*
 * Finds the sheet of this name, or the first one that is shown where name is
 * NULL.  NGX_POLYCARD_ERROR after a message.
 */
int polycard_book_read(polycard_book_t *book,
    const polycard_archive_t *archive, const char *name);


#endif /* _POLYCARD_BOOK_H_INCLUDED_ */
