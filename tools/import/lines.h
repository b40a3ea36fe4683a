
/* JSON lines: each line of a file is one JSON object.  Lines end with LF. */


#ifndef _POLYCARD_LINES_H_INCLUDED_
#define _POLYCARD_LINES_H_INCLUDED_


#include "import/source.h"


typedef struct {
    polycard_source_t     *source;

    ngx_polycard_str_t     text;      /* the line, without its end */
    uint64_t               line;      /* its number, from 1 */
    const char            *error;     /* why it is refused */
} polycard_lines_t;


/* NGX_POLYCARD_ERROR: no memory */
int polycard_lines_init(polycard_lines_t *lines, polycard_source_t *source);
void polycard_lines_free(polycard_lines_t *lines);

/* the next line that is not blank; returns as polycard_csv_read() */
int polycard_lines_read(polycard_lines_t *lines);


#endif /* _POLYCARD_LINES_H_INCLUDED_ */
