
#include "core/mask.h"
#include "core/phone.h"

#include <string.h>
#include <strings.h>


/* of shorter numbers a server's own lines are full: ports, sizes, counters */
#define NGX_POLYCARD_MASK_DIGITS  10

/* no e-mail address has more before its "@" */
#define NGX_POLYCARD_MASK_LOCAL   255


static u_char *ngx_polycard_mask_value(u_char *start, u_char *p,
    u_char *last);
static int ngx_polycard_mask_is_open(const u_char *start, const u_char *last);
static u_char *ngx_polycard_mask_credentials(u_char *p, u_char *last);
static void ngx_polycard_mask_email(u_char *start, u_char *at, size_t len,
    u_char *last);
static u_char *ngx_polycard_mask_digits(u_char *p, u_char *last);
static u_char *ngx_polycard_mask_word_end(u_char *p, u_char *last);
static int ngx_polycard_mask_is_word(u_char ch);
static int ngx_polycard_mask_is_digit(u_char ch);


void
ngx_polycard_mask_phone(u_char *text, size_t len)
{
    ngx_polycard_str_t  phone;

    phone.len = len;
    phone.data = text;

    if (ngx_polycard_phone_check(&phone) == NGX_POLYCARD_OK) {
        memset(text + 5, '*', 3);

    } else {
        memset(text, '*', len);
    }
}


void
ngx_polycard_mask_line(u_char *text, size_t len)
{
    u_char  *p, *last;

    last = text + len;

    for (p = text; p < last; /* void */ ) {

        switch (*p) {

        case '?':
        case '&':
        case '=':
            p = ngx_polycard_mask_value(text, p, last);
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
            p = ngx_polycard_mask_is_digit(*p)
                ? ngx_polycard_mask_digits(p, last) : p + 1;
        }
    }
}


/* from the character that begins a parameter, or its value */

static u_char *
ngx_polycard_mask_value(u_char *start, u_char *p, u_char *last)
{
    u_char  *value, *end;

    value = p + 1;

    for (end = value; end < last; end++) {

        if (*end == '&' || *end == '"' || *end <= ' ') {
            break;
        }

        if (*p != '=' && *end == '?') {
            break;
        }

        if (*p != '=' && *end == '=') {

            /* a name, which is looked at like other text */

            return value;
        }
    }

    if (*p != '=' || !ngx_polycard_mask_is_open(start, p)) {
        ngx_polycard_mask_phone(value, end - value);
    }

    return end;
}


/* does a name end here whose value may be seen? */

static int
ngx_polycard_mask_is_open(const u_char *start, const u_char *last)
{
    static const ngx_polycard_str_t  names[] = {
        ngx_polycard_string("offset"),
        ngx_polycard_string("limit"),
        ngx_polycard_string("after")
    };

    size_t         i, len;
    const u_char  *p;

    for (p = last; p > start && ngx_polycard_mask_is_word(p[-1]); p--) {
        /* void */
    }

    len = last - p;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {

        if (len == names[i].len && memcmp(p, names[i].data, len) == 0) {
            return 1;
        }
    }

    return 0;
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
    u_char  *end;

    for (end = p; end < last && ngx_polycard_mask_is_digit(*end); end++) {
        /* void */
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
