
#include "check/report.h"
#include "core/mask.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


/* how much of an answer is shown */
#define CHECK_REPORT_BODY     300

/* no name of a character set is longer */
#define CHECK_REPORT_CHARSET  20


static void check_report_refute(check_report_t *r, check_row_e row,
    const check_exchange_t *x, size_t n, const char *fmt, va_list args);
static check_mistake_t *check_report_mistake(check_report_t *r,
    check_row_e row, const char *text, size_t start);
static void check_report_see(check_report_t *r, check_mistake_t *m,
    const check_exchange_t *x);
static void check_report_came(check_report_t *r, const check_exchange_t *x,
    char *text, size_t size);
static char *check_report_keep(check_report_t *r, const char *text);
static char *check_report_copy(check_report_t *r, const char *text);
static void check_report_hide(char *text, size_t len, const char *token);
static void check_report_mask(char *text, size_t len);
static size_t check_report_charset(const char *p);


void
check_report_init(check_report_t *r, const check_options_t *options)
{
    memset(r, 0, sizeof(check_report_t));

    r->options = options;
    r->first = options->market.url ? 0 : CHECK_OFFICE_REACH;
    r->end = options->office.url ? CHECK_ROWS : CHECK_OFFICE_REACH;
}


void
check_report_free(check_report_t *r)
{
    size_t            i, k, j;
    check_mistake_t  *m;

    for (i = 0; i < CHECK_ROWS; i++) {
        free(r->verdict[i].why);

        for (k = 0; k < r->verdict[i].n; k++) {
            m = &r->verdict[i].mistake[k];
            free(m->what);

            for (j = 0; j < m->n; j++) {
                free(m->seen[j].sent);
                free(m->seen[j].came);
            }
        }
    }
}


void
check_report_pass(check_report_t *r, check_row_e row)
{
    check_verdict_t  *v;

    v = &r->verdict[row];

    if (v->result != CHECK_FAILED) {
        v->result = CHECK_PASSED;

        free(v->why);
        v->why = NULL;
    }
}


void
check_report_skip(check_report_t *r, check_row_e row, const char *why)
{
    check_verdict_t  *v;

    v = &r->verdict[row];

    if (v->result == CHECK_OPEN) {
        v->result = CHECK_SKIPPED;
        v->why = check_report_keep(r, why);
    }
}


void
check_report_fail(check_report_t *r, check_row_e row,
    const check_exchange_t *x, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    check_report_refute(r, row, x, 0, fmt, args);
    va_end(args);
}


void
check_report_fail_record(check_report_t *r, check_row_e row,
    const check_exchange_t *x, size_t n, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    check_report_refute(r, row, x, n, fmt, args);
    va_end(args);
}


void
check_report_judge(check_report_t *r, check_row_e row, unsigned good,
    const check_exchange_t *x, const char *fmt, ...)
{
    va_list  args;

    if (good) {
        check_report_pass(r, row);
        return;
    }

    va_start(args, fmt);
    check_report_refute(r, row, x, 0, fmt, args);
    va_end(args);
}


/* n: of a record, from 1; 0: it is about the answer */

static void
check_report_refute(check_report_t *r, check_row_e row,
    const check_exchange_t *x, size_t n, const char *fmt, va_list args)
{
    int               start;
    char              text[1024];
    check_mistake_t  *m;
    check_verdict_t  *v;

    v = &r->verdict[row];

    free(v->why);
    v->why = NULL;
    v->result = CHECK_FAILED;

    start = n ? snprintf(text, sizeof(text), "record %zu: ", n) : 0;
    vsnprintf(text + start, sizeof(text) - start, fmt, args);

    m = check_report_mistake(r, row, text, start);

    if (m) {
        m->count++;

        if (x) {
            check_report_see(r, m, x);
        }
    }
}


/* the mistake with this text, or a new one; NULL: there is no room */

static check_mistake_t *
check_report_mistake(check_report_t *r, check_row_e row, const char *text,
    size_t start)
{
    char             *what;
    size_t            i;
    check_mistake_t  *m;
    check_verdict_t  *v;

    v = &r->verdict[row];
    what = check_report_keep(r, text);

    if (what == NULL) {
        return NULL;
    }

    for (i = 0; i < v->n; i++) {
        m = &v->mistake[i];

        if (strcmp(m->what + m->text, what + start) == 0) {
            free(what);
            return m;
        }
    }

    if (v->n == CHECK_MISTAKES_MAX) {
        free(what);
        return NULL;
    }

    m = &v->mistake[v->n++];
    m->what = what;
    m->text = start;

    return m;
}


static void
check_report_see(check_report_t *r, check_mistake_t *m,
    const check_exchange_t *x)
{
    char    *sent, *query, text[CHECK_TARGET_MAX];
    size_t   i;

    snprintf(text, sizeof(text), "%s", x->sent);

    query = strchr(text, '?');

    if (x->personal && !r->options->verbose) {
        if (query) {
            ngx_polycard_mask_query((u_char *) query + 1, strlen(query + 1));

        } else {
            ngx_polycard_mask_line((u_char *) text, strlen(text));
        }
    }

    sent = check_report_copy(r, text);

    for (i = 0; sent && i < m->n; i++) {
        if (m->seen[i].sent && strcmp(m->seen[i].sent, sent) == 0) {
            free(sent);
            return;
        }
    }

    if (m->n == CHECK_SEEN_MAX) {
        free(sent);
        return;
    }

    m->seen[m->n].sent = sent;

    if (x->status) {
        check_report_came(r, x, text, sizeof(text));
        m->seen[m->n].came = check_report_keep(r, text);
    }

    m->n++;
}


/* bodies are personal: only their size, unless --verbose */

static void
check_report_came(check_report_t *r, const check_exchange_t *x, char *text,
    size_t size)
{
    int   n;
    char  type[128];

    if (check_exchange_header(x, "Content-Type", type, sizeof(type)) == -1) {
        snprintf(type, sizeof(type), "no Content-Type");
    }

    n = snprintf(text, size, "%ld, %s, %zu bytes", x->status, type,
                 x->body.len);

    if (r->options->verbose && x->body.data && n > 0) {
        snprintf(text + n, size - n, ": %.*s", CHECK_REPORT_BODY,
                 x->body.data);
    }
}


/* masks a text of the market, which may be personal */

static char *
check_report_keep(check_report_t *r, const char *text)
{
    char  *copy;

    copy = check_report_copy(r, text);

    if (copy && !r->options->verbose) {
        check_report_mask(copy, strlen(copy));
    }

    return copy;
}


/*
 * A copy for the report: one line, without the token, whatever the market
 * sends back, and without control characters.  NULL: no memory, shown as
 * nothing.
 */

static char *
check_report_copy(check_report_t *r, const char *text)
{
    char    *copy;
    size_t   i, len;

    copy = strdup(text);

    if (copy == NULL) {
        return NULL;
    }

    len = strlen(copy);

    check_report_hide(copy, len, r->options->market.token);
    check_report_hide(copy, len, r->options->office.token);

    for (i = 0; i < len; i++) {
        if (copy[i] < ' ' || copy[i] > '~') {
            copy[i] = '?';
        }
    }

    return copy;
}


static void
check_report_hide(char *text, size_t len, const char *token)
{
    ngx_polycard_mask_secret((u_char *) text, len, (const u_char *) token,
                             strlen(token));
}


/* the name of a character set after a "=" is kept */

static void
check_report_mask(char *text, size_t len)
{
    size_t  n;
    char   *p, *start, *last;

    last = text + len;

    for (start = text, p = text; p < last; /* void */ ) {
        n = check_report_charset(p);

        if (n == 0) {
            p++;
            continue;
        }

        ngx_polycard_mask_line((u_char *) start, p - start);

        p += n;
        start = p;
    }

    ngx_polycard_mask_line((u_char *) start, last - start);
}


/* the length of "charset=WORD"; a number is no word */

static size_t
check_report_charset(const char *p)
{
    u_char             word[CHECK_REPORT_CHARSET];
    size_t             n, len;
    static const char  name[] = "charset=";
    static const char  letters[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char  others[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_.:";

    n = sizeof(name) - 1;

    if (strncasecmp(p, name, n) != 0) {
        return 0;
    }

    n += (p[n] == '"');
    len = strspn(p + n, others);

    if (strspn(p + n, letters) == 0 || len > CHECK_REPORT_CHARSET
        || (p[n + len] && strchr(",;\" ", p[n + len]) == NULL))
    {
        return 0;
    }

    memcpy(word, p + n, len);
    ngx_polycard_mask_line(word, len);

    return memcmp(word, p + n, len) == 0 ? n + len : 0;
}
