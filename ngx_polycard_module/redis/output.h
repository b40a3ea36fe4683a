
/* Bytes that wait to be written to a connection: one piece of memory. */


#ifndef _NGX_POLYCARD_REDIS_OUTPUT_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_OUTPUT_H_INCLUDED_


#include "nginx/base.h"


/* all zero: nothing, and no memory */

typedef struct {
    u_char                      *start;
    u_char                      *pos;         /* not yet written: from here */
    u_char                      *last;        /* to here */
    u_char                      *end;
} ngx_polycard_output_t;


#define ngx_polycard_output_size(output)                                      \
    ((size_t) ((output)->last - (output)->pos))

/* appends a copy; NGX_ERROR: no memory, and nothing was appended */
ngx_int_t ngx_polycard_output_add(ngx_polycard_output_t *output,
    const u_char *data, size_t size);

/* after all was written: empties it, and frees a large buffer */
void ngx_polycard_output_clear(ngx_polycard_output_t *output);

/* all zero again */
void ngx_polycard_output_free(ngx_polycard_output_t *output);


#endif /* _NGX_POLYCARD_REDIS_OUTPUT_H_INCLUDED_ */
