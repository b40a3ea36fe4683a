
#include "core/text.h"

#include <string.h>


static inline size_t ngx_polycard_text_point(const u_char *s,
    const u_char *end, unsigned *flaw);
static size_t ngx_polycard_text_sequence(const u_char *s, const u_char *end,
    unsigned *flaw);
static u_char *ngx_polycard_text_escape(u_char *p, const u_char *s, size_t n);
static unsigned ngx_polycard_text_is_space(const u_char *s, size_t len);


/* ASCII that needs no escape in a JSON string */

static const u_char  ngx_polycard_text_plain[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,

         /*  !"#  $%&'  ()*+  ,-./  0123  4567  89:;  <=>? */
    1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,

         /* @ABC  DEFG  HIJK  LMNO  PQRS  TUVW  XYZ[  \]^_ */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1,

         /* `abc  defg  hijk  lmno  pqrs  tuvw  xyz{  |}~  */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0
};


/* Unicode's White_Space, and zero-width characters: U+180E, U+200B to U+200D,
 * U+2060, U+FEFF */

static const char *const  ngx_polycard_text_spaces[] = {
    "\t", "\n", "\v", "\f", "\r", " ",
    "\302\205", "\302\240",
    "\341\232\200", "\341\240\216",
    "\342\200\200", "\342\200\201", "\342\200\202", "\342\200\203",
    "\342\200\204", "\342\200\205", "\342\200\206", "\342\200\207",
    "\342\200\210", "\342\200\211", "\342\200\212", "\342\200\213",
    "\342\200\214", "\342\200\215", "\342\200\250", "\342\200\251",
    "\342\200\257", "\342\201\237", "\342\201\240",
    "\343\200\200",
    "\357\273\277",
    NULL
};

/* bytes of the longest of them */
#define NGX_POLYCARD_TEXT_SPACE  3


unsigned
ngx_polycard_text_check(const ngx_polycard_str_t *text, size_t max)
{
    unsigned       flaw;
    const u_char  *s, *end;

    if (text->len == 0) {
        return 0;
    }

    s = text->data;
    end = s + text->len;

    for ( /* void */ ; s < end; max--) {

        if (max == 0) {
            return NGX_POLYCARD_TEXT_LONG;
        }

        s += ngx_polycard_text_point(s, end, &flaw);

        if (flaw) {
            return flaw;
        }
    }

    return 0;
}


u_char *
ngx_polycard_text_print(u_char *p, const ngx_polycard_str_t *text, size_t max,
    unsigned *flaws)
{
    size_t         n;
    unsigned       flaw;
    const u_char  *s, *end;

    if (text->len == 0) {
        return p;
    }

    s = text->data;
    end = s + text->len;

    for ( /* void */ ; s < end && max; max--) {

        if (ngx_polycard_text_plain[*s]) {
            *p++ = *s++;
            continue;
        }

        n = ngx_polycard_text_point(s, end, &flaw);
        *flaws |= flaw;

        if (flaw == 0 && n == 2) {
            *p++ = *s++;
            *p++ = *s++;
            continue;
        }

        if (flaw == NGX_POLYCARD_TEXT_BROKEN) {
            *p++ = 0xef;
            *p++ = 0xbf;
            *p++ = 0xbd;

        } else if (flaw == NGX_POLYCARD_TEXT_CONTROL) {
            p = ngx_polycard_text_escape(p, s, n);

        } else {

            if (*s == '"' || *s == '\\') {
                *p++ = '\\';
            }

            memcpy(p, s, n);
            p += n;
        }

        s += n;
    }

    if (s < end) {
        *flaws |= NGX_POLYCARD_TEXT_LONG;
    }

    return p;
}


size_t
ngx_polycard_text_size(const ngx_polycard_str_t *text, size_t max)
{
    return 6 * (text->len < max ? text->len : max);
}


/*
 * The bytes of the code point at s, or of the maximal invalid sequence.  One
 * and two bytes are handled here: names are Cyrillic, pages are long.
 */

static inline size_t
ngx_polycard_text_point(const u_char *s, const u_char *end, unsigned *flaw)
{
    *flaw = 0;

    if (*s < 0x80) {

        if (*s < 0x20 || *s == 0x7f) {
            *flaw = NGX_POLYCARD_TEXT_CONTROL;
        }

        return 1;
    }

    if (*s > 0xc2 && *s < 0xe0 && end - s > 1 && (s[1] & 0xc0) == 0x80) {
        return 2;
    }

    return ngx_polycard_text_sequence(s, end, flaw);
}


/* RFC 3629; an invalid one ends before the first byte that cannot follow */

static size_t
ngx_polycard_text_sequence(const u_char *s, const u_char *end, unsigned *flaw)
{
    size_t  i, n;
    u_char  low, high;

    n = *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;

    /* the second byte excludes overlong forms, surrogates, over U+10FFFF */

    low = *s == 0xe0 ? 0xa0 : *s == 0xf0 ? 0x90 : 0x80;
    high = *s == 0xed ? 0x9f : *s == 0xf4 ? 0x8f : 0xbf;

    *flaw = NGX_POLYCARD_TEXT_BROKEN;

    if (*s < 0xc2 || *s > 0xf4) {
        return 1;
    }

    for (i = 1; i < n; i++) {
        if (s + i == end || s[i] < low || s[i] > high) {
            return i;
        }

        low = 0x80;
        high = 0xbf;
    }

    *flaw = (n == 2 && *s == 0xc2 && s[1] < 0xa0)
            || (n == 3 && memcmp(s, "\xe2\x80", 2) == 0
                && (s[2] == 0xa8 || s[2] == 0xa9))
            ? NGX_POLYCARD_TEXT_CONTROL : 0;

    return n;
}


static u_char *
ngx_polycard_text_escape(u_char *p, const u_char *s, size_t n)
{
    unsigned             point;
    static const u_char  hex[] = "0123456789abcdef";

    /* control characters: in two bytes U+80-9F, in three U+2028-29 */

    point = n == 1 ? s[0] : n == 2 ? s[1] : 0x2000 + (s[2] & 0x3f);

    *p++ = '\\';
    *p++ = 'u';
    *p++ = hex[point >> 12];
    *p++ = hex[point >> 8 & 0xf];
    *p++ = hex[point >> 4 & 0xf];
    *p++ = hex[point & 0xf];

    return p;
}


void
ngx_polycard_text_trim(ngx_polycard_str_t *text)
{
    size_t  n;

    if (text->len > NGX_POLYCARD_TEXT_TRIM) {
        return;
    }

    for (n = 1; n <= NGX_POLYCARD_TEXT_SPACE && n <= text->len; /* void */ ) {

        if (ngx_polycard_text_is_space(text->data, n)) {
            text->data += n;
            text->len -= n;
            n = 1;

        } else {
            n++;
        }
    }

    for (n = 1; n <= NGX_POLYCARD_TEXT_SPACE && n <= text->len; /* void */ ) {

        if (ngx_polycard_text_is_space(text->data + text->len - n, n)) {
            text->len -= n;
            n = 1;

        } else {
            n++;
        }
    }
}


unsigned
ngx_polycard_text_has_space(const ngx_polycard_str_t *text)
{
    size_t  i, n;

    for (i = 0; i < text->len; i++) {
        for (n = 1; n <= NGX_POLYCARD_TEXT_SPACE && i + n <= text->len; n++) {
            if (ngx_polycard_text_is_space(text->data + i, n)) {
                return 1;
            }
        }
    }

    return 0;
}


static unsigned
ngx_polycard_text_is_space(const u_char *s, size_t len)
{
    const char *const   *space;

    /* most ends are digits */

    if (*s > 0x20 && *s < 0x7f) {
        return 0;
    }

    for (space = ngx_polycard_text_spaces; *space; space++) {
        if (strlen(*space) == len && memcmp(*space, s, len) == 0) {
            return 1;
        }
    }

    return 0;
}
