
/*
 * The syntax of JSON (RFC 8259), over a text in one piece: no memory is
 * needed, and nothing is copied.  An error is the end: the reader is then
 * somewhere in the text.
 */


#ifndef _NGX_POLYCARD_CORE_JSON_SCAN_H_INCLUDED_
#define _NGX_POLYCARD_CORE_JSON_SCAN_H_INCLUDED_


#include "core/types.h"


/* types of a value; NESTED is an object or an array */

typedef enum {
    NGX_POLYCARD_JSON_STRING = 0,
    NGX_POLYCARD_JSON_NUMBER,
    NGX_POLYCARD_JSON_TRUE,
    NGX_POLYCARD_JSON_FALSE,
    NGX_POLYCARD_JSON_NULL,
    NGX_POLYCARD_JSON_NESTED
} ngx_polycard_json_e;


/* a value as it stands in the text */

typedef struct {
    ngx_polycard_json_e      type;
    const u_char            *start;     /* of a number, or a string without */
    const u_char            *end;       /* its quotes */
    unsigned                 escaped;   /* a string with escapes */
} ngx_polycard_json_value_t;


typedef struct {
    const u_char            *pos;
    const u_char            *end;
    unsigned                 escapes;   /* there is a backslash somewhere */
    const char              *fault;     /* what to say of an error */
} ngx_polycard_json_t;


/*
 * Before all others.  NGX_POLYCARD_ERROR: an empty text, or one with a NUL;
 * U+0000 is an error as an escape as well.
 */
int ngx_polycard_json_begin(ngx_polycard_json_t *json,
    const ngx_polycard_str_t *body);

/* the next byte that is no white space, not taken; 0: the end */
u_char ngx_polycard_json_peek(ngx_polycard_json_t *json);

/* takes the name of a member, and the colon behind it */
int ngx_polycard_json_name(ngx_polycard_json_t *json,
    ngx_polycard_json_value_t *name);

/* takes a value of any type, up to 1000 deep */
int ngx_polycard_json_value(ngx_polycard_json_t *json,
    ngx_polycard_json_value_t *value);

/* the number that four digits are, which were checked */
unsigned ngx_polycard_json_hex(const u_char *s);


#endif /* _NGX_POLYCARD_CORE_JSON_SCAN_H_INCLUDED_ */
