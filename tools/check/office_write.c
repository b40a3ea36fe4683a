
/*
 * The office: what changes a client, the one of --write.  He keeps a name, and
 * a bonus to which nothing was added.
 */

#include "check/check.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


#define CHECK_WRITE_JSON   "application/json"
#define CHECK_WRITE_TYPE  "application/x-ndjson"

/* of the lines of the batch, and how many there are */
#define CHECK_WRITE_LINES                                                     \
    "{\"op\":\"patch\",\"phone\":\"%s\",\"set\":{\"name\":\"Test\"}}\n"       \
    "no JSON\n"                                                               \
    "{\"op\":\"bonus\",\"phone\":\"%s\",\"change\":0}\n"
#define CHECK_WRITE_N        3


static int check_office_send(check_t *c, check_row_e row, const char *method,
    const char *what, const char *body, const char *header,
    check_exchange_t *x);
static void check_office_patch(check_t *c);
static void check_office_email(check_t *c, const char *email);
static void check_office_errors(check_t *c);
static void check_office_once(check_t *c);
static unsigned check_office_is(double one, double two);
static int check_office_add(check_t *c, const char *body, const char *key,
    unsigned n, long status, double *total);
static void check_office_batch(check_t *c);
static void check_office_lines(check_t *c, const check_exchange_t *x);


void
check_office_write(check_t *c)
{
    check_row_e  row;

    if (c->options->write == NULL) {
        for (row = CHECK_OFFICE_PATCH; row <= CHECK_OFFICE_BATCH; row++) {
            check_report_skip(&c->report, row,
                              "nothing was to be written: see --write");
        }

        return;
    }

    check_office_patch(c);
    check_office_errors(c);
    check_office_once(c);
    check_office_batch(c);
}


/* to the client, or to what is below him */

static int
check_office_send(check_t *c, check_row_e row, const char *method,
    const char *what, const char *body, const char *header,
    check_exchange_t *x)
{
    int              rc;
    char             path[64];
    check_request_t  request = { method, path, NULL, CHECK_TOKEN_BEARER,
                                 CHECK_WRITE_JSON, body, strlen(body), 1 };

    snprintf(path, sizeof(path), "clients/%s%s", c->options->write, what);

    c->http.header = header;
    rc = check_ask(c, row, &request, x);
    c->http.header = NULL;

    return rc;
}


static void
check_office_patch(check_t *c)
{
    int               rc;
    unsigned          stored;
    check_exchange_t  x;

    rc = check_office_send(c, CHECK_OFFICE_PATCH, "PATCH", "",
                           "{\"email\":\"check@example.com\","
                           "\"name\":\"Test\"}", NULL, &x);

    /* 201: the client was not there */

    stored = (x.status == 201)
             || (rc == NGX_POLYCARD_OK
                 && check_ask_status(c, CHECK_OFFICE_PATCH, &x, 200));

    check_exchange_free(&x);

    if (!stored) {
        return;
    }

    check_office_email(c, "check@example.com");

    if (check_office_send(c, CHECK_OFFICE_PATCH, "PATCH", "",
                          "{\"email\":null}", NULL, &x)
        == NGX_POLYCARD_OK)
    {
        check_ask_status(c, CHECK_OFFICE_PATCH, &x, 200);
    }

    check_exchange_free(&x);

    check_office_email(c, NULL);
}


/* NULL: there must be none */

static void
check_office_email(check_t *c, const char *email)
{
    char               path[64];
    const cJSON       *item;
    check_exchange_t   x;

    snprintf(path, sizeof(path), "clients/%s", c->options->write);

    if (check_ask_office(c, CHECK_OFFICE_PATCH, path, NULL, NULL, &x)
        == NGX_POLYCARD_OK
        && check_ask_is(c, CHECK_OFFICE_PATCH, &x, cJSON_Object))
    {
        item = cJSON_GetObjectItemCaseSensitive(x.json, "email");

        check_report_judge(&c->report, CHECK_OFFICE_PATCH,
                           email ? cJSON_IsString(item)
                                   && strcmp(item->valuestring, email) == 0
                                 : item == NULL,
                           &x, "the attribute is not %s",
                           email ? "stored" : "removed");
    }

    check_exchange_free(&x);
}


static void
check_office_errors(check_t *c)
{
    size_t             i;
    const cJSON       *error;
    check_exchange_t   x;
    static const char *const  names[] = { "sex", "bonus", "nmae", NULL };

    if (check_office_send(c, CHECK_OFFICE_ERRORS, "PATCH", "",
                          "{\"sex\":\"x\",\"bonus\":\"1,5\",\"nmae\":\"y\"}",
                          NULL, &x)
        == NGX_POLYCARD_OK
        && check_ask_status(c, CHECK_OFFICE_ERRORS, &x, 400))
    {
        error = cJSON_GetObjectItemCaseSensitive(x.json, "error");

        for (i = 0; names[i]; i++) {
            if (!cJSON_IsString(error)
                || strstr(error->valuestring, names[i]) == NULL)
            {
                check_report_fail(&c->report, CHECK_OFFICE_ERRORS, &x,
                                  "the error does not name %s", names[i]);
            }
        }
    }

    check_exchange_free(&x);
}


/* the amount is taken back in the end */

static void
check_office_once(check_t *c)
{
    int     rc;
    char    key[64];
    double  first, again, back, none;

    snprintf(key, sizeof(key), "polycard-check-%ld-%ld", (long) time(NULL),
             (long) getpid());

    rc = check_office_add(c, "{\"change\":1.25}", key, 1, 200, &first);
    rc |= check_office_add(c, "{\"change\":1.25}", key, 1, 200, &again);

    (void) check_office_add(c, "{\"change\":2}", key, 1, 422, &none);
    (void) check_office_add(c, "{\"change\":-1,\"floor\":9999999999999}", key,
                            2, 409, &none);

    rc |= check_office_add(c, "{\"change\":-1.25}", key, 3, 200, &back);

    if (rc == NGX_POLYCARD_OK) {
        check_report_judge(&c->report, CHECK_OFFICE_ONCE,
                           check_office_is(again, first)
                           && check_office_is(back, first - 1.25),
                           NULL, "the totals are not as if it was added once");
    }
}


/* two amounts, to hundredths */

static unsigned
check_office_is(double one, double two)
{
    return one - two < 0.001 && two - one < 0.001;
}


/* total: 0 if there is none; NGX_POLYCARD_ERROR: no answer with this status */

static int
check_office_add(check_t *c, const char *body, const char *key, unsigned n,
    long status, double *total)
{
    int                rc;
    char               header[128];
    const cJSON       *item;
    check_exchange_t   x;

    *total = 0;

    snprintf(header, sizeof(header), "Idempotency-Key: %s-%u", key, n);

    rc = check_office_send(c, CHECK_OFFICE_ONCE, "POST", "/bonus", body,
                           header, &x);

    if (rc == NGX_POLYCARD_OK
        && check_ask_status(c, CHECK_OFFICE_ONCE, &x, status))
    {
        item = cJSON_GetObjectItemCaseSensitive(x.json, "total");
        *total = cJSON_IsNumber(item) ? item->valuedouble : 0;

    } else {
        rc = NGX_POLYCARD_ERROR;
    }

    check_exchange_free(&x);

    return rc;
}


static void
check_office_batch(check_t *c)
{
    char              body[512];
    check_exchange_t  x;
    check_request_t   request = { "POST", "batch", NULL, CHECK_TOKEN_BEARER,
                                  CHECK_WRITE_TYPE, body, 0, 1 };

    request.body_len = snprintf(body, sizeof(body), CHECK_WRITE_LINES,
                                c->options->write, c->options->write);

    /* its answer is lines of JSON, not JSON */

    if (check_http_send(&c->http, &request, &x) != NGX_POLYCARD_OK) {
        check_report_skip(&c->report, CHECK_OFFICE_BATCH,
                          "the market is silent, it was not asked");

    } else if (x.code != CURLE_OK) {
        check_report_fail(&c->report, CHECK_OFFICE_BATCH, &x, "%s", x.error);

    } else if (check_ask_status(c, CHECK_OFFICE_BATCH, &x, 200)) {
        check_office_lines(c, &x);
    }

    check_exchange_free(&x);
}


/* the second one is wrong, and harms itself only */

static void
check_office_lines(check_t *c, const check_exchange_t *x)
{
    int           n;
    cJSON        *json;
    const char   *p, *end, *wanted;
    const cJSON  *line, *status;

    end = x->body.data;

    for (n = 1; n <= CHECK_WRITE_N; n++) {
        p = end;
        json = p ? cJSON_ParseWithOpts(p, &end, 0) : NULL;

        line = cJSON_GetObjectItemCaseSensitive(json, "line");
        status = cJSON_GetObjectItemCaseSensitive(json, "status");
        wanted = n == 2 ? "NOK" : "OK";

        if (!cJSON_IsNumber(line) || line->valueint != n
            || !cJSON_IsString(status)
            || strcmp(status->valuestring, wanted) != 0)
        {
            check_report_fail(&c->report, CHECK_OFFICE_BATCH, x,
                              "line %d is not answered with %s", n, wanted);
        }

        cJSON_Delete(json);

        if (json == NULL) {
            return;
        }
    }
}
