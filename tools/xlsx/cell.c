
#include "xlsx/cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


/* Excel keeps 15 digits of a number */
#define CELL_EXACT     1e15
#define CELL_LEAST     1e-4

/* decimals that are shown; a format may have more than make sense */
#define CELL_DECIMALS  15

/* 9999-12-31, and the difference of the two ways to count days */
#define CELL_DAYS_MAX  2958465
#define CELL_DAYS_1904 1462

/* days from 1899-12-30 to 1970-01-01; Excel has a 1900-02-29 */
#define CELL_DAYS_1970 25569
#define CELL_DAYS_LEAP 60

#define CELL_SECONDS   86400


static size_t polycard_cell_number(char *buf, double n, size_t shown,
    char decimal);
static size_t polycard_cell_day(char *buf, double n, unsigned date1904);
static size_t polycard_cell_time(char *buf, double n);
static size_t polycard_cell_seconds(char *buf, long seconds);


size_t
polycard_cell_print(char *buf, const char *value,
    const polycard_style_t *style, unsigned date1904, char decimal)
{
    char    *end;
    size_t   len;
    double   n;

    n = strtod(value, &end);
    n *= (style->kind == POLYCARD_STYLE_PERCENT) ? 100 : 1;

    if (end == value || *end || !isfinite(n)
        || value[strspn(value, "0123456789+-.eE")])
    {
        return 0;
    }

    switch (style->kind) {

    case POLYCARD_STYLE_DATE:
        len = polycard_cell_day(buf, n, date1904);
        break;

    case POLYCARD_STYLE_TIME:
        len = polycard_cell_time(buf, n);
        break;

    case POLYCARD_STYLE_PERCENT:
        len = polycard_cell_number(buf, n, style->digits, decimal);
        buf[len++] = '%';
        return len;

    case POLYCARD_STYLE_ZEROS:
        len = (n >= 0 && n < CELL_EXACT && n == floor(n))
              ? snprintf(buf, POLYCARD_CELL_MAX, "%0*.0f", style->digits, n)
              : 0;
        break;

    default:
        return polycard_cell_number(buf, n, style->digits, decimal);
    }

    return len ? len : polycard_cell_number(buf, n, 0, decimal);
}


static size_t
polycard_cell_number(char *buf, double n, size_t shown, char decimal)
{
    char    *point, *end;
    size_t   decimals;

    if (fabs(n) >= CELL_EXACT) {
        return snprintf(buf, POLYCARD_CELL_MAX, "%.14E", n);
    }

    end = buf + snprintf(buf, POLYCARD_CELL_MAX,
                         fabs(n) < CELL_LEAST ? "%.15f" : "%.15g", n);
    point = strchr(buf, '.');

    while (point && end[-1] == '0') {
        end--;
    }

    end -= (point && end == point + 1);
    point = (point && point < end) ? point : NULL;

    decimals = point ? end - point - 1 : 0;
    shown = (shown < CELL_DECIMALS) ? shown : CELL_DECIMALS;
    shown = (shown > decimals) ? shown : decimals;

    if (shown && point == NULL) {
        point = end++;
    }

    for (shown += (shown == 3); decimals < shown; decimals++) {
        *end++ = '0';
    }

    if (point) {
        *point = decimal;
    }

    return end - buf;
}


/* 0: no day of Excel's */

static size_t
polycard_cell_day(char *buf, double n, unsigned date1904)
{
    long       days, seconds;
    size_t     len;
    time_t     t;
    struct tm  tm;

    n += date1904 ? CELL_DAYS_1904 : 0;

    if (n < 0 || n >= CELL_DAYS_MAX + 1) {
        return 0;
    }

    days = (long) floor(n);
    seconds = lround((n - days) * CELL_SECONDS);

    days += seconds / CELL_SECONDS;
    seconds %= CELL_SECONDS;

    if (days == CELL_DAYS_LEAP && !date1904) {
        len = sprintf(buf, "1900-02-29");

    } else {
        days += (days < CELL_DAYS_LEAP && !date1904);
        t = (time_t) (days - CELL_DAYS_1970) * CELL_SECONDS;

        if (gmtime_r(&t, &tm) == NULL) {
            return 0;
        }

        len = strftime(buf, POLYCARD_CELL_MAX, "%Y-%m-%d", &tm);
    }

    if (seconds) {
        buf[len++] = ' ';
        len += polycard_cell_seconds(buf + len, seconds);
    }

    return len;
}


static size_t
polycard_cell_time(char *buf, double n)
{
    if (n < 0 || n > CELL_DAYS_MAX) {
        return 0;
    }

    return polycard_cell_seconds(buf, lround(n * CELL_SECONDS));
}


static size_t
polycard_cell_seconds(char *buf, long seconds)
{
    return sprintf(buf, "%02ld:%02ld:%02ld", seconds / 3600,
                   seconds / 60 % 60, seconds % 60);
}
