
#include "core/phone.h"

#include <string.h>


/* bytes that people put between two digits of a phone: ") " */
#define NGX_POLYCARD_PHONE_GAP  2


static unsigned ngx_polycard_phone_is_digits(const u_char *s);
static const u_char *ngx_polycard_phone_skip(const u_char *p,
    const u_char *last);


int
ngx_polycard_phone_check(const ngx_polycard_str_t *phone)
{
    if (phone->len != NGX_POLYCARD_PHONE_LEN
        || memcmp(phone->data, "380", 3) != 0
        || !ngx_polycard_phone_is_digits(phone->data)
        || !ngx_polycard_phone_is_digits(phone->data + 4))
    {
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


/* eight bytes at once */

static unsigned
ngx_polycard_phone_is_digits(const u_char *s)
{
    uint64_t  word;

    memcpy(&word, s, sizeof(word));

    /* 0x30 to 0x3f, and 6 more do not lead out of it */

    return (word & 0xf0f0f0f0f0f0f0f0) == 0x3030303030303030
           && ((word + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0)
              == 0x3030303030303030;
}


size_t
ngx_polycard_phone_match(const u_char *start, const u_char *last)
{
    size_t         n, want;
    u_char         digits[NGX_POLYCARD_PHONE_LEN];
    const u_char  *p;

    want = start < last && *start == '0' ? NGX_POLYCARD_PHONE_LEN - 2
                                         : NGX_POLYCARD_PHONE_LEN;

    for (n = 0, p = start; n < want; n++) {

        if (n) {
            p = ngx_polycard_phone_skip(p, last);
        }

        if (p == last || *p < '0' || *p > '9') {
            return 0;
        }

        digits[n] = *p++;
    }

    if ((p < last && *p >= '0' && *p <= '9')
        || (want == NGX_POLYCARD_PHONE_LEN
            && memcmp(digits, "380", 3) != 0))
    {
        return 0;
    }

    return p - start;
}


static const u_char *
ngx_polycard_phone_skip(const u_char *p, const u_char *last)
{
    size_t  n;

    for (n = 0; n < NGX_POLYCARD_PHONE_GAP && p < last; n++) {

        if (last - p >= 2 && memcmp(p, "\xc2\xa0", 2) == 0) {
            p += 2;

        } else if (*p && strchr(" -()", *p)) {
            p++;

        } else {
            break;
        }
    }

    return p;
}
