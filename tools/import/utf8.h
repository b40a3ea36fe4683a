
/* Characters of UTF-8, one by one. */


#ifndef _POLYCARD_UTF8_H_INCLUDED_
#define _POLYCARD_UTF8_H_INCLUDED_


#include "import/tool.h"


/*
 * The character at p, which is before last, and how many bytes it has; 0: it is
 * invalid UTF-8 (overlong, a surrogate, truncated).
 */
size_t polycard_utf8_next(const u_char *p, const u_char *last, uint32_t *c);

/*
 * Is it invisible: a control character (Cc, U+2028
 * and U+2029), a mark of direction, zero-width.
 */
unsigned polycard_utf8_is_hidden(uint32_t c);


#endif /* _POLYCARD_UTF8_H_INCLUDED_ */
