
#include "check/check.h"

#include <stdio.h>
#include <string.h>


static void check_access_denied(check_t *c, const char *service,
    const char *query);
static void check_access_query(check_t *c);
static void check_methods_head(check_t *c);


/* the token, at each service that only reads */

void
check_access(check_t *c)
{
    char               query[32];
    static const char  none[] = "no token was given to polycard-check";

    if (c->options->market.token[0] == '\0') {
        check_report_skip(&c->report, CHECK_CLOSED, none);
        check_report_skip(&c->report, CHECK_DENIED, none);
        check_report_skip(&c->report, CHECK_QUERY, none);
        return;
    }

    snprintf(query, sizeof(query), "phone=%s",
             c->phone[0] ? c->phone : "380000000003");

    check_access_denied(c, "getGroups", NULL);
    check_access_denied(c, "getClient", query);

    if (c->pages) {
        check_access_denied(c, "getClients", "limit=1");
    }

    check_access_query(c);
}


static void
check_access_denied(check_t *c, const char *service, const char *query)
{
    size_t             i;
    check_request_t    request = { "GET", service, query, 0, NULL, NULL, 0,
                                   c->phone[0] != '\0' };
    check_exchange_t   x;
    static const struct {
        check_token_e  token;
        const char    *name;
    } wrong[] = {
        { CHECK_TOKEN_NONE, "without a token" },
        { CHECK_TOKEN_WRONG, "with a wrong token" }
    };

    for (i = 0; i < 2; i++) {
        request.token = wrong[i].token;

        if (check_ask(c, CHECK_CLOSED, &request, &x) == NGX_POLYCARD_OK) {
            check_report_judge(&c->report, CHECK_CLOSED, x.status != 200,
                               &x, "it is answered %s", wrong[i].name);

            check_ask_status(c, CHECK_DENIED, &x, 401);
        }

        check_exchange_free(&x);
    }
}


static void
check_access_query(check_t *c)
{
    check_request_t    request = { "GET", "getGroups", NULL,
                                   CHECK_TOKEN_QUERY, NULL, NULL, 0, 0 };
    check_exchange_t   x;

    if (check_ask(c, CHECK_QUERY, &request, &x) == NGX_POLYCARD_OK
        && check_ask_is(c, CHECK_QUERY, &x, cJSON_Array))
    {
        check_report_pass(&c->report, CHECK_QUERY);
    }

    check_exchange_free(&x);
}


/* a POST without a phone and a GET change nothing in any implementation */

void
check_methods(check_t *c)
{
    size_t              i;
    char                allow[256];
    check_exchange_t    x;
    static const char   form[] = "application/x-www-form-urlencoded";
    static const struct {
        check_request_t  request;
        const char      *allowed;
    } wrong[] = {
        { { "POST", "getGroups", NULL, 0, form, "", 0, 0 }, "GET" },
        { { "POST", "getClient", NULL, 0, form, "", 0, 0 }, "GET" },
        { { "POST", "getClients", NULL, 0, form, "", 0, 0 }, "GET" },
        { { "GET", "addClient", NULL, 0, NULL, NULL, 0, 0 }, "POST" },
    };

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {

        if (strcmp(wrong[i].request.service, "getClients") == 0 && !c->pages) {
            continue;
        }

        if (check_ask(c, CHECK_METHOD, &wrong[i].request, &x)
            == NGX_POLYCARD_OK)
        {
            if (check_ask_status(c, CHECK_METHOD, &x, 405)
                && (check_exchange_header(&x, "Allow", allow, sizeof(allow))
                    == -1
                    || strstr(allow, wrong[i].allowed) == NULL))
            {
                check_report_fail(&c->report, CHECK_METHOD, &x,
                                  "Allow does not name %s",
                                  wrong[i].allowed);
            }
        }

        check_exchange_free(&x);
    }

    check_methods_head(c);
}


static void
check_methods_head(check_t *c)
{
    check_request_t    request = { "HEAD", "getGroups", NULL,
                                   CHECK_TOKEN_BEARER, NULL, NULL, 0, 0 };
    check_exchange_t   x;

    if (check_ask(c, CHECK_HEAD, &request, &x) == NGX_POLYCARD_OK) {
        check_ask_status(c, CHECK_HEAD, &x, 200);
    }

    check_exchange_free(&x);
}
