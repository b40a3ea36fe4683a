
#include "check/report.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    unsigned  passed;
    unsigned  failed;
    unsigned  notes;
    unsigned  skipped;
} check_sums_t;


static const char *check_report_word(const check_report_t *r,
    check_row_e row);
static void check_report_sum(const check_report_t *r, check_sums_t *sums);
static int check_report_status(const check_report_t *r,
    const check_sums_t *sums);
static void check_report_text(const check_report_t *r,
    const check_http_t *http, const check_sums_t *sums);
static void check_report_line(const check_report_t *r, check_row_e row);
static int check_report_json(const check_report_t *r, const check_http_t *http,
    const check_sums_t *sums);
static cJSON *check_report_json_rows(const check_report_t *r);
static cJSON *check_report_json_seconds(const check_http_t *http);
static double check_report_quantile(const check_http_t *http, double q);
static int check_report_compare(const void *one, const void *two);


static const char  check_report_not_asked[] = "there was nothing to see it in";


int
check_report_print(check_report_t *r, const check_http_t *http)
{
    check_sums_t  sums;

    check_report_sum(r, &sums);

    if (http->answers) {
        qsort(http->seconds, http->answers, sizeof(double),
              check_report_compare);
    }

    if (!r->options->json) {
        check_report_text(r, http, &sums);

    } else if (check_report_json(r, http, &sums) != NGX_POLYCARD_OK) {
        fprintf(stderr, "polycard-check: no memory\n");
        return 2;
    }

    if (fflush(stdout) != 0) {
        fprintf(stderr, "polycard-check: the report cannot be written\n");
        return 2;
    }

    return check_report_status(r, &sums);
}


static const char *
check_report_word(const check_report_t *r, check_row_e row)
{
    switch (r->verdict[row].result) {

    case CHECK_PASSED:
        return "ok";

    case CHECK_FAILED:
        return (check_rows[row].must || r->options->strict) ? "FAIL" : "note";

    default:
        return "skip";
    }
}


static void
check_report_sum(const check_report_t *r, check_sums_t *sums)
{
    size_t  i;

    memset(sums, 0, sizeof(check_sums_t));

    for (i = 0; i < CHECK_ROWS; i++) {

        switch (*check_report_word(r, i)) {

        case 'o':
            sums->passed++;
            break;

        case 'F':
            sums->failed++;
            break;

        case 'n':
            sums->notes++;
            break;

        default:
            sums->skipped++;
            break;
        }
    }
}


static int
check_report_status(const check_report_t *r, const check_sums_t *sums)
{
    if (r->unreached) {
        return 2;
    }

    return sums->failed ? 1 : 0;
}


static void
check_report_text(const check_report_t *r, const check_http_t *http,
    const check_sums_t *sums)
{
    size_t                    i;
    static const char *const  end[] = {
        "conforms", "does not conform", "could not be asked"
    };

    for (i = 0; i < CHECK_ROWS; i++) {
        check_report_line(r, i);
    }

    printf("\nThe market %s: %u ok, %u failed, %u notes, %u skipped.\n",
           end[check_report_status(r, sums)], sums->passed, sums->failed,
           sums->notes, sums->skipped);

    if (http->answers) {
        printf("%u requests; half of the answers came within %.1f ms, 95 of "
               "100 within %.1f ms, all within %.1f ms.\n", http->requests,
               check_report_quantile(http, 0.5) * 1000,
               check_report_quantile(http, 0.95) * 1000,
               check_report_quantile(http, 1) * 1000);
    }
}


static void
check_report_line(const check_report_t *r, check_row_e row)
{
    const check_verdict_t  *v;

    v = &r->verdict[row];

    printf("%-13s %-4s  %s\n", check_rows[row].id, check_report_word(r, row),
           check_rows[row].text);

    if (v->what) {
        printf("                    %s\n", v->what);
    }

    if (v->sent) {
        printf("                    sent: %s\n", v->sent);
    }

    if (v->came) {
        printf("                    came: %s\n", v->came);
    }
}


/* members are only added to: scripts read it */

static int
check_report_json(const check_report_t *r, const check_http_t *http,
    const check_sums_t *sums)
{
    int     status;
    char   *text;
    cJSON  *root, *rows, *seconds;

    root = cJSON_CreateObject();
    rows = check_report_json_rows(r);
    seconds = check_report_json_seconds(http);
    status = check_report_status(r, sums);

    cJSON_AddStringToObject(root, "version", NGX_POLYCARD_VERSION);
    cJSON_AddStringToObject(root, "url", r->options->url);
    cJSON_AddBoolToObject(root, "conforms", status == 0);
    cJSON_AddNumberToObject(root, "status", status);
    cJSON_AddNumberToObject(root, "ok", sums->passed);
    cJSON_AddNumberToObject(root, "failed", sums->failed);
    cJSON_AddNumberToObject(root, "notes", sums->notes);
    cJSON_AddNumberToObject(root, "skipped", sums->skipped);
    cJSON_AddNumberToObject(root, "requests", http->requests);

    cJSON_AddItemToObject(root, "seconds", seconds);
    cJSON_AddItemToObject(root, "rows", rows);

    text = rows ? cJSON_Print(root) : NULL;

    if (text) {
        puts(text);
    }

    cJSON_free(text);
    cJSON_Delete(root);

    return text ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


static cJSON *
check_report_json_rows(const check_report_t *r)
{
    cJSON                  *rows, *row;
    size_t                  i;
    const check_verdict_t  *v;

    rows = cJSON_CreateArray();

    for (i = 0; i < CHECK_ROWS; i++) {
        v = &r->verdict[i];
        row = cJSON_CreateObject();

        cJSON_AddStringToObject(row, "id", check_rows[i].id);
        cJSON_AddStringToObject(row, "result", check_report_word(r, i));
        cJSON_AddBoolToObject(row, "must", check_rows[i].must);
        cJSON_AddStringToObject(row, "text", check_rows[i].text);

        if (v->result != CHECK_PASSED) {
            cJSON_AddStringToObject(row, "what",
                                 v->what ? v->what : check_report_not_asked);
        }

        if (v->sent) {
            cJSON_AddStringToObject(row, "sent", v->sent);
        }

        if (v->came) {
            cJSON_AddStringToObject(row, "came", v->came);
        }

        if (!cJSON_AddItemToArray(rows, row)) {
            cJSON_Delete(row);
            cJSON_Delete(rows);
            return NULL;
        }
    }

    return rows;
}


static cJSON *
check_report_json_seconds(const check_http_t *http)
{
    cJSON  *seconds;

    if (http->answers == 0) {
        return cJSON_CreateNull();
    }

    seconds = cJSON_CreateObject();

    cJSON_AddNumberToObject(seconds, "median",
                            check_report_quantile(http, 0.5));
    cJSON_AddNumberToObject(seconds, "p95",
                            check_report_quantile(http, 0.95));
    cJSON_AddNumberToObject(seconds, "max",
                            check_report_quantile(http, 1));

    return seconds;
}


/* the times are sorted */

static double
check_report_quantile(const check_http_t *http, double q)
{
    return http->seconds[(size_t) ((http->answers - 1) * q)];
}


static int
check_report_compare(const void *one, const void *two)
{
    double  a, b;

    a = *(const double *) one;
    b = *(const double *) two;

    return (a > b) - (a < b);
}
