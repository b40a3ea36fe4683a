
#include "core/text.h"

#include <string.h>


static inline unsigned ngx_polycard_text_is_plain(
    const ngx_polycard_str_t *text, u_char *p, unsigned copy);
static unsigned ngx_polycard_text_is_short(const ngx_polycard_str_t *text,
    u_char *p, unsigned copy);
static inline size_t ngx_polycard_text_word(const u_char *s,
    const u_char *end);
static inline size_t ngx_polycard_text_point(const u_char *s,
    const u_char *end, unsigned *flaw);
static size_t ngx_polycard_text_sequence(const u_char *s, const u_char *end,
    unsigned *flaw);
static u_char *ngx_polycard_text_print_points(u_char *p,
    const ngx_polycard_str_t *text, size_t max, unsigned *flaws)
    __attribute__((noinline));
static u_char *ngx_polycard_text_put(u_char *p, const u_char *s, size_t n,
    unsigned flaw);
static u_char *ngx_polycard_text_escape(u_char *p, const u_char *s, size_t n);
static unsigned ngx_polycard_text_is_space(const u_char *s, size_t len);


/* what is looked at in one step: bytes, and that many equal ones */
#define NGX_POLYCARD_TEXT_WORD      8
#define NGX_POLYCARD_TEXT_BYTES(c)  ((uint64_t) (c) * 0x0101010101010101)


/* bits of four letters, whatever the order of bytes in a word */

static const union {
    u_char      bytes[NGX_POLYCARD_TEXT_WORD];
    uint64_t    word;
} ngx_polycard_text_bits[] = {
    { { 0xfc, 0xc0, 0xfc, 0xc0, 0xfc, 0xc0, 0xfc, 0xc0 } },
    { { 0xd0, 0x80, 0xd0, 0x80, 0xd0, 0x80, 0xd0, 0x80 } }
};

#define ngx_polycard_text_mask      ngx_polycard_text_bits[0].word
#define ngx_polycard_text_cyrillic  ngx_polycard_text_bits[1].word


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
    size_t         n;
    unsigned       flaw;
    const u_char  *s, *end;

    if (text->len == 0
        || (text->len <= max && ngx_polycard_text_is_plain(text, NULL, 0)))
    {
        return 0;
    }

    s = text->data;
    end = s + text->len;

    while (s < end) {
        n = ngx_polycard_text_word(s, end);

        if (n && n <= max) {
            s += NGX_POLYCARD_TEXT_WORD;
            max -= n;
            continue;
        }

        if (max-- == 0) {
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
    if (text->len == 0
        || (text->len <= max && ngx_polycard_text_is_plain(text, p, 1)))
    {
        return p + text->len;
    }

    return ngx_polycard_text_print_points(p, text, max, flaws);
}


static u_char *
ngx_polycard_text_print_points(u_char *p, const ngx_polycard_str_t *text,
    size_t max, unsigned *flaws)
{
    size_t         n;
    unsigned       flaw;
    const u_char  *s, *end;

    s = text->data;
    end = s + text->len;

    while (s < end && max) {
        n = ngx_polycard_text_word(s, end);

        if (n && n <= max) {
            memcpy(p, s, NGX_POLYCARD_TEXT_WORD);
            p += NGX_POLYCARD_TEXT_WORD;
            s += NGX_POLYCARD_TEXT_WORD;
            max -= n;
            continue;
        }

        max--;

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

        p = ngx_polycard_text_put(p, s, n, flaw);
        s += n;
    }

    if (s < end) {
        *flaws |= NGX_POLYCARD_TEXT_LONG;
    }

    return p;
}


/* a code point, or a sequence that is none */

static u_char *
ngx_polycard_text_put(u_char *p, const u_char *s, size_t n, unsigned flaw)
{
    if (flaw == NGX_POLYCARD_TEXT_BROKEN) {
        return (u_char *) memcpy(p, "\xef\xbf\xbd", 3) + 3;
    }

    if (flaw == NGX_POLYCARD_TEXT_CONTROL) {
        return ngx_polycard_text_escape(p, s, n);
    }

    if (*s == '"' || *s == '\\') {
        *p++ = '\\';
    }

    return (u_char *) memcpy(p, s, n) + n;
}


/* whether it is written as it is, as most are; copy: then it is at p */

static inline unsigned
ngx_polycard_text_is_plain(const ngx_polycard_str_t *text, u_char *p,
    unsigned copy)
{
    size_t         i, last;
    const u_char  *s;

    if (text->len < NGX_POLYCARD_TEXT_WORD) {
        return ngx_polycard_text_is_short(text, p, copy);
    }

    s = text->data;
    last = text->len - NGX_POLYCARD_TEXT_WORD;

    for (i = 0; /* void */ ; i += NGX_POLYCARD_TEXT_WORD) {

        /* the last word, with some of what was looked at */

        i = i < last ? i : last;

        if (ngx_polycard_text_word(s + i, s + text->len) == 0) {
            return 0;
        }

        if (copy) {
            memcpy(p + i, s + i, NGX_POLYCARD_TEXT_WORD);
        }

        if (i == last) {
            return 1;
        }
    }
}


/* the same for less than a word, filled up with letters of the same kind */

static unsigned
ngx_polycard_text_is_short(const ngx_polycard_str_t *text, u_char *p,
    unsigned copy)
{
    u_char         word[NGX_POLYCARD_TEXT_WORD];
    size_t         half;
    uint64_t       filled;
    const u_char  *s;

    s = text->data;
    half = NGX_POLYCARD_TEXT_WORD / 2;

    if (*s >= 0x80 && text->len % 2) {
        return 0;
    }

    if (text->len >= half) {
        memcpy(word, s, half);
        memcpy(word + half, s + text->len - half, half);

    } else {
        filled = *s < 0x80 ? NGX_POLYCARD_TEXT_BYTES('a')
                           : ngx_polycard_text_cyrillic;

        memcpy(word, &filled, NGX_POLYCARD_TEXT_WORD);
        memcpy(word, s, text->len);
    }

    if (ngx_polycard_text_word(word, word + NGX_POLYCARD_TEXT_WORD) == 0) {
        return 0;
    }

    if (copy) {
        (void) ngx_polycard_text_copy(p, s, text->len);
    }

    return 1;
}


/*
 * How many code points the next 8 bytes are, if all of them are ASCII or all
 * Cyrillic, and none needs an escape; 0: to be looked at one by one.
 */

static inline size_t
ngx_polycard_text_word(const u_char *s, const u_char *end)
{
    uint64_t  word, zeros;

    if (end - s < NGX_POLYCARD_TEXT_WORD) {
        return 0;
    }

    memcpy(&word, s, NGX_POLYCARD_TEXT_WORD);

    if (word & NGX_POLYCARD_TEXT_BYTES(0x80)) {

        /* U+0400 to U+04FF: 0xd0 to 0xd3 before a byte from 0x80 to 0xbf */

        return (word & ngx_polycard_text_mask) == ngx_polycard_text_cyrillic
               ? NGX_POLYCARD_TEXT_WORD / 2 : 0;
    }

    /* the highest bit of a byte stays 0 if it is less than 0x20, 0x7f, '"' or
     * '\\' make it 0: no byte carries into the next one */

    zeros = (word + NGX_POLYCARD_TEXT_BYTES(0x60))
            & ((word ^ NGX_POLYCARD_TEXT_BYTES(0x7f))
               + NGX_POLYCARD_TEXT_BYTES(0x7f))
            & ((word ^ NGX_POLYCARD_TEXT_BYTES('"'))
               + NGX_POLYCARD_TEXT_BYTES(0x7f))
            & ((word ^ NGX_POLYCARD_TEXT_BYTES('\\'))
               + NGX_POLYCARD_TEXT_BYTES(0x7f));

    return (zeros & NGX_POLYCARD_TEXT_BYTES(0x80))
           == NGX_POLYCARD_TEXT_BYTES(0x80)
           ? NGX_POLYCARD_TEXT_WORD : 0;
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

    if (text->len == 0 || text->len > NGX_POLYCARD_TEXT_TRIM) {
        return;
    }

    /* most begin and end with a digit */

    if (text->data[0] > 0x20 && text->data[0] < 0x7f
        && text->data[text->len - 1] > 0x20
        && text->data[text->len - 1] < 0x7f)
    {
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
