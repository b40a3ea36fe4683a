
#include "check/check.h"

#include <stdio.h>
#include <string.h>


static void check_client_known(check_t *c);
static unsigned check_client_has(const cJSON *client, const char *phone);
static void check_client_same(check_t *c, const check_exchange_t *x);
static void check_client_barcode(check_t *c, const cJSON *client);
static void check_client_unknown(check_t *c);
static void check_client_form(check_t *c);
static void check_client_one(check_t *c);


static const char  check_client_nobody[] = "no client is known: see --phone";


/* getClient */

void
check_client(check_t *c)
{
    if (c->options->phone) {
        snprintf(c->phone, sizeof(c->phone), "%s", c->options->phone);

        cJSON_Delete(c->client);
        c->client = NULL;
    }

    if (c->phone[0]) {
        check_client_known(c);

    } else {
        check_report_skip(&c->report, CHECK_GET_CLIENT, check_client_nobody);
        check_report_skip(&c->report, CHECK_CLIENT, check_client_nobody);
        check_report_skip(&c->report, CHECK_SAME, check_client_nobody);
        check_report_skip(&c->report, CHECK_BARCODE, check_client_nobody);
    }

    check_client_unknown(c);
    check_client_form(c);
    check_client_one(c);
}


static void
check_client_known(check_t *c)
{
    char               query[32];
    check_exchange_t   x;

    snprintf(query, sizeof(query), "phone=%s", c->phone);

    if (check_ask_known(c, CHECK_GET_CLIENT, "getClient", query, &x)
        == NGX_POLYCARD_OK
        && check_ask_is(c, CHECK_GET_CLIENT, &x, cJSON_Object))
    {
        check_report_judge(&c->report, CHECK_GET_CLIENT,
                           check_client_has(x.json, c->phone),
                           &x, "it is not the client of this phone");

        check_record(c, CHECK_CLIENT, &x, x.json, 1);
        check_client_same(c, &x);
        check_client_barcode(c, x.json);
    }

    check_exchange_free(&x);
}


static unsigned
check_client_has(const cJSON *client, const char *phone)
{
    const cJSON  *value;

    value = cJSON_GetObjectItemCaseSensitive(client, "phone");

    return cJSON_IsString(value) && strcmp(value->valuestring, phone) == 0;
}


/* the client may have changed since the page: it is requested again */

static void
check_client_same(check_t *c, const check_exchange_t *x)
{
    unsigned           same;
    const cJSON       *client;
    check_exchange_t   page;

    if (c->client == NULL) {
        check_report_skip(&c->report, CHECK_SAME,
                          "getClients has not shown the client");
        return;
    }

    if (cJSON_Compare(c->client, x->json, 1)) {
        check_report_pass(&c->report, CHECK_SAME);
        return;
    }

    if (check_ask_get(c, CHECK_SAME, "getClients", "limit=50", &page)
        == NGX_POLYCARD_OK
        && check_ask_is(c, CHECK_SAME, &page, cJSON_Array))
    {
        same = 0;

        cJSON_ArrayForEach(client, page.json) {
            same |= cJSON_Compare(client, x->json, 1) != 0;
        }

        check_report_judge(&c->report, CHECK_SAME, same, x,
                           "it differs from what the page shows");
    }

    check_exchange_free(&page);
}


static void
check_client_barcode(check_t *c, const cJSON *client)
{
    char              *escaped, query[CHECK_TARGET_MAX];
    const cJSON       *barcode;
    check_exchange_t   x;

    barcode = cJSON_GetObjectItemCaseSensitive(client, "barcode");

    if (!cJSON_IsString(barcode) || barcode->valuestring[0] == '\0') {
        check_report_skip(&c->report, CHECK_BARCODE, "there is no barcode");
        return;
    }

    escaped = curl_easy_escape(c->http.curl, barcode->valuestring, 0);

    if (escaped == NULL) {
        return;
    }

    if (snprintf(query, sizeof(query), "barcode=%s", escaped)
        >= (int) sizeof(query) - 16)
    {
        check_report_skip(&c->report, CHECK_BARCODE, "it is too long");
        curl_free(escaped);
        return;
    }

    curl_free(escaped);

    if (check_ask_known(c, CHECK_BARCODE, "getClient", query, &x)
        == NGX_POLYCARD_OK
        && check_ask_is(c, CHECK_BARCODE, &x, cJSON_Object))
    {
        check_report_judge(&c->report, CHECK_BARCODE,
                           check_client_has(x.json, c->phone),
                           &x, "it is another client");
    }

    check_exchange_free(&x);
}


/* the phone may belong to a client after all: several are tried */

static void
check_client_unknown(check_t *c)
{
    size_t                    i;
    char                      query[32];
    unsigned                  there;
    check_exchange_t          x;
    static const char *const  phones[] = {
        "380000000003", "380999999997", "380000900001"
    };

    for (there = 1, i = 0; there && i < 3; i++) {
        snprintf(query, sizeof(query), "phone=%s", phones[i]);

        there = 0;

        if (check_ask_get(c, CHECK_UNKNOWN, "getClient", query, &x)
            == NGX_POLYCARD_OK)
        {
            there = (x.status == 200 && check_client_has(x.json, phones[i]));

            if (x.status == 200 && !there) {
                check_report_fail(&c->report, CHECK_UNKNOWN, &x,
                                  "the status is 200");

            } else if (!there) {
                check_report_pass(&c->report, CHECK_UNKNOWN);
            }

            if (!there) {
                check_ask_status(c, CHECK_STATUS, &x, 404);
            }
        }

        check_exchange_free(&x);
    }
}


static void
check_client_form(check_t *c)
{
    size_t                    i;
    check_request_t           request = { "GET", "getClient", NULL,
                                          CHECK_TOKEN_BEARER, NULL, NULL, 0,
                                          0 };
    static const char *const  wrong[] = {
        "phone=%2B380000000003", "phone=0000000003", "phone=38000000003",
        "phone=3800000000030", "phone=38000000000x", "phone="
    };

    for (i = 0; i < sizeof(wrong) / sizeof(char *); i++) {
        request.query = wrong[i];
        check_ask_refused(c, CHECK_PHONE, &request, 400, "phone");
    }
}


static void
check_client_one(check_t *c)
{
    check_request_t  request = { "GET", "getClient", NULL, CHECK_TOKEN_BEARER,
                                 NULL, NULL, 0, 0 };

    check_ask_refused(c, CHECK_ONE, &request, 400, NULL);

    request.query = "phone=380000000003&barcode=380000000003";
    check_ask_refused(c, CHECK_ONE, &request, 400, NULL);
}
