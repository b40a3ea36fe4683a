
#include "tap.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define OK       0
#define LONG     NGX_POLYCARD_TEXT_LONG
#define CONTROL  NGX_POLYCARD_TEXT_CONTROL
#define BROKEN   NGX_POLYCARD_TEXT_BROKEN

#define S(s)     ngx_polycard_string(s)

#define MAX      255


typedef struct {
    ngx_polycard_str_t   text;
    size_t               max;
    unsigned             check;     /* what text_check() returns */
    unsigned             flaws;     /* what text_print() adds up */
    ngx_polycard_str_t   json;
} text_case_t;


static void text_test_case(const text_case_t *c);
static void text_test_points(void);
static void text_test_sequences(void);
static void text_test_lengths(void);
static void text_test_random(void);
static size_t text_encode(u_char *p, uint32_t point);
static size_t text_expect(u_char *p, uint32_t point);
static void text_mark(uint32_t point);
static size_t text_broken(const u_char *s, size_t len);
static ngx_polycard_str_t text_print(const ngx_polycard_str_t *text,
    size_t max, unsigned *flaws);


static const text_case_t  text_cases[] = {

    /* what goes through as it is */

    { S(""), MAX, OK, OK, S("") },
    { S(""), 0, OK, OK, S("") },
    { S("a"), MAX, OK, OK, S("a") },
    { S(" !#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~"), MAX, OK, OK,
      S(" !#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~") },
    { S("Шевченко"), MAX, OK, OK, S("Шевченко") },
    { S("Ґалаґан-Їжакевич Є."), MAX, OK, OK, S("Ґалаґан-Їжакевич Є.") },
    { S("\xc2\xa0\xdf\xbf"), MAX, OK, OK, S("\xc2\xa0\xdf\xbf") },
    { S("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), MAX, OK, OK,
      S("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf") },
    { S("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), MAX, OK, OK,
      S("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf") },
    { S("\xe2\x80\xa7\xe2\x80\xaa"), MAX, OK, OK,
      S("\xe2\x80\xa7\xe2\x80\xaa") },

    /* escapes that are no flaw */

    { S("\""), MAX, OK, OK, S("\\\"") },
    { S("a\\b"), MAX, OK, OK, S("a\\\\b") },
    { S("</script>"), MAX, OK, OK, S("</script>") },

    /* control characters */

    { S("\0"), MAX, CONTROL, CONTROL, S("\\u0000") },
    { S("a\nb"), MAX, CONTROL, CONTROL, S("a\\u000ab") },
    { S("\x1f"), MAX, CONTROL, CONTROL, S("\\u001f") },
    { S("\x7f"), MAX, CONTROL, CONTROL, S("\\u007f") },
    { S("\xc2\x80"), MAX, CONTROL, CONTROL, S("\\u0080") },
    { S("\xc2\x9f"), MAX, CONTROL, CONTROL, S("\\u009f") },
    { S("\xe2\x80\xa8"), MAX, CONTROL, CONTROL, S("\\u2028") },
    { S("x\xe2\x80\xa9y"), MAX, CONTROL, CONTROL, S("x\\u2029y") },

    /* broken sequences: as many U+FFFD as the Unicode standard shows */

    { S("\x80"), MAX, BROKEN, BROKEN, S("\xef\xbf\xbd") },
    { S("\xbf\xbf"), MAX, BROKEN, BROKEN, S("\xef\xbf\xbd\xef\xbf\xbd") },
    { S("\xc0\x80"), MAX, BROKEN, BROKEN, S("\xef\xbf\xbd\xef\xbf\xbd") },
    { S("\xc1\xbf"), MAX, BROKEN, BROKEN, S("\xef\xbf\xbd\xef\xbf\xbd") },
    { S("\xd0"), MAX, BROKEN, BROKEN, S("\xef\xbf\xbd") },
    { S("\xc2"), MAX, BROKEN, BROKEN, S("\xef\xbf\xbd") },
    { S("\xd0" "a"), MAX, BROKEN, BROKEN, S("\xef\xbf\xbd" "a") },
    { S("\xd0\xd0\xb0"), MAX, BROKEN, BROKEN, S("\xef\xbf\xbd\xd0\xb0") },
    { S("\xe0\x9f\xbf"), MAX, BROKEN, BROKEN,
      S("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
    { S("\xed\xa0\x80"), MAX, BROKEN, BROKEN,
      S("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
    { S("\xe1\x80"), MAX, BROKEN, BROKEN, S("\xef\xbf\xbd") },
    { S("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf" "A"), MAX, BROKEN, BROKEN,
      S("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "A") },
    { S("\xf0\x8f\xbf\xbf"), MAX, BROKEN, BROKEN,
      S("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
    { S("\xf4\x90\x80\x80"), MAX, BROKEN, BROKEN,
      S("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
    { S("\xf5\xff\xfe"), MAX, BROKEN, BROKEN,
      S("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
    { S("\xef\xbb\xbfx"), MAX, OK, OK, S("\xef\xbb\xbfx") },

    /* which flaw comes first, and their sum */

    { S("\n\xff"), MAX, CONTROL, CONTROL | BROKEN, S("\\u000a\xef\xbf\xbd") },
    { S("\xff\n"), MAX, BROKEN, CONTROL | BROKEN, S("\xef\xbf\xbd\\u000a") },
    { S("ab\n"), 2, LONG, LONG, S("ab") },
    { S("\nab"), 2, CONTROL, CONTROL | LONG, S("\\u000aa") },
    { S("a\xff" "b"), 2, BROKEN, BROKEN | LONG, S("a\xef\xbf\xbd") },

    /* code points are counted, not bytes */

    { S("abc"), 3, OK, OK, S("abc") },
    { S("abcd"), 3, LONG, LONG, S("abc") },
    { S("їжак"), 4, OK, OK, S("їжак") },
    { S("їжаки"), 4, LONG, LONG, S("їжак") },
    { S("\xf0\x9f\x90\xbe\xf0\x9f\x90\xbe"), 1, LONG, LONG,
      S("\xf0\x9f\x90\xbe") },
    { S("\"\"\""), 2, LONG, LONG, S("\\\"\\\"") },
    { S("a"), 0, LONG, LONG, S("") },
};


static u_char  *text_starts;      /* one bit for each start of a sequence */


int
main(void)
{
    size_t  i;

    for (i = 0; i < sizeof(text_cases) / sizeof(text_case_t); i++) {
        text_test_case(&text_cases[i]);
    }

    text_test_points();
    text_test_sequences();
    text_test_lengths();
    text_test_random();

    return tap_done();
}


static void
text_test_case(const text_case_t *c)
{
    char                 name[4 * 64 + 1], *p;
    size_t               i;
    unsigned             flaws;
    ngx_polycard_str_t   text, got;

    for (p = name, i = 0; i < c->text.len && i < 64; i++) {
        p += sprintf(p, c->text.data[i] > 0x20 && c->text.data[i] < 0x7f
                        && c->text.data[i] != '\\' && c->text.data[i] != '#'
                        ? "%c" : "<%02x>", c->text.data[i]);
    }

    *p = '\0';
    text = tap_copy(c->text.data, c->text.len);

    tap_ok(ngx_polycard_text_check(&text, c->max) == c->check,
           "check %s, at most %zu", name, c->max);

    flaws = 0;
    got = text_print(&text, c->max, &flaws);

    tap_is(got.data, got.len, &c->json, "print %s, at most %zu", name, c->max);
    tap_ok(flaws == c->flaws, "flaws of %s are %u: %u", name, c->flaws, flaws);

    tap_free();
}


/* every code point by itself, those of UTF-16 included */

static void
text_test_points(void)
{
    u_char               buf[4], want[6];
    uint32_t             point;
    unsigned             flaws, check, expected, bad_check, bad_print;
    ngx_polycard_str_t   text, got;

    bad_check = 0;
    bad_print = 0;

    for (point = 0; point <= 0x10ffff; point++) {
        text = tap_copy(buf, text_encode(buf, point));

        expected = point >= 0xd800 && point <= 0xdfff ? BROKEN
                   : point < 0x20 || (point >= 0x7f && point < 0xa0)
                     || point == 0x2028 || point == 0x2029 ? CONTROL : OK;

        check = ngx_polycard_text_check(&text, 1);
        bad_check += expected == BROKEN ? check != BROKEN : check != expected;

        if (expected == BROKEN) {
            tap_free();
            continue;
        }

        flaws = 0;
        got = text_print(&text, 1, &flaws);

        bad_print += flaws != expected
                     || got.len != text_expect(want, point)
                     || memcmp(got.data, want, got.len) != 0;

        tap_free();
    }

    tap_ok(bad_check == 0, "every code point is checked right");
    tap_ok(bad_print == 0, "every code point is printed right");
}


/*
 * All sequences of three bytes from C0 on: how many U+FFFD there are, against
 * the rule of the Unicode standard (the longest start of any code point's
 * encoding, else one byte), worked out from the encodings of all code points.
 */

static void
text_test_sequences(void)
{
    u_char               in[3], out[3 * 6];
    size_t               i, n, step, expected;
    uint32_t             point, all, bad;
    unsigned             flaws;
    ngx_polycard_str_t   text;

    text_starts = calloc(3, (1 << 24) / 8);

    if (text_starts == NULL) {
        tap_ok(0, "memory");
        return;
    }

    for (point = 0x80; point <= 0x10ffff; point++) {
        if (point < 0xd800 || point > 0xdfff) {
            text_mark(point);
        }
    }

    text.data = in;
    text.len = 3;

    for (bad = 0, all = 0xc00000; all <= 0xffffff; all++) {
        in[0] = all >> 16;
        in[1] = all >> 8;
        in[2] = all;

        for (expected = 0, i = 0; i < 3; i += step) {
            step = text_broken(in + i, 3 - i);
            expected += (step != 0);
            step = step ? step : in[i] < 0x80 ? 1 : in[i] < 0xe0 ? 2 : 3;
        }

        flaws = 0;
        n = ngx_polycard_text_print(out, &text, 3, &flaws) - out;

        for (i = 0; i + 2 < n; i++) {
            expected -= (memcmp(out + i, "\xef\xbf\xbd", 3) == 0);
        }

        if (in[0] == 0xef && in[1] == 0xbf && in[2] == 0xbd) {
            expected = 0;
        }

        bad += (expected != 0);
    }

    free(text_starts);

    tap_ok(bad == 0, "broken sequences of three bytes: %u wrong", bad);
}


/* the bytes of the broken sequence at s; 0: a whole code point is there */

static size_t
text_broken(const u_char *s, size_t len)
{
    size_t    i, n;
    uint32_t  key;

    if (s[0] < 0x80) {
        return 0;
    }

    for (key = 0, n = 0, i = 0; i < len; i++) {
        key = key << 8 | s[i];

        if (!(text_starts[(i << 21) + (key >> 3)] & 1 << (key & 7))) {
            break;
        }

        n = i + 1;

        if (n == (s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4)) {
            return 0;
        }
    }

    return n ? n : 1;
}


static void
text_mark(uint32_t point)
{
    u_char    buf[4];
    size_t    i, n;
    uint32_t  key;

    n = text_encode(buf, point);

    for (key = 0, i = 0; i < n && i < 3; i++) {
        key = key << 8 | buf[i];
        text_starts[(i << 21) + (key >> 3)] |= 1 << (key & 7);
    }
}


/* 255 and 256 code points of each size, and a text far too long */

static void
text_test_lengths(void)
{
    u_char               buf[4 * 256];
    size_t               n, size, i;
    unsigned             flaws;
    ngx_polycard_str_t   text, got;
    static uint32_t      points[] = { 'a', '"', 1, 0x7f, 0x91, 0x416, 0x20ac,
                                      0x2028, 0x1f43e };

    for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {

        for (size = 0, n = 0; n < 256; n++) {
            size += text_encode(buf + size, points[i]);
        }

        text = tap_copy(buf, size / 256 * 255);
        flaws = 0;
        got = text_print(&text, MAX, &flaws);

        tap_ok(!(flaws & LONG) && got.len > 0
               && ngx_polycard_text_check(&text, MAX) == flaws,
               "255 of U+%04X are not too many", points[i]);

        n = got.len;
        text = tap_copy(buf, size);
        got = text_print(&text, MAX, &flaws);

        tap_ok(flaws & LONG && got.len == n,
               "256 of U+%04X are cut to the same", points[i]);
        tap_ok(ngx_polycard_text_check(&text, MAX) != 0,
               "256 of U+%04X are refused", points[i]);

        tap_free();
    }

    /* what a cut leaves over is not even looked at */

    memset(buf, 0xff, sizeof(buf));
    memset(buf, 'x', 255);
    text = tap_copy(buf, sizeof(buf));
    flaws = 0;
    got = text_print(&text, MAX, &flaws);

    tap_ok(flaws == LONG && got.len == 255, "a cut text keeps its start only");
    tap_ok(ngx_polycard_text_check(&text, MAX) == LONG, "it is too long");

    text.len = SIZE_MAX / 8;
    tap_ok(ngx_polycard_text_size(&text, MAX) == 6 * 255,
           "the size of a long text is bounded");
}


/* text that passes the check is its own print, less the backslashes */

static void
text_test_random(void)
{
    u_char               buf[64];
    size_t               i, j, len;
    unsigned             bad, flaws, n;
    ngx_polycard_str_t   text, got;
    static const u_char  likely[] = { 0xd0, 0xb6, 0xe2, 0x80, 0xa8, '"',
                                      '\\', 'a', '\n' };

    for (bad = 0, n = 0; n < 100000; n++) {
        len = tap_random(sizeof(buf));

        for (i = 0; i < len; i++) {
            buf[i] = tap_random(4) ? likely[tap_random(sizeof(likely))]
                                   : tap_random(256);
        }

        text = tap_copy(buf, len);
        flaws = 0;
        got = text_print(&text, 64, &flaws);

        bad += (ngx_polycard_text_check(&text, 64) == 0) != (flaws == 0);

        for (i = 0, j = 0; flaws == 0 && i < got.len; i++, j++) {
            i += (got.data[i] == '\\');
            bad += j >= len || got.data[i] != buf[j];
        }

        /* the print is valid UTF-8 whatever went in */

        bad += ngx_polycard_text_check(&got, SIZE_MAX) != 0;

        tap_free();
    }

    tap_ok(bad == 0, "random text: %u wrong", bad);
}


static ngx_polycard_str_t
text_print(const ngx_polycard_str_t *text, size_t max, unsigned *flaws)
{
    size_t               size;
    u_char              *p;
    ngx_polycard_str_t   room, out;

    /* memory of exactly the size that is promised to do */

    size = ngx_polycard_text_size(text, max);
    p = calloc(1, size + 1);
    room = tap_copy(p, size);
    free(p);

    p = ngx_polycard_text_print(room.data, text, max, flaws);

    out.data = room.data;
    out.len = p - room.data;

    return out;
}


static size_t
text_encode(u_char *p, uint32_t point)
{
    if (point < 0x80) {
        p[0] = point;
        return 1;
    }

    if (point < 0x800) {
        p[0] = 0xc0 | point >> 6;
        p[1] = 0x80 | (point & 0x3f);
        return 2;
    }

    if (point < 0x10000) {
        p[0] = 0xe0 | point >> 12;
        p[1] = 0x80 | (point >> 6 & 0x3f);
        p[2] = 0x80 | (point & 0x3f);
        return 3;
    }

    p[0] = 0xf0 | point >> 18;
    p[1] = 0x80 | (point >> 12 & 0x3f);
    p[2] = 0x80 | (point >> 6 & 0x3f);
    p[3] = 0x80 | (point & 0x3f);

    return 4;
}


static size_t
text_expect(u_char *p, uint32_t point)
{
    char  buf[16];

    if (point == '"' || point == '\\') {
        p[0] = '\\';
        p[1] = point;
        return 2;
    }

    if (point < 0x20 || (point >= 0x7f && point < 0xa0)
        || point == 0x2028 || point == 0x2029)
    {
        (void) snprintf(buf, sizeof(buf), "\\u%04x", point);
        memcpy(p, buf, 6);
        return 6;
    }

    return text_encode(p, point);
}
