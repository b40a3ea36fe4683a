
/*
 * The file that polycard-export writes: under its own name only when it is
 * complete.
 */


#ifndef _POLYCARD_OUTPUT_H_INCLUDED_
#define _POLYCARD_OUTPUT_H_INCLUDED_


#include "core/attributes.h"
#include "import/options.h"
#include "import/target.h"

#include <iconv.h>
#include <stdio.h>


typedef struct {
    FILE               *file;
    const char         *path;         /* NULL: standard output */
    polycard_target_t   target;

    unsigned            format;
    u_char              delimiter;

    /* a table in another encoding: a row in UTF-8, and what it becomes */
    iconv_t             cd;
    unsigned            recoded:1;
    unsigned            mark:1;       /* UTF-8 begins with a byte order mark */
    int                 failed;       /* errno of what went wrong first */
    FILE               *row;
    char               *text;
    size_t              len;
    char               *out;
    size_t              size;
} polycard_output_t;


/* opens the file (target.h), or takes standard output */
int polycard_output_open(polycard_output_t *output,
    const polycard_options_t *o);

/* the first row of a table; NGX_POLYCARD_ERROR: as a record */
int polycard_output_header(polycard_output_t *output,
    const ngx_polycard_str_t *title, size_t n);

/*
 * A record of a table; value[i].data == NULL: an empty field.
 * NGX_POLYCARD_ERROR: it has characters that the encoding lacks; nothing of it
 * is written.
 */
int polycard_output_fields(polycard_output_t *output,
    const ngx_polycard_str_t *value, size_t n);

/* a line of JSON lines */
void polycard_output_line(polycard_output_t *output, const u_char *text,
    size_t len);

/* NGX_POLYCARD_OK as long as all could be written; else after a message */
int polycard_output_check(polycard_output_t *output);

/* done: the file gets its name; an incomplete one is deleted */
int polycard_output_close(polycard_output_t *output, unsigned whole);


#endif /* _POLYCARD_OUTPUT_H_INCLUDED_ */
