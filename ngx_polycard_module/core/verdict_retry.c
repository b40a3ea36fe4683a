
#include "core/verdict.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>


/* longer than any of the three forms of a date */
#define NGX_POLYCARD_DATE_ROOM  64


typedef struct {
    int                        year;
    int                        month;     /* from 1 */
    int                        day;
    int                        hour;
    int                        minute;
    int                        second;
} ngx_polycard_date_t;


static int64_t ngx_polycard_retry_seconds(const char *text);
static int ngx_polycard_retry_date(const char *text, int64_t now,
    int64_t *seconds);
static int ngx_polycard_date_read(const char *text, ngx_polycard_date_t *date);
static int ngx_polycard_date_month(const char *name);
static int ngx_polycard_date_check(const ngx_polycard_date_t *date);
static int64_t ngx_polycard_date_seconds(const ngx_polycard_date_t *date);


int64_t
ngx_polycard_verdict_retry_after(const ngx_polycard_str_t *value, int64_t now)
{
    char     text[NGX_POLYCARD_DATE_ROOM];
    size_t   len;
    u_char  *p;
    int64_t  seconds;

    p = value->data;
    len = value->len;

    while (len && (*p == ' ' || *p == '\t')) {
        p++;
        len--;
    }

    while (len && (p[len - 1] == ' ' || p[len - 1] == '\t')) {
        len--;
    }

    if (len == 0 || len >= sizeof(text) || memchr(p, '\0', len)) {
        return 0;
    }

    memcpy(text, p, len);
    text[len] = '\0';

    seconds = ngx_polycard_retry_seconds(text);

    if (seconds == NGX_POLYCARD_ERROR
        && ngx_polycard_retry_date(text, now, &seconds) != NGX_POLYCARD_OK)
    {
        return 0;
    }

    if (seconds < NGX_POLYCARD_RETRY_AFTER_MIN / 1000) {
        return NGX_POLYCARD_RETRY_AFTER_MIN;
    }

    if (seconds > NGX_POLYCARD_RETRY_AFTER_MAX / 1000) {
        return NGX_POLYCARD_RETRY_AFTER_MAX;
    }

    return seconds * 1000;
}


/* digits and nothing else; values above the limit make no difference */

static int64_t
ngx_polycard_retry_seconds(const char *text)
{
    int64_t  n;

    for (n = 0; *text >= '0' && *text <= '9'; text++) {
        if (n <= NGX_POLYCARD_RETRY_AFTER_MAX) {
            n = n * 10 + (*text - '0');
        }
    }

    return *text == '\0' ? n : NGX_POLYCARD_ERROR;
}


static int
ngx_polycard_retry_date(const char *text, int64_t now, int64_t *seconds)
{
    ngx_polycard_date_t  date;

    if (ngx_polycard_date_read(text, &date) != NGX_POLYCARD_OK
        || ngx_polycard_date_check(&date) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    *seconds = ngx_polycard_date_seconds(&date) - now;

    return NGX_POLYCARD_OK;
}


/*
 * Sun, 06 Nov 1994 08:49:37 GMT
 * Sunday, 06-Nov-94 08:49:37 GMT
 * Sun Nov  6 08:49:37 1994
 */

static int
ngx_polycard_date_read(const char *text, ngx_polycard_date_t *d)
{
    int   end;
    char  month[4];

    end = 0;

    (void) sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n",
                  &d->day, month, &d->year, &d->hour, &d->minute, &d->second,
                  &end);

    if (end == 0) {
        (void) sscanf(text,
                      "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n",
                      &d->day, month, &d->year, &d->hour, &d->minute,
                      &d->second, &end);

        if (end) {
            d->year += d->year < 70 ? 2000 : 1900;
        }
    }

    if (end == 0) {
        (void) sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n",
                      month, &d->day, &d->hour, &d->minute, &d->second,
                      &d->year, &end);
    }

    if (end == 0 || text[end] != '\0') {
        return NGX_POLYCARD_ERROR;
    }

    d->month = ngx_polycard_date_month(month);

    return NGX_POLYCARD_OK;
}


/* 0: it is no date */

static int
ngx_polycard_date_month(const char *name)
{
    int                i;
    static const char  months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (i = 0; i < 12; i++) {
        if (strlen(name) == 3 && strncasecmp(name, months + 3 * i, 3) == 0) {
            return i + 1;
        }
    }

    return 0;
}


static int
ngx_polycard_date_check(const ngx_polycard_date_t *d)
{
    if (d->year < 1970 || d->month == 0 || d->day < 1 || d->day > 31
        || d->hour < 0 || d->hour > 23 || d->minute < 0 || d->minute > 59
        || d->second < 0 || d->second > 60)
    {
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


/* since 1970; for the calculation the year begins in March */

static int64_t
ngx_polycard_date_seconds(const ngx_polycard_date_t *d)
{
    int64_t  year, month, days;

    year = d->month > 2 ? d->year : d->year - 1;
    month = d->month > 2 ? d->month - 3 : d->month + 9;

    days = 365 * year + year / 4 - year / 100 + year / 400
           + (153 * month + 2) / 5 + d->day - 719469;

    return 86400 * days + 3600 * d->hour + 60 * d->minute + d->second;
}
