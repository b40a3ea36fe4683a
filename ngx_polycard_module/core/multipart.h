
/* multipart/form-data (RFC 7578, RFC 2046). */


#ifndef _NGX_POLYCARD_CORE_MULTIPART_H_INCLUDED_
#define _NGX_POLYCARD_CORE_MULTIPART_H_INCLUDED_


#include "core/input.h"


/*
 * Finds the boundary parameter, quoted or not, in the value of a Content-Type
 * header; 1 to 70 characters.  *boundary points into content_type.
 */
int ngx_polycard_multipart_boundary(const ngx_polycard_str_t *content_type,
    ngx_polycard_str_t *boundary);

/*
 * Reads the parts whose name is in the table, others are skipped.  Values
 * point into body.  NGX_POLYCARD_ERROR with a message: no final boundary, a
 * part without a name, a name given twice.
 */
int ngx_polycard_multipart_read(ngx_polycard_input_t *in,
    const ngx_polycard_str_t *body, const ngx_polycard_str_t *boundary);


#endif /* _NGX_POLYCARD_CORE_MULTIPART_H_INCLUDED_ */
