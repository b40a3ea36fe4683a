
/* A JSON body as attributes; cJSON reads it (contract, B6). */


#ifndef _NGX_POLYCARD_CORE_JSON_H_INCLUDED_
#define _NGX_POLYCARD_CORE_JSON_H_INCLUDED_


#include "core/input.h"


/*
 * Reads one JSON object and nothing behind it.  Strings, and numbers where the
 * attribute's type is a number; null counts as not given; an escaped U+0000,
 * which cJSON would cut a string at, is refused.  NGX_POLYCARD_ERROR with a
 * message; NGX_POLYCARD_NO_MEMORY: the body may be right.  Nothing of body is
 * referred to afterwards.
 */
int ngx_polycard_json_read(ngx_polycard_input_t *in,
    const ngx_polycard_str_t *body);


#endif /* _NGX_POLYCARD_CORE_JSON_H_INCLUDED_ */
