
#include "core/text.h"
#include "import/values_date.h"

#include <stdio.h>
#include <string.h>


#define VALUES_YEAR_MIN   1900

/* digits of YYYYMMDD, and of the number of days that a spreadsheet counts */
#define VALUES_DATE_LEN   8
#define VALUES_DAYS_LEN   5

/* 01.01.0001: an empty date of 1C, as it is written by some exports */
#define VALUES_EMPTY_DATE  10101

/* 31.02.1990: its form is right */
#define VALUES_NO_DAY     "is a day that does not exist"


static void polycard_values_day(ngx_polycard_str_t *value);
static size_t polycard_values_parts(const ngx_polycard_str_t *value,
    uint32_t *part, size_t *digits, u_char *sign);
static const char *polycard_values_order(polycard_values_t *values,
    const uint32_t *part, const size_t *digits, u_char sign, uint32_t *date);
static const char *polycard_values_bounds(polycard_values_t *values,
    const ngx_polycard_str_t *value, uint32_t date);


const char *
polycard_values_date(polycard_values_t *values, ngx_polycard_str_t *value,
    u_char *buf)
{
    size_t       n, digits[3];
    u_char       sign;
    uint32_t     date, part[3];
    const char  *what;

    ngx_polycard_text_trim(value);
    polycard_values_day(value);

    if (value->len == 0) {
        return NULL;
    }

    n = polycard_values_parts(value, part, digits, &sign);
    date = part[0];

    if (n == 1 && digits[0] == VALUES_DAYS_LEN) {
        return "is a number of days: a spreadsheet has damaged it";
    }

    if (n == 3) {
        what = polycard_values_order(values, part, digits, sign, &date);

        if (what) {
            return what;
        }

    } else if (n != 1 || digits[0] != VALUES_DATE_LEN) {
        return "must be a day as YYYYMMDD, YYYY-MM-DD or DD.MM.YYYY";
    }

    if (values->table && date == VALUES_EMPTY_DATE) {
        value->len = 0;
        return NULL;
    }

    value->data = buf;
    value->len = snprintf((char *) buf, POLYCARD_VALUE_ROOM, "%08u", date);

    return polycard_values_bounds(values, value, date);
}


/* midnight is not part of a date; 1C writes only stops for an empty date */

static void
polycard_values_day(ngx_polycard_str_t *value)
{
    size_t                   i, n;
    static const char *const  times[] = {
        " 0:00:00", " 00:00:00", "T00:00:00", " 0:00", " 00:00", "T00:00:00Z"
    };

    for (i = 0; i < polycard_nelts(times); i++) {
        n = strlen(times[i]);

        if (value->len > n
            && memcmp(value->data + value->len - n, times[i], n) == 0)
        {
            value->len -= n;
            break;
        }
    }

    for (i = 0; i < value->len; i++) {
        if (value->data[i] != '.' && value->data[i] != ' ') {
            return;
        }
    }

    value->len = 0;
}


/* how many numbers, with one sign between them; 0: it is something else */

static size_t
polycard_values_parts(const ngx_polycard_str_t *value, uint32_t *part,
    size_t *digits, u_char *sign)
{
    size_t  i, n;
    u_char  c;

    n = 0;
    part[0] = 0;
    digits[0] = 0;
    *sign = 0;

    for (i = 0; i < value->len; i++) {
        c = value->data[i];

        if (c >= '0' && c <= '9' && digits[n] < VALUES_DATE_LEN) {
            part[n] = part[n] * 10 + c - '0';
            digits[n]++;

        } else if ((c == '.' || c == '-' || c == '/') && n < 2 && digits[n]
                   && (*sign == 0 || *sign == c))
        {
            *sign = c;
            n++;
            part[n] = 0;
            digits[n] = 0;

        } else {
            return 0;
        }
    }

    return digits[n] ? n + 1 : 0;
}


static const char *
polycard_values_order(polycard_values_t *values, const uint32_t *part,
    const size_t *digits, u_char sign, uint32_t *date)
{
    u_char  order;

    order = values->options ? values->options->date : 0;

    if (digits[0] == 4 && digits[1] <= 2 && digits[2] <= 2) {
        order = POLYCARD_DATE_YMD;

    } else if (digits[2] == 4 && digits[0] <= 2 && digits[1] <= 2) {

        if (sign == '.') {
            order = POLYCARD_DATE_DMY;

        } else if (order != POLYCARD_DATE_DMY && order != POLYCARD_DATE_MDY) {
            return "may be day and month or month and day: --date says which";
        }

    } else {
        return digits[2] == 2 ? "has a year of two digits"
                              : "must be a day as YYYYMMDD";
    }

    if (part[0] > 9999 || part[1] > 31) {
        return VALUES_NO_DAY;
    }

    *date = (order == POLYCARD_DATE_YMD)
            ? part[0] * 10000 + part[1] * 100 + part[2]
            : (order == POLYCARD_DATE_DMY)
            ? part[2] * 10000 + part[1] * 100 + part[0]
            : part[2] * 10000 + part[0] * 100 + part[1];

    return NULL;
}


static const char *
polycard_values_bounds(polycard_values_t *values,
    const ngx_polycard_str_t *value, uint32_t date)
{
    if (!values->table) {
        return NULL;
    }

    if (date / 10000 < VALUES_YEAR_MIN) {
        return "is before 1900";
    }

    if (ngx_polycard_attribute_check(&ngx_polycard_client.attribute
                                         [NGX_POLYCARD_CLIENT_BIRTHDAY],
                                     value))
    {
        return VALUES_NO_DAY;
    }

    return (values->today && date > values->today) ? "is in the future" : NULL;
}
