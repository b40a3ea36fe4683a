
/* The last three hours by the minute, for the page */


#include "counters/history.h"
#include "status/report.h"


static void ngx_polycard_report_minutes(ngx_polycard_lines_t *lines,
    ngx_polycard_report_t *report, ngx_polycard_market_t *market);
static void ngx_polycard_report_minute(ngx_polycard_lines_t *lines,
    ngx_polycard_history_minute_t *minute);


/* names of markets are letters, digits, "_", "-" and "." */

ngx_int_t
ngx_polycard_report_history(ngx_polycard_report_t *report,
    ngx_polycard_lines_t *lines)
{
    ngx_uint_t  i;

    ngx_memzero(lines, sizeof(ngx_polycard_lines_t));
    lines->pool = report->pool;

    ngx_polycard_lines_print(lines, "{\"time\":%L.%03L,\"columns\":[\"minute\"",
                             report->time / 1000, report->time % 1000);

    for (i = 0; i < NGX_POLYCARD_RESULTS; i++) {
        ngx_polycard_lines_print(lines, ",\"%s\"",
                                 ngx_polycard_results[i].data);
    }

    for (i = 0; i < NGX_POLYCARD_ATTEMPTS; i++) {
        ngx_polycard_lines_print(lines, ",\"hook_%s\"",
                                 ngx_polycard_attempts[i].data);
    }

    ngx_polycard_lines_print(lines, ",\"p50\",\"p95\",\"p99\",\"hook_p50\","
                             "\"hook_p95\",\"hook_p99\",\"outbox\"],"
                             "\"markets\":[");

    for (i = 0; i < report->n; i++) {
        ngx_polycard_lines_print(lines, "%s{\"name\":\"%s\",\"minutes\":[",
                                 i ? "," : "", report->markets[i].name);
        ngx_polycard_report_minutes(lines, report, report->markets[i].market);
        ngx_polycard_lines_print(lines, "]}");
    }

    ngx_polycard_lines_print(lines, "]}\n");

    return lines->failed ? NGX_ERROR : NGX_OK;
}


/* those that are over, since nginx has started */

static void
ngx_polycard_report_minutes(ngx_polycard_lines_t *lines,
    ngx_polycard_report_t *report, ngx_polycard_market_t *market)
{
    ngx_uint_t                      m, first, now, start;
    ngx_polycard_history_minute_t   minute;

    now = ngx_polycard_history_clock();
    start = (ngx_uint_t) (report->zone->start / 60000);
    first = ngx_max(now - NGX_POLYCARD_HISTORY_MINUTES + 1, start);

    for (m = first; m < now; m++) {
        ngx_polycard_history_read(&market->counts->history, m, &minute);

        if (m > first) {
            ngx_polycard_lines_print(lines, ",");
        }

        ngx_polycard_report_minute(lines, &minute);
    }
}


/* null: not known */

static void
ngx_polycard_report_minute(ngx_polycard_lines_t *lines,
    ngx_polycard_history_minute_t *minute)
{
    int32_t     n;
    ngx_uint_t  i;

    ngx_polycard_lines_print(lines, "[%uD", minute->minute);

    for (i = 0; i < NGX_POLYCARD_RESULTS; i++) {
        ngx_polycard_lines_print(lines, ",%uD", minute->result[i]);
    }

    for (i = 0; i < NGX_POLYCARD_ATTEMPTS; i++) {
        ngx_polycard_lines_print(lines, ",%uD", minute->attempt[i]);
    }

    for (i = 0; i <= NGX_POLYCARD_HISTORY_KINDS
                     * NGX_POLYCARD_HISTORY_QUANTILES; i++)
    {
        n = (i == NGX_POLYCARD_HISTORY_KINDS * NGX_POLYCARD_HISTORY_QUANTILES)
            ? minute->outbox
            : minute->time[i / NGX_POLYCARD_HISTORY_QUANTILES]
                          [i % NGX_POLYCARD_HISTORY_QUANTILES];

        if (n < 0) {
            ngx_polycard_lines_print(lines, ",null");

        } else {
            ngx_polycard_lines_print(lines, ",%D", n);
        }
    }

    ngx_polycard_lines_print(lines, "]");
}
