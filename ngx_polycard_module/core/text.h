
/* UTF-8 text: what is accepted (contract, B5) and how it is written (B23). */


#ifndef _NGX_POLYCARD_CORE_TEXT_H_INCLUDED_
#define _NGX_POLYCARD_CORE_TEXT_H_INCLUDED_


#include "core/types.h"

#include <string.h>


#define NGX_POLYCARD_TEXT_LONG     1    /* more code points than max */
#define NGX_POLYCARD_TEXT_CONTROL  2    /* U+0000-1F, U+7F-9F, U+2028-29 */
#define NGX_POLYCARD_TEXT_BROKEN   4    /* overlong, surrogate, cut off */


/*
 * 0, or the first of the flaws above that was found in the text.
 */
unsigned ngx_polycard_text_check(const ngx_polycard_str_t *text, size_t max);

/*
 * Writes the text at p as the inside of a JSON string: quotes, backslashes and
 * the control characters above escaped, each maximal invalid sequence as
 * U+FFFD, at most max code points.  Flaws found are ORed into *flaws.  Returns
 * the end; writes at most ngx_polycard_text_size() bytes.
 */
u_char *ngx_polycard_text_print(u_char *p, const ngx_polycard_str_t *text,
    size_t max, unsigned *flaws);

/* the most bytes that ngx_polycard_text_print() may write: 6 per byte, at most
 * 6 per code point */
static inline size_t
ngx_polycard_text_size(const ngx_polycard_str_t *text, size_t max)
{
    return 6 * (text->len < max ? text->len : max);
}


/* 1: one of these characters is anywhere in the text */
unsigned ngx_polycard_text_has_space(const ngx_polycard_str_t *text);

#define NGX_POLYCARD_TEXT_TRIM  4096

/*
 * Copies a short text, as most are, and returns the end at p.  memcpy() would
 * be a call, or where the compiler knows the greatest length "rep movs", which
 * takes longer than all else that is done with such a text.
 */
static inline u_char *
ngx_polycard_text_copy(u_char *p, const u_char *s, size_t len)
{
    size_t  i;

    if (len >= 8) {

        /* the last bytes with some of those before */

        for (i = 0; i < len - 8; i += 8) {
            memcpy(p + i, s + i, 8);
        }

        memcpy(p + len - 8, s + len - 8, 8);

    } else if (len >= 4) {
        memcpy(p, s, 4);
        memcpy(p + len - 4, s + len - 4, 4);

    } else if (len) {
        p[0] = s[0];
        p[len / 2] = s[len / 2];
        p[len - 1] = s[len - 1];
    }

    return p + len;
}


/*
 * Removes white space of any kind, zero-width characters and byte order marks
 * from both ends (contract, B30); the text may be empty then.  One of more than
 * NGX_POLYCARD_TEXT_TRIM bytes is left unchanged.  The same characters as in
 * text.trim() of redis-scripts/text.lua.
 */
void ngx_polycard_text_trim(ngx_polycard_str_t *text);


#endif /* _NGX_POLYCARD_CORE_TEXT_H_INCLUDED_ */
