
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
static void check_report_note(const char *name, const char *text);
static unsigned check_report_alike(const check_mistake_t *one,
    const check_mistake_t *two);
static unsigned check_report_equal(const char *one, const char *two);
static int check_report_json(const check_report_t *r, const check_http_t *http,
    const check_sums_t *sums);
static void check_report_json_url(cJSON *root, const char *name,
    const char *url);
static cJSON *check_report_json_rows(const check_report_t *r);
static void check_report_json_mistakes(cJSON *row, const check_verdict_t *v);
static void check_report_json_seen(cJSON *object, const check_seen_t *seen);
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

    for (i = r->first; i < r->end; i++) {

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

    for (i = r->first; i < r->end; i++) {
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
    size_t                  i, k;
    const check_mistake_t  *m;
    const check_verdict_t  *v;

    v = &r->verdict[row];

    printf("%-13s %-4s  %s\n", check_rows[row].id, check_report_word(r, row),
           check_rows[row].text);

    if (v->result == CHECK_OPEN || v->why) {
        check_report_note("", v->why ? v->why : check_report_not_asked);
    }

    for (i = 0; i < v->n; i++) {
        m = &v->mistake[i];

        if (m->count > 1) {
            printf("                    %s (%u times)\n", m->what, m->count);

        } else {
            check_report_note("", m->what);
        }

        if (i + 1 < v->n && check_report_alike(m, m + 1)) {
            continue;
        }

        for (k = 0; k < m->n; k++) {
            check_report_note("sent: ", m->seen[k].sent);
            check_report_note("came: ", m->seen[k].came);
        }
    }
}


static void
check_report_note(const char *name, const char *text)
{
    if (text) {
        printf("                    %s%s\n", name, text);
    }
}


/* mistakes shown by one answer are printed together above it */

static unsigned
check_report_alike(const check_mistake_t *one, const check_mistake_t *two)
{
    return one->n == 1 && two->n == 1
           && check_report_equal(one->seen[0].sent, two->seen[0].sent)
           && check_report_equal(one->seen[0].came, two->seen[0].came);
}


static unsigned
check_report_equal(const char *one, const char *two)
{
    return (one && two) ? strcmp(one, two) == 0 : one == two;
}


/* scripts read it: members are only added */

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
    check_report_json_url(root, "url", r->options->market.url);
    check_report_json_url(root, "office", r->options->office.url);
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


static void
check_report_json_url(cJSON *root, const char *name, const char *url)
{
    if (url) {
        cJSON_AddStringToObject(root, name, url);

    } else {
        cJSON_AddNullToObject(root, name);
    }
}


static cJSON *
check_report_json_rows(const check_report_t *r)
{
    cJSON                  *rows, *row;
    size_t                  i;
    const check_verdict_t  *v;

    rows = cJSON_CreateArray();

    for (i = r->first; i < r->end; i++) {
        v = &r->verdict[i];
        row = cJSON_CreateObject();

        cJSON_AddStringToObject(row, "id", check_rows[i].id);
        cJSON_AddStringToObject(row, "result", check_report_word(r, i));
        cJSON_AddBoolToObject(row, "must", check_rows[i].must);
        cJSON_AddStringToObject(row, "text", check_rows[i].text);

        if (v->result == CHECK_FAILED) {
            check_report_json_mistakes(row, v);

        } else if (v->result != CHECK_PASSED) {
            cJSON_AddStringToObject(row, "what",
                                    v->why ? v->why : check_report_not_asked);
        }

        if (!cJSON_AddItemToArray(rows, row)) {
            cJSON_Delete(row);
            cJSON_Delete(rows);
            return NULL;
        }
    }

    return rows;
}


/* the first one is in the row itself, as when there was only one */

static void
check_report_json_mistakes(cJSON *row, const check_verdict_t *v)
{
    size_t                  i, k;
    cJSON                  *mistakes, *mistake, *seen, *one;
    const check_mistake_t  *m;

    if (v->n) {
        cJSON_AddStringToObject(row, "what", v->mistake[0].what);
        check_report_json_seen(row, &v->mistake[0].seen[0]);
    }

    mistakes = cJSON_AddArrayToObject(row, "mistakes");

    for (i = 0; i < v->n; i++) {
        m = &v->mistake[i];
        mistake = cJSON_CreateObject();

        cJSON_AddStringToObject(mistake, "what", m->what);
        cJSON_AddNumberToObject(mistake, "count", m->count);
        seen = cJSON_AddArrayToObject(mistake, "seen");

        for (k = 0; k < m->n; k++) {
            one = cJSON_CreateObject();
            check_report_json_seen(one, &m->seen[k]);

            if (!cJSON_AddItemToArray(seen, one)) {
                cJSON_Delete(one);
            }
        }

        if (!cJSON_AddItemToArray(mistakes, mistake)) {
            cJSON_Delete(mistake);
        }
    }
}


static void
check_report_json_seen(cJSON *object, const check_seen_t *seen)
{
    if (seen->sent) {
        cJSON_AddStringToObject(object, "sent", seen->sent);
    }

    if (seen->came) {
        cJSON_AddStringToObject(object, "came", seen->came);
    }
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
