
/*
 * Attributes that somebody sent: collected by one of the readers (json, form,
 * multipart), then checked and brought to one form here, so that the three
 * encodings of a body have one outcome (contract, B6).
 */


#ifndef _NGX_POLYCARD_CORE_INPUT_H_INCLUDED_
#define _NGX_POLYCARD_CORE_INPUT_H_INCLUDED_


#include "core/attributes.h"


/* what the scratch memory must hold beyond the size of what is read */
#define NGX_POLYCARD_INPUT_EXTRA  (32 * NGX_POLYCARD_ATTRIBUTES_MAX)

/* the longest error: one of each attribute, and some of unknown ones */
#define NGX_POLYCARD_INPUT_ERROR  1024


typedef struct {
    const ngx_polycard_table_t  *table;

    /* by the table's indices; data == NULL: not given.  They point into the
     * scratch memory or into what was read */
    ngx_polycard_str_t           value[NGX_POLYCARD_ATTRIBUTES_MAX];

    unsigned                     unknown;  /* names that the table lacks */

    /* 1: all faults are said, with "; " between them, and empty values are
     * kept: they take away.  The readers return NGX_POLYCARD_OK then unless
     * nothing can be read at all.  Set after ngx_polycard_input_init() */
    unsigned                     all:1;
    uint32_t                     wrong;    /* with all: a bit for each index */

    /* NULL, or what says which index of the table a name stands for; -1: it is
     * ignored.  Set after ngx_polycard_input_init() */
    int                        (*find)(void *data, const u_char *name,
                                       size_t len);
    void                        *find_data;

    u_char                      *pos;      /* scratch memory, the caller's */
    u_char                      *end;

    /* after NGX_POLYCARD_ERROR: a short English sentence without a final stop
     * that names the field and holds nothing of the value */
    char                         error[NGX_POLYCARD_INPUT_ERROR];
} ngx_polycard_input_t;


/*
 * Clears in; scratch (of size bytes, which outlives in) is where the readers
 * put decoded values.  Size: the length of all that is read plus
 * NGX_POLYCARD_INPUT_EXTRA.
 */
void ngx_polycard_input_init(ngx_polycard_input_t *in,
    const ngx_polycard_table_t *table, u_char *scratch, size_t size);

/*
 * The index of a name in in->table, or -1: what is not in the table is
 * ignored by the readers, and counted.
 */
int ngx_polycard_input_index(ngx_polycard_input_t *in,
    const u_char *name, size_t len);

/*
 * Takes a value, which must outlive in; a card number without the white space
 * at its ends (B30).  NGX_POLYCARD_ERROR with a message
 * where this attribute was already given.
 */
int ngx_polycard_input_set(ngx_polycard_input_t *in, size_t index,
    u_char *value, size_t len);

/*
 * A copy of the bytes in the scratch memory; NULL with a message where they
 * do not fit, which the size above rules out.
 */
u_char *ngx_polycard_input_copy(ngx_polycard_input_t *in, const u_char *data,
    size_t len);

/* fails with "NAME WHAT" (or WHAT alone where index is -1) as message */
int ngx_polycard_input_fail(ngx_polycard_input_t *in, int index,
    const char *what);

/*
 * Every given value checked by its type and normalised: empty values count as
 * not given (B3) unless in->all is set, amounts get their shortest form, the
 * required ones of the table must be there when required is not 0 (barcode
 * never: the market issues it, B20).  NGX_POLYCARD_ERROR with a message at the
 * first fault, in the table's order; with in->all where there is one, also of
 * the reader's.
 */
int ngx_polycard_input_check(ngx_polycard_input_t *in, unsigned required);


#endif /* _NGX_POLYCARD_CORE_INPUT_H_INCLUDED_ */
