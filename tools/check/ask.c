
#include "check/check.h"
#include "check/strict.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>


static void check_ask_success(check_t *c, const check_exchange_t *x);
static void check_ask_failure(check_t *c, const check_exchange_t *x);
static unsigned check_ask_digits(const char *text);


int
check_ask(check_t *c, check_row_e row, const check_request_t *request,
    check_exchange_t *x)
{
    if (check_http_send(&c->http, request, x) != NGX_POLYCARD_OK) {
        check_report_skip(&c->report, row,
                          "the market is silent, it was not asked");
        return NGX_POLYCARD_ERROR;
    }

    if (x->code != CURLE_OK) {
        check_report_fail(&c->report, row, x, "%s", x->error);
        return NGX_POLYCARD_ERROR;
    }

    if (strcmp(request->method, "HEAD") == 0) {
        return NGX_POLYCARD_OK;
    }

    x->json = check_strict_read(x->body.data, x->body.len,
                                x->json_error, sizeof(x->json_error));
    if (x->status == 200) {
        check_ask_success(c, x);

    } else if (x->status >= 400) {
        check_ask_failure(c, x);
    }

    return NGX_POLYCARD_OK;
}


int
check_ask_get(check_t *c, check_row_e row, const char *service,
    const char *query, check_exchange_t *x)
{
    check_request_t  request = { "GET", service, query, CHECK_TOKEN_BEARER,
                                 NULL, NULL, 0, 0 };

    return check_ask(c, row, &request, x);
}


int
check_ask_known(check_t *c, check_row_e row, const char *service,
    const char *query, check_exchange_t *x)
{
    check_request_t  request = { "GET", service, query, CHECK_TOKEN_BEARER,
                                 NULL, NULL, 0, 1 };

    return check_ask(c, row, &request, x);
}


int
check_ask_office(check_t *c, check_row_e row, const char *path,
    const char *query, const char *header, check_exchange_t *x)
{
    int              rc;
    check_request_t  request = { "GET", path, query, CHECK_TOKEN_BEARER,
                                 NULL, NULL, 0, 1 };

    c->http.header = header;
    rc = check_ask(c, row, &request, x);
    c->http.header = NULL;

    return rc;
}


static void
check_ask_success(check_t *c, const check_exchange_t *x)
{
    int          len;
    char         type[128];
    check_row_e  json, mime;

    json = x->office ? CHECK_OFFICE_ANSWER : CHECK_JSON;
    mime = x->office ? CHECK_OFFICE_ANSWER : CHECK_TYPE;

    check_report_pass(&c->report, json);
    check_report_pass(&c->report, mime);

    if (x->json == NULL) {
        check_report_fail(&c->report, json, x, "the body %s", x->json_error);
    }

    len = check_exchange_header(x, "Content-Type", type, sizeof(type));

    if (len == -1) {
        check_report_fail(&c->report, mime, x,
                          "there is no Content-Type");
        return;
    }

    type[strcspn(type, "; ")] = '\0';

    if (strcasecmp(type, "application/json") != 0) {
        check_report_fail(&c->report, mime, x, "the type is %s", type);
    }
}


static void
check_ask_failure(check_t *c, const check_exchange_t *x)
{
    check_row_e   nok, private;
    const cJSON  *error;

    nok = x->office ? CHECK_OFFICE_ANSWER : CHECK_NOK;
    private = x->office ? CHECK_OFFICE_ANSWER : CHECK_PRIVATE;

    if (!check_ask_is_nok(x->json)) {
        check_report_fail(&c->report, nok, x, "the body %s",
                          x->json ? "is another" : x->json_error);
        return;
    }

    error = cJSON_GetObjectItemCaseSensitive(x->json, "error");

    check_report_pass(&c->report, nok);
    check_report_pass(&c->report, private);

    if (check_ask_digits(error->valuestring) >= 7
        || strchr(error->valuestring, '@'))
    {
        check_report_fail(&c->report, private, x,
                          "the error holds a number or an address");
    }
}


/* the longest run of digits */

static unsigned
check_ask_digits(const char *text)
{
    unsigned  n, most;

    for (n = 0, most = 0; *text; text++) {
        n = (*text >= '0' && *text <= '9') ? n + 1 : 0;
        most = n > most ? n : most;
    }

    return most;
}


unsigned
check_ask_is(check_t *c, check_row_e row, const check_exchange_t *x, int type)
{
    if (x->code != CURLE_OK) {
        check_report_fail(&c->report, row, x, "%s", x->error);
        return 0;
    }

    if (x->status != 200) {
        check_report_fail(&c->report, row, x, "the status is %ld",
                          x->status);
        return 0;
    }

    if (x->json == NULL) {
        check_report_fail(&c->report, row, x, "the body %s", x->json_error);
        return 0;
    }

    if ((x->json->type & 0xff) != type) {
        check_report_fail(&c->report, row, x, "the body is no %s",
                          type == cJSON_Array ? "array" : "object");
        return 0;
    }

    return 1;
}


unsigned
check_ask_status(check_t *c, check_row_e row, const check_exchange_t *x,
    long status)
{
    if (x->status == status) {
        check_report_pass(&c->report, row);
        return 1;
    }

    check_report_fail(&c->report, row, x, "the status is %ld, not %ld",
                      x->status, status);
    return 0;
}


void
check_ask_refused(check_t *c, check_row_e row, const check_request_t *request,
    long status, const char *name)
{
    const cJSON       *error;
    check_exchange_t   x;

    if (check_ask(c, row, request, &x) == NGX_POLYCARD_OK
        && (check_ask_status(c, row, &x, status) || x.status >= 400)
        && name)
    {
        error = cJSON_GetObjectItemCaseSensitive(x.json, "error");

        if (!cJSON_IsString(error)
            || strstr(error->valuestring, name) == NULL)
        {
            check_report_fail(&c->report, row, &x,
                              "the error does not name %s", name);
        }
    }

    check_exchange_free(&x);
}


unsigned
check_ask_is_nok(const cJSON *json)
{
    const cJSON  *status, *error;

    status = cJSON_GetObjectItemCaseSensitive(json, "status");
    error = cJSON_GetObjectItemCaseSensitive(json, "error");

    return cJSON_IsString(status) && strcmp(status->valuestring, "NOK") == 0
           && cJSON_IsString(error) && error->valuestring[0] != '\0';
}
