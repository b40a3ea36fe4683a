
/* application/x-www-form-urlencoded: bodies and query strings. */


#ifndef _NGX_POLYCARD_CORE_FORM_H_INCLUDED_
#define _NGX_POLYCARD_CORE_FORM_H_INCLUDED_


#include "core/input.h"


/*
 * Reads name=value pairs joined by '&' ('+' is a space, %XX a byte); pairs
 * whose name is not in the table are ignored, whatever their value.
 * NGX_POLYCARD_ERROR with a message: a value with an invalid %XX, or a name
 * given twice.  Decoded values are in the scratch memory.
 */
int ngx_polycard_form_read(ngx_polycard_input_t *in,
    const ngx_polycard_str_t *body);


#endif /* _NGX_POLYCARD_CORE_FORM_H_INCLUDED_ */
