
/* Whom the file names so far, and in which row. */


#ifndef _POLYCARD_NAMED_H_INCLUDED_
#define _POLYCARD_NAMED_H_INCLUDED_


#include "import/table.h"


/* what a row takes of a file, about */
#define POLYCARD_NAMED_ROW  32


/*
 * This row names somebody, or a group.  good: it is no refused one.
 * earlier: the line of a good row before it that named the same, or 0.  The
 * file may be read again from its beginning.
 */
int polycard_named_add(polycard_table_t *named,
    const ngx_polycard_str_t *identity, uint64_t line, unsigned good,
    uint64_t *earlier);

/*
 * A good row of this line gives this phone the market's own number.  earlier:
 * the line of a row before it that gives the number to another phone, or 0.
 */
int polycard_named_number(polycard_table_t *numbers,
    const ngx_polycard_str_t *number, const ngx_polycard_str_t *phone,
    uint64_t line, uint64_t *earlier);

/* has: was it named by any row */
int polycard_named_has(polycard_table_t *named, const char *identity,
    size_t len, unsigned *has);


#endif /* _POLYCARD_NAMED_H_INCLUDED_ */
