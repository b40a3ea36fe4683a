
/* A JSON body as attributes, read with cJSON (contract, B6). */


#ifndef _NGX_POLYCARD_CORE_JSON_H_INCLUDED_
#define _NGX_POLYCARD_CORE_JSON_H_INCLUDED_


#include "core/input.h"


/*
 * Reads one JSON object and nothing after it.  Strings, and numbers if the
 * attribute's type is a number; null counts as not given; an escaped U+0000,
 * at which cJSON would truncate a string, is an error.  NGX_POLYCARD_ERROR with
 * a message; NGX_POLYCARD_NO_MEMORY: the body may be valid.  Values do not
 * point into body.
 */
int ngx_polycard_json_read(ngx_polycard_input_t *in,
    const ngx_polycard_str_t *body);

/*
 * 1: the body begins as an object or array does, after white space and a byte
 * order mark; so no form does.  curl -d and PHP say that all they send is one.
 */
unsigned ngx_polycard_json_begins(const ngx_polycard_str_t *body);


#endif /* _NGX_POLYCARD_CORE_JSON_H_INCLUDED_ */
