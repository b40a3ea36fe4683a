
#include "core/mask.h"
#include "core/phone.h"

#include <string.h>
#include <strings.h>


/* shorter numbers are frequent in a server's lines: ports, sizes, counters */
#define NGX_POLYCARD_MASK_DIGITS  10

/* no e-mail address has more before its "@" */
#define NGX_POLYCARD_MASK_LOCAL   255


static u_char *ngx_polycard_mask_sign(u_char *start, u_char *p,
    u_char *last);
static u_char *ngx_polycard_mask_quoted(u_char *start, u_char *p,
    u_char *last);
static int ngx_polycard_mask_is_quote(const u_char *start, const u_char *p);
static u_char *ngx_polycard_mask_end(u_char *p, u_char *last);
static u_char *ngx_polycard_mask_credentials(u_char *p, u_char *last);
static void ngx_polycard_mask_email(u_char *start, u_char *at, size_t len,
    u_char *last);
static u_char *ngx_polycard_mask_digits(u_char *p, u_char *last);
static u_char *ngx_polycard_mask_word_end(u_char *p, u_char *last);
static int ngx_polycard_mask_is_word(u_char ch);
static int ngx_polycard_mask_is_digit(u_char ch);


void
ngx_polycard_mask_line(u_char *text, size_t len)
{
    u_char    *p, *end, *last;
    unsigned   quoted;

    last = text + len;
    quoted = 0;

    for (p = text; p < last; /* void */ ) {

        switch (*p) {

        case '?':
        case '&':
            end = ngx_polycard_mask_end(p + 1, last);
            ngx_polycard_mask_query(p + 1, end - p - 1);
            p = end;
            break;

        case '=':
            p = ngx_polycard_mask_sign(text, p, last);
            break;

        case '"':
            quoted = 1;
            p = ngx_polycard_mask_quoted(text, p, last);
            break;

        case 'B':
        case 'b':
            p = ngx_polycard_mask_credentials(p, last);
            break;

        case '@':
            ngx_polycard_mask_email(text, p, 1, last);
            p++;
            break;

        case '%':
            if (last - p >= 3 && memcmp(p, "%40", 3) == 0) {
                ngx_polycard_mask_email(text, p, 3, last);
            }

            p++;
            break;

        default:
            if (ngx_polycard_mask_is_digit(*p)) {
                p = ngx_polycard_mask_digits(p, last);
                break;
            }

            if (quoted && *p >= 0x80) {
                *p = '*';
            }

            p++;
        }
    }
}


/* masks a name before the "=" at p, like other text */

static u_char *
ngx_polycard_mask_sign(u_char *start, u_char *p, u_char *last)
{
    u_char  *name, *end, *ampersand;

    end = ngx_polycard_mask_end(p + 1, last);
    ampersand = memchr(p + 1, '&', end - p - 1);

    if (ampersand) {
        end = ampersand;
    }

    name = p;

    while (name > start && ngx_polycard_mask_is_word(name[-1])) {
        name--;
    }

    ngx_polycard_mask_value(name, p, end);

    return end;
}


/* from a quote: what nginx quotes of a request, recognized by its own words */

static u_char *
ngx_polycard_mask_quoted(u_char *start, u_char *p, u_char *last)
{
    u_char                           *end;
    static const ngx_polycard_str_t   empty = { 0, NULL };

    if (!ngx_polycard_mask_is_quote(start, p)) {
        return p + 1;
    }

    /* the caller may have sent further quotes: the last one ends it */

    for (end = last; end > p + 1 && end[-1] != '"'; end--) { /* void */ }

    end = end > p + 1 ? end - 1 : last;
    p++;

    if (p < end && *p == '/') {
        ngx_polycard_mask_uri(p, end - p, &empty);

    } else {
        ngx_polycard_mask_query(p, end - p);
    }

    return end;
}


static int
ngx_polycard_mask_is_quote(const u_char *start, const u_char *p)
{
    static const ngx_polycard_str_t  words[] = {
        ngx_polycard_string("\" matches "),
        ngx_polycard_string("\" does not match "),
        ngx_polycard_string("args: "),
        ngx_polycard_string("user ")
    };

    size_t  i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {

        if ((size_t) (p - start) >= words[i].len
            && memcmp(p - words[i].len, words[i].data, words[i].len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/*
 * The end of a quoted query: it cannot contain a blank, but a quote.  The
 * closing quote is before the blank.
 */

static u_char *
ngx_polycard_mask_end(u_char *p, u_char *last)
{
    u_char  *end;

    for (end = p; end < last && *end > ' '; end++) { /* void */ }

    while (end > p && strchr("\",:;)", end[-1])) {
        end--;
    }

    return end;
}


static u_char *
ngx_polycard_mask_credentials(u_char *p, u_char *last)
{
    size_t   len;
    u_char  *end;

    if (last - p > 7 && strncasecmp((char *) p, "bearer ", 7) == 0) {
        len = 7;

    } else if (last - p > 6 && strncasecmp((char *) p, "basic ", 6) == 0) {
        len = 6;

    } else {
        return p + 1;
    }

    end = ngx_polycard_mask_word_end(p + len, last);
    memset(p + len, '*', end - p - len);

    return end;
}


/* both sides of an "@", if there are both */

static void
ngx_polycard_mask_email(u_char *start, u_char *at, size_t len, u_char *last)
{
    u_char  *p, *end;

    if (at - start > NGX_POLYCARD_MASK_LOCAL) {
        start = at - NGX_POLYCARD_MASK_LOCAL;
    }

    for (p = at;
         p > start && (ngx_polycard_mask_is_word(p[-1]) || p[-1] >= 0x80
                       || strchr("%+*'", p[-1]));
         p--)
    {
        /* void */
    }

    end = at + len;

    while (end < last && (ngx_polycard_mask_is_word(*end) || *end >= 0x80)) {
        end++;
    }

    if (p < at && end > at + len) {
        memset(p, '*', at - p);
        memset(at + len, '*', end - at - len);
    }
}


static u_char *
ngx_polycard_mask_digits(u_char *p, u_char *last)
{
    size_t   n;
    u_char  *end;

    for (end = p; end < last && ngx_polycard_mask_is_digit(*end); end++) {
        /* void */
    }

    n = ngx_polycard_phone_match(p, last);

    if (n > (size_t) (end - p)) {
        memset(p, '*', n);
        return p + n;
    }

    if (end - p >= NGX_POLYCARD_MASK_DIGITS) {
        ngx_polycard_mask_phone(p, end - p);
    }

    return end;
}


static u_char *
ngx_polycard_mask_word_end(u_char *p, u_char *last)
{
    while (p < last && *p > ' ' && *p != '"' && *p != ',') {
        p++;
    }

    return p;
}


static int
ngx_polycard_mask_is_word(u_char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
           || ngx_polycard_mask_is_digit(ch)
           || ch == '_' || ch == '.' || ch == '-';
}


static int
ngx_polycard_mask_is_digit(u_char ch)
{
    return ch >= '0' && ch <= '9';
}


void
ngx_polycard_mask_secret(u_char *text, size_t len, const u_char *secret,
    size_t secret_len)
{
    size_t  i;

    if (secret_len == 0) {
        return;
    }

    for (i = 0; i + secret_len <= len; i++) {

        if (memcmp(text + i, secret, secret_len) == 0) {
            memset(text + i, '*', secret_len);
            i += secret_len - 1;
        }
    }
}
