
#include "core/number.h"
#include "core/text.h"
#include "import/utf8.h"
#include "import/values_amount.h"

#include <stdio.h>
#include <string.h>


static const char  values_amount_none[] = "must be a number";
static const char  values_amount_other[] =
    "has another decimal separator than --decimal says";


static const char *polycard_values_sign(polycard_values_t *values,
    const ngx_polycard_str_t *value, u_char *sign);
static unsigned polycard_values_is_other(const ngx_polycard_str_t *value,
    u_char sign);
static unsigned polycard_values_plain(ngx_polycard_str_t *value, u_char sign,
    size_t *decimals);
static const char *polycard_values_money(polycard_values_t *values,
    const ngx_polycard_str_t *value, size_t decimals, int64_t *n);
static unsigned polycard_values_is_blank(uint32_t c);
static size_t polycard_values_count(const ngx_polycard_str_t *value,
    u_char c);
static unsigned polycard_values_digit(u_char c);


const char *
polycard_values_amount(polycard_values_t *values,
    const ngx_polycard_attribute_t *a, ngx_polycard_str_t *value, u_char *buf)
{
    size_t       decimals;
    u_char       sign;
    int64_t      n;
    unsigned     bonus, other;
    const char  *what;

    bonus = (a->name.len == 5 && memcmp(a->name.data, "bonus", 5) == 0);

    ngx_polycard_text_trim(value);

    if (value->len == 0) {
        return NULL;
    }

    if (!bonus && value->data[value->len - 1] == '%') {
        value->len--;
        ngx_polycard_text_trim(value);
    }

    if (!polycard_values_ungroup(value)) {
        return values_amount_none;
    }

    what = polycard_values_sign(values, value, &sign);

    if (what) {
        return what;
    }

    other = polycard_values_is_other(value, sign);

    if (!polycard_values_plain(value, sign, &decimals)
        || ngx_polycard_number_parse_amount(value, &n) != NGX_POLYCARD_OK)
    {
        return other ? values_amount_other : values_amount_none;
    }

    what = bonus ? polycard_values_money(values, value, decimals, &n) : NULL;

    value->data = buf;
    value->len = ngx_polycard_number_print_amount(buf, n) - buf;

    return what;
}


unsigned
polycard_values_ungroup(ngx_polycard_str_t *value)
{
    size_t    n, digits, groups;
    u_char   *p, *to, *last;
    uint32_t  c;

    last = value->data + value->len;
    to = value->data;
    digits = 0;
    groups = 0;

    for (p = value->data; p < last; p += n) {
        n = polycard_utf8_next(p, last, &c);

        if (n == 0) {
            return 0;
        }

        if (polycard_values_is_blank(c)) {

            /* 1 to 3 digits before the first one, 3 between others */

            if (digits == 0 || digits > 3 || (groups && digits != 3)) {
                return 0;
            }

            groups++;
            digits = 0;
            continue;
        }

        if (c < 0x80 && polycard_values_digit(c)) {
            digits++;

        } else if (groups && digits != 3) {
            return 0;

        } else {
            digits = 4 * (c != '-');
            groups = 0;
        }

        memmove(to, p, n);
        to += n;
    }

    value->len = to - value->data;

    return groups == 0 || digits == 3;
}


static unsigned
polycard_values_is_blank(uint32_t c)
{
    return c == ' ' || c == 0xa0 || c == 0x2009 || c == 0x202f || c == '\'';
}


/*
 * The decimal separator, 0: there is none.  Of two different signs it
 * is the last; of several equal ones none; a single one before three digits
 * is ambiguous.
 */

static const char *
polycard_values_sign(polycard_values_t *values,
    const ngx_polycard_str_t *value, u_char *sign)
{
    size_t         stops, commas, before;
    const u_char  *p;

    stops = polycard_values_count(value, '.');
    commas = polycard_values_count(value, ',');
    *sign = 0;

    if (values->options && values->options->decimal) {
        *sign = values->options->decimal;
        return NULL;
    }

    if (stops + commas == 0) {
        return NULL;
    }

    p = value->data + value->len;

    do {
        p--;
    } while (*p != '.' && *p != ',');

    if (stops && commas) {
        *sign = *p;
        return NULL;
    }

    if (stops + commas > 1) {
        return NULL;
    }

    before = p - value->data;
    before -= (before && value->data[0] == '-');
    *sign = *p;

    return (value->data + value->len - p == 4 && before >= 1 && before <= 3
            && p[-(ssize_t) before] != '0')
           ? "may be thousands or decimals: --decimal says which" : NULL;
}


/*
 * A number whose decimals follow the sign that stands for thousands, such as
 * "1.50" where the decimal separator is a comma.
 */

static unsigned
polycard_values_is_other(const ngx_polycard_str_t *value, u_char sign)
{
    u_char  c;
    size_t  i, signs;

    signs = 0;

    for (i = (value->data[0] == '-'); i < value->len; i++) {
        c = value->data[i];

        if (!polycard_values_digit(c)) {

            if (c == sign || (c != '.' && c != ',')) {
                return 0;
            }

            signs++;
        }
    }

    return sign != 0 && signs == 1;
}


/* with a point, without separators of thousands; 0: they are no thousands */

static unsigned
polycard_values_plain(ngx_polycard_str_t *value, u_char sign,
    size_t *decimals)
{
    size_t    i, digits;
    u_char    c, *to;
    unsigned  groups, behind;

    to = value->data;
    digits = 0;
    groups = 0;
    behind = 0;
    *decimals = 0;

    for (i = 0; i < value->len; i++) {
        c = value->data[i];

        if (c != '.' && c != ',') {
            digits += (c != '-');
            *decimals += behind;
            *to++ = c;
            continue;
        }

        if (behind || (groups && digits != 3)) {
            return 0;
        }

        if (c == sign) {
            behind = 1;
            *to++ = '.';

        } else if (digits == 0 || digits > 3) {
            return 0;

        } else {
            groups = 1;
        }

        digits = 0;
    }

    value->len = to - value->data;

    return behind || !groups || digits == 3;
}


/* hryvnias become kopecks */

static const char *
polycard_values_money(polycard_values_t *values,
    const ngx_polycard_str_t *value, size_t decimals, int64_t *n)
{
    char                text[NGX_POLYCARD_AMOUNT_LEN + 1];
    u_char              money;
    ngx_polycard_str_t  kopecks;

    money = values->options ? values->options->money : 0;

    if (money == POLYCARD_MONEY_HRYVNIA) {

        /* fractions of a kopeck are not lost by rounding */

        kopecks.data = (u_char *) text;
        kopecks.len = snprintf(text, sizeof(text), "%.*se2", (int) value->len,
                               (char *) value->data);

        return (kopecks.len < sizeof(text)
                && ngx_polycard_number_parse_amount(&kopecks, n)
                   == NGX_POLYCARD_OK) ? NULL : values_amount_none;
    }

    if (money == 0 && (decimals == 1 || decimals == 2)) {
        values->doubt = 1;
        return "may be hryvnias or kopecks: --money says which";
    }

    return NULL;
}


static size_t
polycard_values_count(const ngx_polycard_str_t *value, u_char c)
{
    size_t  i, n;

    for (n = 0, i = 0; i < value->len; i++) {
        n += (value->data[i] == c);
    }

    return n;
}


static unsigned
polycard_values_digit(u_char c)
{
    return c >= '0' && c <= '9';
}
