
/*
 * The beginning of the gateway's answer, masked, as it is kept with a dead
 * letter: enough to see why it was refused, without personal data.
 */


#ifndef _NGX_POLYCARD_CORE_EXCERPT_H_INCLUDED_
#define _NGX_POLYCARD_CORE_EXCERPT_H_INCLUDED_


#include "core/types.h"


/* bytes of an answer that are kept, and the memory that they may need */
#define NGX_POLYCARD_EXCERPT_MAX   1024
#define NGX_POLYCARD_EXCERPT_ROOM  (6 * NGX_POLYCARD_EXCERPT_MAX)


/*
 * Writes the first kilobyte of an answer's body at p and returns the end; at
 * most NGX_POLYCARD_EXCERPT_ROOM bytes.  Control characters are written as
 * \u001f, invalid UTF-8 as U+FFFD.  Asterisks replace
 *
 *   - the token
 *   - runs of 9 and more digits, and phones with blanks, hyphens and brackets
 *   - the personal data in data, the hook's own JSON: names, e-mail, card,
 *     birthday, of two characters at least, in upper and lower case, also
 *     with escapes of JSON
 *
 * Without memory to read data nothing is written.
 */
u_char *ngx_polycard_excerpt_print(u_char *p, const ngx_polycard_str_t *body,
    const ngx_polycard_str_t *token, const ngx_polycard_str_t *data);


#endif /* _NGX_POLYCARD_CORE_EXCERPT_H_INCLUDED_ */
