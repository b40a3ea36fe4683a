
#include "core/operator.h"

#include <string.h>


#define NGX_POLYCARD_OPERATOR_DAY   86400000

/* the end of the year 9999, and from the 1st of March of the year 0 to 1970 */
#define NGX_POLYCARD_OPERATOR_LAST  253402300799999
#define NGX_POLYCARD_OPERATOR_DAYS  719468

/* days of 400 years */
#define NGX_POLYCARD_OPERATOR_AGE   146097


/* "*" stands for an id */

typedef struct {
    const char                *path;
    ngx_polycard_operator_e    found;
} ngx_polycard_operator_path_t;


static unsigned ngx_polycard_operator_is(const char *pattern,
    const ngx_polycard_str_t *path, ngx_polycard_str_t *id);
static size_t ngx_polycard_operator_id(const u_char *p, const u_char *end);
static const u_char *ngx_polycard_operator_skip_digits(const u_char *p,
    const u_char *end);
static u_char *ngx_polycard_operator_print_digits(u_char *p, int64_t n,
    int digits, char after);


static const ngx_polycard_operator_path_t  ngx_polycard_operator_paths[] = {
    { "hooks", NGX_POLYCARD_OPERATOR_HOOKS },
    { "hooks/find", NGX_POLYCARD_OPERATOR_FIND },
    { "hooks/end", NGX_POLYCARD_OPERATOR_END },
    { "dead", NGX_POLYCARD_OPERATOR_DEAD },
    { "dead/requeue", NGX_POLYCARD_OPERATOR_REQUEUE_ALL },
    { "dead/*", NGX_POLYCARD_OPERATOR_DEAD_ONE },
    { "dead/*/requeue", NGX_POLYCARD_OPERATOR_REQUEUE },
    { "resend", NGX_POLYCARD_OPERATOR_RESEND },
    { "probe", NGX_POLYCARD_OPERATOR_PROBE },
    { "deletions/confirm", NGX_POLYCARD_OPERATOR_DELETIONS },
    { "clients/confirm", NGX_POLYCARD_OPERATOR_CLIENTS },
    { NULL, NGX_POLYCARD_OPERATOR_NONE }
};


ngx_polycard_operator_e
ngx_polycard_operator_find(const ngx_polycard_str_t *path,
    ngx_polycard_str_t *id)
{
    const ngx_polycard_operator_path_t  *p;

    for (p = ngx_polycard_operator_paths; p->path; p++) {
        if (ngx_polycard_operator_is(p->path, path, id)) {
            return p->found;
        }
    }

    id->data = (u_char *) "";
    id->len = 0;

    return NGX_POLYCARD_OPERATOR_NONE;
}


static unsigned
ngx_polycard_operator_is(const char *pattern, const ngx_polycard_str_t *path,
    ngx_polycard_str_t *id)
{
    size_t         len;
    const u_char  *p, *end;

    p = path->data;
    end = path->data + path->len;

    id->data = (u_char *) "";
    id->len = 0;

    for ( /* void */ ; *pattern; pattern++) {

        if (*pattern != '*') {
            if (p == end || *p != (u_char) *pattern) {
                return 0;
            }

            p++;
            continue;
        }

        len = ngx_polycard_operator_id(p, end);

        if (len == 0) {
            return 0;
        }

        id->data = (u_char *) p;
        id->len = len;
        p += len;
    }

    return p == end;
}


/* its length, 0: there is none */

static size_t
ngx_polycard_operator_id(const u_char *p, const u_char *end)
{
    const u_char  *dash, *last;

    dash = ngx_polycard_operator_skip_digits(p, end);

    if (dash == p || dash == end || *dash != '-') {
        return 0;
    }

    last = ngx_polycard_operator_skip_digits(dash + 1, end);

    return (last == dash + 1) ? 0 : (size_t) (last - p);
}


static const u_char *
ngx_polycard_operator_skip_digits(const u_char *p, const u_char *end)
{
    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }

    return p;
}


u_char *
ngx_polycard_operator_print_time(u_char *p, int64_t ms)
{
    int64_t  day, age, year, month;

    if (ms < 0) {
        ms = 0;
    }

    if (ms > NGX_POLYCARD_OPERATOR_LAST) {
        ms = NGX_POLYCARD_OPERATOR_LAST;
    }

    /* years that begin with March have their day more at the end */

    day = ms / NGX_POLYCARD_OPERATOR_DAY + NGX_POLYCARD_OPERATOR_DAYS;
    ms %= NGX_POLYCARD_OPERATOR_DAY;

    age = day / NGX_POLYCARD_OPERATOR_AGE;
    day %= NGX_POLYCARD_OPERATOR_AGE;

    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;

    year += 400 * age + (month >= 10);
    month += (month < 10) ? 3 : -9;

    p = ngx_polycard_operator_print_digits(p, year, 4, '-');
    p = ngx_polycard_operator_print_digits(p, month, 2, '-');
    p = ngx_polycard_operator_print_digits(p, day + 1, 2, 'T');
    p = ngx_polycard_operator_print_digits(p, ms / 3600000, 2, ':');
    p = ngx_polycard_operator_print_digits(p, ms / 60000 % 60, 2, ':');
    p = ngx_polycard_operator_print_digits(p, ms / 1000 % 60, 2, '.');

    return ngx_polycard_operator_print_digits(p, ms % 1000, 3, 'Z');
}


static u_char *
ngx_polycard_operator_print_digits(u_char *p, int64_t n, int digits,
    char after)
{
    int  i;

    for (i = digits - 1; i >= 0; i--) {
        p[i] = (u_char) ('0' + n % 10);
        n /= 10;
    }

    p[digits] = (u_char) after;

    return p + digits + 1;
}
