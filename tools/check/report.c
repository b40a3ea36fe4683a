
#include "check/report.h"
#include "core/mask.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* how much of an answer is shown */
#define CHECK_REPORT_BODY  300


static void check_report_refute(check_report_t *r, check_row_e row,
    const check_exchange_t *x, const char *fmt, va_list args);
static void check_report_came(check_report_t *r, const check_exchange_t *x,
    char *text, size_t size);
static char *check_report_keep(check_report_t *r, const char *text);


void
check_report_init(check_report_t *r, const check_options_t *options)
{
    memset(r, 0, sizeof(check_report_t));

    r->options = options;
}


void
check_report_free(check_report_t *r)
{
    size_t  i;

    for (i = 0; i < CHECK_ROWS; i++) {
        free(r->verdict[i].what);
        free(r->verdict[i].sent);
        free(r->verdict[i].came);
    }
}


void
check_report_pass(check_report_t *r, check_row_e row)
{
    if (r->verdict[row].result != CHECK_FAILED) {
        r->verdict[row].result = CHECK_PASSED;
    }
}


void
check_report_skip(check_report_t *r, check_row_e row, const char *why)
{
    check_verdict_t  *v;

    v = &r->verdict[row];

    if (v->result == CHECK_OPEN) {
        v->result = CHECK_SKIPPED;
        v->what = check_report_keep(r, why);
    }
}


void
check_report_fail(check_report_t *r, check_row_e row,
    const check_exchange_t *x, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    check_report_refute(r, row, x, fmt, args);
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
    check_report_refute(r, row, x, fmt, args);
    va_end(args);
}


static void
check_report_refute(check_report_t *r, check_row_e row,
    const check_exchange_t *x, const char *fmt, va_list args)
{
    char              text[1024];
    check_verdict_t  *v;

    v = &r->verdict[row];

    if (v->result == CHECK_FAILED) {
        return;
    }

    free(v->what);
    v->result = CHECK_FAILED;

    vsnprintf(text, sizeof(text), fmt, args);

    v->what = check_report_keep(r, text);

    if (x == NULL) {
        return;
    }

    v->sent = check_report_keep(r, x->sent);

    if (x->status) {
        check_report_came(r, x, text, sizeof(text));
        v->came = check_report_keep(r, text);
    }
}


/* bodies are personal: only their size, unless more is wanted */

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


/*
 * A copy for the report: one line, without the token, whatever the market
 * sends back, and nothing that a terminal would obey.  NULL, where there is no
 * memory, is shown as nothing.
 */

static char *
check_report_keep(check_report_t *r, const char *text)
{
    char        *copy;
    size_t       i, len;
    const char  *token;

    copy = strdup(text);

    if (copy == NULL) {
        return NULL;
    }

    len = strlen(copy);
    token = r->options->token;

    ngx_polycard_mask_secret((u_char *) copy, len, (const u_char *) token,
                             strlen(token));
    if (!r->options->verbose) {
        ngx_polycard_mask_line((u_char *) copy, len);
    }

    for (i = 0; i < len; i++) {
        if (copy[i] < ' ' || copy[i] > '~') {
            copy[i] = '?';
        }
    }

    return copy;
}
