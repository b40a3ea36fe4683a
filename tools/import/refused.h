
/*
 * The file of refused records: CSV of line, reasons, and the original row of a
 * table, in UTF-8.  polycard-import reads it again when it is corrected.
 */


#ifndef _POLYCARD_REFUSED_H_INCLUDED_
#define _POLYCARD_REFUSED_H_INCLUDED_


#include "import/reader.h"
#include "import/target.h"


typedef struct {
    FILE               *file;         /* NULL: standard error */
    polycard_target_t   target;
    uint64_t            count;
    u_char              delimiter;
    size_t              columns;      /* of the table; 0: it is none */
    size_t              skip;         /* ... before them are others */
} polycard_refused_t;


/*
 * Opens the file (target.h): --refused, or next to the input file, where no
 * link is followed.  An existing file must be such a list, or empty.  Without
 * --refused there is none for standard input and what is in /dev or /proc: the
 * first ones are printed.
 */
int polycard_refused_open(polycard_refused_t *refused,
    const polycard_options_t *o, const polycard_reader_t *reader);

/*
 * One more; the reason is a sentence without the record's values.  n == 0: the
 * row is unknown.
 */
void polycard_refused_add(polycard_refused_t *refused, uint64_t line,
    const char *reason, const ngx_polycard_str_t *field, size_t n);

/*
 * NGX_POLYCARD_ERROR: it could not be written.  If nothing was refused there
 * is no file afterwards, or with a link an empty one.
 */
int polycard_refused_close(polycard_refused_t *refused);


#endif /* _POLYCARD_REFUSED_H_INCLUDED_ */
