
/*
 * Attributes of a request: collected by one of the readers (json, form,
 * multipart), then checked and normalised here, so that the three
 * encodings of a body have the same result (contract, B6).
 */


#ifndef _NGX_POLYCARD_CORE_INPUT_H_INCLUDED_
#define _NGX_POLYCARD_CORE_INPUT_H_INCLUDED_


#include "core/attributes.h"


/* size of the scratch memory in addition to the length of the input */
#define NGX_POLYCARD_INPUT_EXTRA  (32 * NGX_POLYCARD_ATTRIBUTES_MAX)

/* the longest error: one of each attribute, and some of unknown ones */
#define NGX_POLYCARD_INPUT_ERROR  1024


typedef struct {
    const ngx_polycard_table_t  *table;

    /* by the table's indices; data == NULL: not given.  They point into the
     * scratch memory or into the input */
    ngx_polycard_str_t           value[NGX_POLYCARD_ATTRIBUTES_MAX];

    unsigned                     unknown;  /* names that the table lacks */
    size_t                       next;     /* index that may come next */

    /* 1: all errors are reported, separated by "; ", and empty values are
     * kept: they remove.  The readers then return NGX_POLYCARD_OK unless
     * nothing can be read at all.  Set after ngx_polycard_input_init() */
    unsigned                     all:1;
    unsigned                     encoded:1;  /* a form that has escapes */
    uint32_t                     wrong;    /* with all: a bit for each index */

    /* NULL, or returns the index of the table for a name; -1: it is
     * ignored.  Set after ngx_polycard_input_init() */
    int                        (*find)(void *data, const u_char *name,
                                       size_t len);
    void                        *find_data;

    u_char                      *pos;      /* scratch memory, the caller's */
    u_char                      *end;

    /* after NGX_POLYCARD_ERROR: a short English sentence without a final stop
     * that names the field and contains nothing of the value */
    char                         error[NGX_POLYCARD_INPUT_ERROR];
} ngx_polycard_input_t;


/*
 * Clears in; the readers put decoded values into scratch (of size bytes, which
 * outlives in).  Size: the length of the whole input plus
 * NGX_POLYCARD_INPUT_EXTRA.
 */
void ngx_polycard_input_init(ngx_polycard_input_t *in,
    const ngx_polycard_table_t *table, u_char *scratch, size_t size);

/*
 * The index of a name in in->table, or -1: names that are not in the table are
 * ignored by the readers, and counted.
 */
int ngx_polycard_input_index(ngx_polycard_input_t *in,
    const u_char *name, size_t len);

/* the same, of the table alone: for those who set `find` */
int ngx_polycard_input_find(ngx_polycard_input_t *in, const u_char *name,
    size_t len);

/*
 * Takes a value, which must outlive in; a card number without the white space
 * at its ends (B30).  NGX_POLYCARD_ERROR with a message
 * if this attribute was already given.
 */
int ngx_polycard_input_set(ngx_polycard_input_t *in, size_t index,
    u_char *value, size_t len);

/*
 * A copy of the bytes in the scratch memory; NULL with a message if they
 * do not fit, which cannot happen with the size above.
 */
u_char *ngx_polycard_input_copy(ngx_polycard_input_t *in, const u_char *data,
    size_t len);

/* fails with "NAME WHAT" (or only WHAT if index is -1) as message */
int ngx_polycard_input_fail(ngx_polycard_input_t *in, int index,
    const char *what);

/*
 * Every given value checked by its type and normalised: empty values count as
 * not given (B3) unless in->all is set, amounts get their shortest form, the
 * required ones of the table must be given if required is not 0 (barcode
 * never: the market issues it, B20).  NGX_POLYCARD_ERROR with a message at the
 * first error, in the table's order; with in->all if there is any error, also
 * of the reader.
 */
int ngx_polycard_input_check(ngx_polycard_input_t *in, unsigned required);


#endif /* _NGX_POLYCARD_CORE_INPUT_H_INCLUDED_ */
