
#include "core/number.h"


/* digits that stand for themselves, and where their decimal point is */

typedef struct {
    const u_char              *whole;     /* the digits before the point */
    size_t                     nwhole;
    const u_char              *fraction;  /* and those behind it */
    size_t                     nfraction;
    int                        exponent;
    unsigned                   minus;
} ngx_polycard_decimal_t;


static int ngx_polycard_number_parse(const ngx_polycard_str_t *text,
    int64_t most, int64_t *hundredths);
static int ngx_polycard_decimal_parse(const ngx_polycard_str_t *text,
    ngx_polycard_decimal_t *d);
static const u_char *ngx_polycard_decimal_exponent(const u_char *p,
    const u_char *end, int *exponent);
static unsigned ngx_polycard_decimal_digit(const ngx_polycard_decimal_t *d,
    int i);
static const u_char *ngx_polycard_number_skip(const u_char *p,
    const u_char *end);


int
ngx_polycard_number_parse_amount(const ngx_polycard_str_t *text,
    int64_t *hundredths)
{
    return ngx_polycard_number_parse(text, NGX_POLYCARD_AMOUNT_MAX,
                                     hundredths);
}


int
ngx_polycard_number_parse_change(const ngx_polycard_str_t *text,
    int64_t *hundredths)
{
    return ngx_polycard_number_parse(text, NGX_POLYCARD_CHANGE_MAX,
                                     hundredths);
}


static int
ngx_polycard_number_parse(const ngx_polycard_str_t *text, int64_t most,
    int64_t *hundredths)
{
    int                     i, n;
    int64_t                 value;
    ngx_polycard_decimal_t  d;

    if (ngx_polycard_decimal_parse(text, &d) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    /* the first n digits make the hundredths, the next one rounds them */

    n = (int) d.nwhole + d.exponent + 2;
    value = 0;

    for (i = 0; i < n; i++) {
        value = value * 10 + ngx_polycard_decimal_digit(&d, i);

        if (value > most) {
            return NGX_POLYCARD_ERROR;
        }
    }

    if (n >= 0 && ngx_polycard_decimal_digit(&d, n) >= 5) {
        value++;
    }

    if (value > most) {
        return NGX_POLYCARD_ERROR;
    }

    *hundredths = d.minus ? -value : value;

    return NGX_POLYCARD_OK;
}


static int
ngx_polycard_decimal_parse(const ngx_polycard_str_t *text,
    ngx_polycard_decimal_t *d)
{
    const u_char  *p, *end;

    if (text->len == 0 || text->len > NGX_POLYCARD_AMOUNT_LEN) {
        return NGX_POLYCARD_ERROR;
    }

    p = text->data;
    end = p + text->len;

    d->minus = (*p == '-');
    d->whole = p + d->minus;

    p = ngx_polycard_number_skip(d->whole, end);
    d->nwhole = p - d->whole;

    if (d->nwhole == 0 || (d->nwhole > 1 && *d->whole == '0')) {
        return NGX_POLYCARD_ERROR;
    }

    d->fraction = p;
    d->nfraction = 0;
    d->exponent = 0;

    if (p < end && *p == '.') {
        d->fraction = ++p;
        p = ngx_polycard_number_skip(p, end);
        d->nfraction = p - d->fraction;

        if (d->nfraction == 0) {
            return NGX_POLYCARD_ERROR;
        }
    }

    if (p < end && (*p == 'e' || *p == 'E')) {
        p = ngx_polycard_decimal_exponent(p + 1, end, &d->exponent);
    }

    return p == end ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


/* returns the end, or NULL where there is no digit */

static const u_char *
ngx_polycard_decimal_exponent(const u_char *p, const u_char *end,
    int *exponent)
{
    int            n;
    unsigned       minus;
    const u_char  *first;

    minus = (p < end && *p == '-');

    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }

    first = p;

    for (n = 0; p < end && *p >= '0' && *p <= '9'; p++) {

        /* far beyond what the digits of a text of this length can balance */

        if (n < 1000) {
            n = n * 10 + (*p - '0');
        }
    }

    *exponent = minus ? -n : n;

    return p == first ? NULL : p;
}


static unsigned
ngx_polycard_decimal_digit(const ngx_polycard_decimal_t *d, int i)
{
    size_t  n;

    n = i;

    if (n < d->nwhole) {
        return d->whole[n] - '0';
    }

    n -= d->nwhole;

    return n < d->nfraction ? d->fraction[n] - '0' : 0;
}


static const u_char *
ngx_polycard_number_skip(const u_char *p, const u_char *end)
{
    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }

    return p;
}


u_char *
ngx_polycard_number_print_amount(u_char *p, int64_t hundredths)
{
    unsigned  fraction;

    if (hundredths < 0) {
        *p++ = '-';
        hundredths = -hundredths;
    }

    p = ngx_polycard_number_print_integer(p, hundredths / 100);
    fraction = (unsigned) (hundredths % 100);

    if (fraction) {
        *p++ = '.';
        *p++ = (u_char) ('0' + fraction / 10);

        if (fraction % 10) {
            *p++ = (u_char) ('0' + fraction % 10);
        }
    }

    return p;
}


unsigned
ngx_polycard_number_is_printed(const ngx_polycard_str_t *text)
{
    size_t         whole, rest;
    const u_char  *p, *end;

    p = text->data;
    end = p + text->len;
    whole = ngx_polycard_number_skip(p, end) - p;

    if (whole == 0 || whole > NGX_POLYCARD_AMOUNT_WHOLE
        || (whole > 1 && *p == '0'))
    {
        return 0;
    }

    p += whole;
    rest = end - p;

    if (rest == 0) {
        return 1;
    }

    return *p == '.' && (rest == 2 || rest == 3)
           && ngx_polycard_number_skip(p + 1, end) == end && end[-1] != '0';
}


int
ngx_polycard_number_parse_integer(const ngx_polycard_str_t *text, int64_t *n)
{
    int64_t        value;
    const u_char  *p, *end;

    p = text->data;

    if (text->len == 0 || text->len > 16 || (text->len > 1 && *p == '0')) {
        return NGX_POLYCARD_ERROR;
    }

    for (value = 0, end = p + text->len; p < end; p++) {
        if (*p < '0' || *p > '9') {
            return NGX_POLYCARD_ERROR;
        }

        value = value * 10 + (*p - '0');
    }

    if (value > NGX_POLYCARD_INTEGER_MAX) {
        return NGX_POLYCARD_ERROR;
    }

    *n = value;

    return NGX_POLYCARD_OK;
}


u_char *
ngx_polycard_number_print_integer(u_char *p, int64_t n)
{
    u_char    *last, digits[NGX_POLYCARD_NUMBER_LEN];
    uint64_t   rest;

    /* lengths and counts: most of all */

    if (n >= 0 && n < 100) {

        if (n >= 10) {
            *p++ = (u_char) ('0' + n / 10);
        }

        *p++ = (u_char) ('0' + n % 10);

        return p;
    }

    last = digits + sizeof(digits);
    rest = n;

    if (n < 0) {
        *p++ = '-';
        rest = -rest;
    }

    do {
        *--last = (u_char) ('0' + rest % 10);
        rest /= 10;
    } while (rest);

    while (last < digits + sizeof(digits)) {
        *p++ = *last++;
    }

    return p;
}
