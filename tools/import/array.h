
/*
 * Splits one JSON array of objects: each object is treated as a line of JSON
 * lines.
 */


#ifndef _POLYCARD_ARRAY_H_INCLUDED_
#define _POLYCARD_ARRAY_H_INCLUDED_


#include "import/source.h"


typedef struct {
    polycard_source_t     *source;

    ngx_polycard_str_t     text;      /* the element, as it stands */
    uint64_t               line;      /* where it begins, from 1 */
    const char            *error;     /* why it is refused */

    uint64_t               lines;     /* line breaks so far */
    unsigned               cr:1;
    unsigned               begun:1;   /* the bracket was read */
    unsigned               ended:1;   /* ... the closing one, or the end */
    unsigned               more:1;    /* an element must follow */
} polycard_array_t;


/* NGX_POLYCARD_ERROR: no memory */
int polycard_array_init(polycard_array_t *array, polycard_source_t *source);
void polycard_array_free(polycard_array_t *array);

/*
 * The next element; returns as polycard_csv_read().  An array that is not
 * closed, or is followed by something, ends with a refused one.
 */
int polycard_array_read(polycard_array_t *array);


#endif /* _POLYCARD_ARRAY_H_INCLUDED_ */
