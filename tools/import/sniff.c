
#include "import/sniff.h"
#include "import/utf8.h"

#include <string.h>


/* so many plausible pairs of letters, for one implausible, are a text */
#define SNIFF_CLEAR  10

/* with fewer Cyrillic letters a text is too short to decide by them */
#define SNIFF_LEAST  6




static unsigned polycard_sniff_is_utf8(const u_char *p, const u_char *last);
static const char *polycard_sniff_utf16(const u_char *p, size_t len);
static const char *polycard_sniff_cyrillic(const u_char *p, size_t len);
static size_t polycard_sniff_score(const u_char *p, size_t len,
    u_char upper, const char *frequent);


const char *
polycard_sniff_other(const u_char *p, size_t len)
{
    size_t  i;

    static const struct {
        const char  *bytes;
        size_t       len;
        const char  *what;
    } others[] = {
        { "PK\003\004", 4, "is a workbook, or an archive, which is read as a "
          "file only, neither from a pipe nor compressed once more" },
        { "\xd0\xcf\x11\xe0", 4, "is an old workbook (.xls), or one with a "
          "password; open it in the spreadsheet and save it as .xlsx, or as "
          "\"CSV UTF-8\"" },
        { "\x1f\x8b", 2, "is compressed twice; gunzip it" },
        { "BZh", 3, "is compressed; bunzip2 -c FILE | polycard-import ... "
          "reads it" },
        { "\xfd" "7zXZ", 5, "is compressed; xz -dc FILE | polycard-import "
          "... reads it" },
        { "%PDF", 4, "is a PDF; export it as CSV" },
        { "<html", 5, "is a page of HTML; export it as CSV" },
        { "<?xml", 5, "is XML; export it as CSV" }
    };

    for (i = 0; i < polycard_nelts(others); i++) {
        if (len >= others[i].len
            && memcmp(p, others[i].bytes, others[i].len) == 0)
        {
            return others[i].what;
        }
    }

    return NULL;
}


const char *
polycard_sniff_encoding(const u_char *p, size_t len, size_t *mark)
{
    const char  *name;

    *mark = 0;

    if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        *mark = 3;
        return "UTF-8";
    }

    if (len >= 2 && memcmp(p, "\xff\xfe", 2) == 0) {
        *mark = 2;
        return "UTF-16LE";
    }

    if (len >= 2 && memcmp(p, "\xfe\xff", 2) == 0) {
        *mark = 2;
        return "UTF-16BE";
    }

    name = polycard_sniff_utf16(p, len);

    if (name) {
        return name;
    }

    return polycard_sniff_is_utf8(p, p + len)
           ? "UTF-8" : polycard_sniff_cyrillic(p, len);
}


/*
 * Some invalid bytes spoil their records, not the file: letters of
 * another encoding are hardly ever valid UTF-8 by chance.
 */

static unsigned
polycard_sniff_is_utf8(const u_char *p, const u_char *last)
{
    size_t    n, good, bad;
    uint32_t  c;

    good = 0;
    bad = 0;

    for ( /* void */ ; p < last; p += n) {
        n = polycard_utf8_next(p, last, &c);

        good += (n > 1);
        bad += (n == 0);

        n = n ? n : 1;
    }

    return bad < SNIFF_LEAST || good > bad;
}


/* names of columns and delimiters are mostly ASCII: every other byte is 0 */

static const char *
polycard_sniff_utf16(const u_char *p, size_t len)
{
    size_t  i, even, odd;

    even = 0;
    odd = 0;

    for (i = 0; i + 1 < len; i += 2) {
        even += (p[i] == 0);
        odd += (p[i + 1] == 0);
    }

    if (odd > len / 16 && even == 0) {
        return "UTF-16LE";
    }

    return (even > len / 16 && odd == 0) ? "UTF-16BE" : NULL;
}


/*
 * Each has letters at the codes of the other case in the other one.  A small
 * letter before a capital one, within a word, shows that it is not this one;
 * so do missing frequent letters.
 */

static const char *
polycard_sniff_cyrillic(const u_char *p, size_t len)
{
    size_t  i, letters, others, windows, koi;

    letters = 0;
    others = 0;

    for (i = 0; i < len; i++) {
        letters += (p[i] >= 0xc0);
        others += (p[i] >= 0x80 && p[i] < 0xa0);
    }

    if (letters < SNIFF_LEAST || others > letters / 4) {
        return NULL;
    }

    windows = polycard_sniff_score(p, len, 0xc0, "\xee\xe0\xe5\xe8\xed\xf2"
                                   "\xce\xc0\xc5\xc8\xcd\xd2");
    koi = polycard_sniff_score(p, len, 0xe0, "\xcf\xc1\xc5\xc9\xce\xd4"
                               "\xef\xe1\xe5\xe9\xee\xf4");

    if (windows > koi && windows - koi > letters / SNIFF_CLEAR) {
        return "WINDOWS-1251";
    }

    return (koi > windows && koi - windows > letters / SNIFF_CLEAR)
           ? "KOI8-U" : NULL;
}


/* upper: where the 32 capital letters begin */

static size_t
polycard_sniff_score(const u_char *p, size_t len, u_char upper,
    const char *frequent)
{
    size_t    i, good, bad;
    unsigned  small, capital;

    good = 0;
    bad = 0;
    small = 0;

    for (i = 0; i < len; i++) {
        capital = (p[i] >= upper && p[i] < upper + 32);

        bad += (small && capital);
        small = (p[i] >= 0xc0 && !capital);

        good += (p[i] >= 0xc0 && strchr(frequent, p[i]) != NULL);
    }

    return good > 4 * bad ? good - 4 * bad : 0;
}
