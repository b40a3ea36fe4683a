
/* The form in which the status is requested (RFC 9110, 12.5.1). */


#ifndef _NGX_POLYCARD_CORE_ACCEPT_H_INCLUDED_
#define _NGX_POLYCARD_CORE_ACCEPT_H_INCLUDED_


#include "core/types.h"


typedef enum {
    NGX_POLYCARD_FORMAT_JSON = 0,
    NGX_POLYCARD_FORMAT_PROMETHEUS,
    NGX_POLYCARD_FORMAT_HTML,
    NGX_POLYCARD_FORMAT_HISTORY,
    NGX_POLYCARD_FORMAT_UNKNOWN
} ngx_polycard_format_e;


/* by its name: "json", "prometheus", "html", "history" */
ngx_polycard_format_e ngx_polycard_format(const ngx_polycard_str_t *name);

/*
 * By the value of an Accept header, well-formed or not: the type with the
 * greatest q, of equal ones the first.  JSON if no known type is accepted, or
 * any type.
 */
ngx_polycard_format_e ngx_polycard_accept(const ngx_polycard_str_t *header);


#endif /* _NGX_POLYCARD_CORE_ACCEPT_H_INCLUDED_ */
