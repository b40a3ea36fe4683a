
/* The verdict on each row, and how it is shown. */


#ifndef _POLYCARD_CHECK_REPORT_H_INCLUDED_
#define _POLYCARD_CHECK_REPORT_H_INCLUDED_


#include "check/http.h"
#include "check/rows.h"


/* kinds of mistakes kept per row, and questions kept per mistake */
#define CHECK_MISTAKES_MAX  32
#define CHECK_SEEN_MAX      10


typedef enum {
    CHECK_OPEN = 0,            /* nothing was found out */
    CHECK_SKIPPED,             /* could not be looked at */
    CHECK_PASSED,
    CHECK_FAILED               /* a note, where the row is recommended */
} check_result_e;


/* a question and its answer; came == NULL: no answer */

typedef struct {
    char            *sent;
    char            *came;
} check_seen_t;


/* one kind of mistake, however often it was seen */

typedef struct {
    char            *what;
    size_t           text;     /* where it begins in what, behind the place */
    unsigned         count;
    check_seen_t     seen[CHECK_SEEN_MAX];
    size_t           n;        /* of seen, each was sent otherwise */
} check_mistake_t;


typedef struct {
    check_result_e   result;
    char            *why;      /* it was skipped */
    check_mistake_t  mistake[CHECK_MISTAKES_MAX];
    size_t           n;
} check_verdict_t;


typedef struct {
    const check_options_t  *options;
    check_row_e             first;         /* the rows that are asked for */
    check_row_e             end;
    check_verdict_t         verdict[CHECK_ROWS];
    unsigned                unreached:1;
} check_report_t;


/* options stay the caller's, and tell which rows there are */
void check_report_init(check_report_t *r, const check_options_t *options);
void check_report_free(check_report_t *r);

/* a row that has failed stays so */
void check_report_pass(check_report_t *r, check_row_e row);

/* only if nothing else is known */
void check_report_skip(check_report_t *r, check_row_e row, const char *why);

/*
 * x is the exchange that shows it, or NULL.  The reason is formatted and added
 * to those of the row; a repeated one is counted.
 */
void check_report_fail(check_report_t *r, check_row_e row,
    const check_exchange_t *x, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* for record n of the answer: the same mistake of another record is counted */
void check_report_fail_record(check_report_t *r, check_row_e row,
    const check_exchange_t *x, size_t n, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* passes if it is good; else it fails with this reason */
void check_report_judge(check_report_t *r, check_row_e row, unsigned good,
    const check_exchange_t *x, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* prints it; returns the exit status */
int check_report_print(check_report_t *r, const check_http_t *http);


#endif /* _POLYCARD_CHECK_REPORT_H_INCLUDED_ */
