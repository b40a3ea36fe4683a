
#include "check/check.h"
#include "check/phones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define CHECK_PAGES_BASE  50


static unsigned check_pages_offered(check_t *c);
static void check_pages_learn(check_t *c, const check_exchange_t *x);
static void check_pages_offset(check_t *c, size_t limit, size_t k);
static void check_pages_end(check_t *c);
static void check_pages_total(check_t *c, const check_exchange_t *x);


/* getClients: what a page holds */

void
check_pages(check_t *c)
{
    size_t             n;
    const cJSON       *client;
    check_phones_t     base;
    check_exchange_t   x;

    c->pages = check_pages_offered(c);

    if (!c->pages) {
        return;
    }

    if (check_phones_page(c, CHECK_GET_CLIENTS, 0, CHECK_PAGES_BASE, &base, &x)
        == NGX_POLYCARD_OK)
    {
        n = 0;

        cJSON_ArrayForEach(client, x.json) {
            check_record(c, CHECK_CLIENT, &x, client, ++n);
        }

        check_pages_learn(c, &x);
        check_pages_total(c, &x);

        if (check_phones_repeat(&base)) {
            check_report_fail(&c->report, CHECK_UNIQUE, &x,
                              "a phone comes twice");

        } else if (base.n) {
            check_report_pass(&c->report, CHECK_UNIQUE);
        }

        if (base.n < 2) {
            check_report_skip(&c->report, CHECK_OFFSET,
                              "there are too few clients");
        } else {
            check_pages_offset(c, base.n, 1);
            check_pages_offset(c, base.n, base.n / 2);
        }

        check_pages_end(c);
    }

    check_phones_free(&base);
    check_exchange_free(&x);
}


/* a market need not have it (A1: recommended), but it must be right */

static unsigned
check_pages_offered(check_t *c)
{
    int                n, rc;
    unsigned           offered;
    check_exchange_t   x;

    offered = 0;

    rc = check_ask_get(c, CHECK_GET_CLIENTS, "getClients", "limit=2", &x);

    if (x.status == 404 || x.status == 405 || x.status == 501) {
        check_report_fail(&c->report, CHECK_OFFERED, &x, "the status is %ld",
                          x.status);
        check_report_skip(&c->report, CHECK_GET_CLIENTS, "it is not offered");

    } else if (rc == NGX_POLYCARD_OK
               && check_ask_is(c, CHECK_GET_CLIENTS, &x, cJSON_Array))
    {
        offered = 1;
        n = cJSON_GetArraySize(x.json);

        check_report_pass(&c->report, CHECK_OFFERED);
        check_report_pass(&c->report, CHECK_GET_CLIENTS);

        check_report_judge(&c->report, CHECK_LIMIT, n <= 2,
                           &x, "there are %d clients, limit is 2", n);
    }

    check_exchange_free(&x);

    return offered;
}


/* the first valid client is used later */

static void
check_pages_learn(check_t *c, const check_exchange_t *x)
{
    const cJSON         *client, *phone;
    ngx_polycard_str_t   text;

    cJSON_ArrayForEach(client, x->json) {
        phone = cJSON_GetObjectItemCaseSensitive(client, "phone");

        if (!cJSON_IsString(phone)) {
            continue;
        }

        text.data = (u_char *) phone->valuestring;
        text.len = strlen(phone->valuestring);

        if (ngx_polycard_phone_check(&text) == NGX_POLYCARD_OK) {
            memcpy(c->phone, phone->valuestring, sizeof(c->phone));
            c->client = cJSON_Duplicate(client, 1);
            return;
        }
    }
}


/*
 * The page from k on must be the end of the page from 0 on; a client that is
 * not shown keeps its place (B9), so it may begin up to k clients earlier.
 * A mismatch is checked again: clients come and go.
 */

static void
check_pages_offset(check_t *c, size_t limit, size_t k)
{
    int                rc;
    unsigned           fits, try;
    check_phones_t     first, page;
    check_exchange_t   x, y;

    for (fits = 0, rc = NGX_POLYCARD_OK, try = 0;
         !fits && rc == NGX_POLYCARD_OK && try < 2;
         try++)
    {
        memset(&y, 0, sizeof(check_exchange_t));
        memset(&page, 0, sizeof(check_phones_t));

        rc = check_phones_page(c, CHECK_OFFSET, 0, limit, &first, &x);

        if (rc == NGX_POLYCARD_OK) {
            rc = check_phones_page(c, CHECK_OFFSET, k, limit - k, &page, &y);
        }

        if (rc == NGX_POLYCARD_OK) {
            fits = check_phones_end(&first, &page,
                                    first.n == limit ? k : 0, k);

            if (!fits && try == 1) {
                check_report_fail(&c->report, CHECK_OFFSET, &y,
                                  "it does not begin there");
            }
        }

        check_phones_free(&first);
        check_phones_free(&page);
        check_exchange_free(&x);
        check_exchange_free(&y);
    }

    if (fits) {
        check_report_pass(&c->report, CHECK_OFFSET);
    }
}


static void
check_pages_end(check_t *c)
{
    int               n;
    check_exchange_t  x;

    if (check_ask_get(c, CHECK_END, "getClients", "limit=2&offset=900000000",
                      &x)
        == NGX_POLYCARD_OK
        && check_ask_is(c, CHECK_END, &x, cJSON_Array))
    {
        n = cJSON_GetArraySize(x.json);

        check_report_judge(&c->report, CHECK_END, n == 0,
                           &x, "there are %d clients", n);
    }

    check_exchange_free(&x);
}


static void
check_pages_total(check_t *c, const check_exchange_t *x)
{
    char      value[32], *end;
    long long total;

    if (check_exchange_header(x, "X-Total-Count", value, sizeof(value)) <= 0) {
        check_report_fail(&c->report, CHECK_TOTAL, x, "it is missing");
        return;
    }

    total = strtoll(value, &end, 10);

    if (*end != '\0' || value[strspn(value, "0123456789")] != '\0') {
        check_report_fail(&c->report, CHECK_TOTAL, x, "it is no number");

    } else if (total < cJSON_GetArraySize(x->json)) {
        check_report_fail(&c->report, CHECK_TOTAL, x,
                          "it is less than this page holds");

    } else {
        check_report_pass(&c->report, CHECK_TOTAL);
    }
}
