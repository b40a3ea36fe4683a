
/* A line of a batch of the office: one operation (docs/office.md). */


#ifndef _NGX_POLYCARD_CORE_OFFICE_LINE_H_INCLUDED_
#define _NGX_POLYCARD_CORE_OFFICE_LINE_H_INCLUDED_


#include "core/input.h"


typedef enum {
    NGX_POLYCARD_LINE_PUT = 0,
    NGX_POLYCARD_LINE_PATCH,
    NGX_POLYCARD_LINE_DELETE,
    NGX_POLYCARD_LINE_BONUS,
    NGX_POLYCARD_LINE_MOVE,
    NGX_POLYCARD_LINE_MERGE,
    NGX_POLYCARD_LINE_CARD,
    NGX_POLYCARD_LINE_CLOSE,
    NGX_POLYCARD_LINE_FORGET,
    NGX_POLYCARD_LINE_PUT_GROUP,
    NGX_POLYCARD_LINE_PATCH_GROUP,
    NGX_POLYCARD_LINE_DELETE_GROUP,
    NGX_POLYCARD_LINE_OPS
} ngx_polycard_line_op_e;


/* indices of the members, but for "set" */

enum {
    NGX_POLYCARD_LINE_OP = 0,
    NGX_POLYCARD_LINE_PHONE,
    NGX_POLYCARD_LINE_ID,
    NGX_POLYCARD_LINE_SUM,       /* change */
    NGX_POLYCARD_LINE_FLOOR,
    NGX_POLYCARD_LINE_KEY,
    NGX_POLYCARD_LINE_TO,
    NGX_POLYCARD_LINE_FROM,
    NGX_POLYCARD_LINE_BARCODE,
    NGX_POLYCARD_LINE_MEMBERS
};


typedef struct {
    ngx_polycard_line_op_e   op;
    ngx_polycard_input_t     in;        /* the members, and what is wrong */
    ngx_polycard_str_t       set;       /* the object as it was sent, a part of
                                         * the line; data NULL: not given */
    unsigned                 sets;      /* how often */
} ngx_polycard_office_line_t;


/*
 * Reads a line.  scratch: as of ngx_polycard_input_init(), outlives line.
 * NGX_POLYCARD_ERROR with line->in.error, all faults but those within "set",
 * without a value; NGX_POLYCARD_NO_MEMORY.
 */
int ngx_polycard_office_line_read(ngx_polycard_office_line_t *line,
    const ngx_polycard_str_t *text, u_char *scratch, size_t size);


#endif /* _NGX_POLYCARD_CORE_OFFICE_LINE_H_INCLUDED_ */
