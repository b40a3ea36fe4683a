
/* The office (docs/office.md): what can be seen without a change */


#include "check/check.h"
#include "check/phones.h"

#include <stdio.h>
#include <string.h>


/* a phone that nobody has */
#define CHECK_OFFICE_NOBODY  "380000000003"

/* an ETag that no record has */
#define CHECK_OFFICE_STALE   "00000000000000000000000000000000"


typedef struct {
    check_request_t   request;
    check_row_e       row;
    long              status;
    const char       *name;       /* what the error, or Allow, must contain */
} check_office_case_t;


static int check_office_reach(check_t *c);
static void check_office_list(check_t *c, const check_exchange_t *x);
static void check_office_walk(check_t *c);
static void check_office_record(check_t *c, const cJSON *listed);
static void check_office_etag(check_t *c, const check_exchange_t *x,
    const cJSON *etag);
static void check_office_tag(check_t *c, const char *path, const cJSON *etag);
static void check_office_same(check_t *c, const char *phone,
    const cJSON *record);
static unsigned check_office_equal(const cJSON *record, const cJSON *client);
static void check_office_closed(check_t *c);
static void check_office_cases(check_t *c);
static void check_office_origin(check_t *c);
static void check_office_new(check_t *c);


static const char  check_office_nobody[] = "there is no client";


/* beside the attributes, in a record of the office */

static const char *const  check_office_own[] = {
    "id", "whole", "why", "unreadable", "etag", NULL
};


#define check_office_get(path, query)                                         \
    { "GET", path, query, CHECK_TOKEN_BEARER, NULL, NULL, 0, 0 }


static const check_office_case_t  check_office_wrong[] = {
    { check_office_get("clients/" CHECK_OFFICE_NOBODY, NULL),
      CHECK_OFFICE_ABSENT, 404, NULL },
    { check_office_get("nothing", NULL), CHECK_OFFICE_ABSENT, 404, NULL },
    { check_office_get("clients/0671112233", NULL),
      CHECK_OFFICE_WRONG, 400, "phone" },
    { check_office_get("clients", "limit=0"),
      CHECK_OFFICE_WRONG, 400, "limit" },
    { check_office_get("clients", "after=x"),
      CHECK_OFFICE_WRONG, 400, "after" },
    { check_office_get("groups/x", NULL), CHECK_OFFICE_WRONG, 400, "id" },
    { { "GET", "clients", "limit=1", CHECK_TOKEN_QUERY, NULL, NULL, 0, 0 },
      CHECK_OFFICE_QUERY, 401, NULL },
    { check_office_get(NULL, NULL), 0, 0, NULL }
};


int
check_office(check_t *c)
{
    check_https(c, CHECK_OFFICE_HTTPS, &c->options->office);

    c->http.base = &c->options->office;

    if (check_office_reach(c) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    check_office_walk(c);
    check_office_closed(c);
    check_office_cases(c);
    check_office_origin(c);
    check_office_new(c);

    return NGX_POLYCARD_OK;
}


/* the first question, whose page shows a client for the next ones */

static int
check_office_reach(check_t *c)
{
    int               rc;
    check_exchange_t  x;

    (void) check_ask_office(c, CHECK_OFFICE_REACH, "clients", "limit=2", NULL,
                            &x);

    rc = check_reached(c, &x);

    if (rc == NGX_POLYCARD_OK
        && check_ask_is(c, CHECK_OFFICE_LIST, &x, cJSON_Array))
    {
        check_office_list(c, &x);
    }

    check_exchange_free(&x);

    return rc;
}


static void
check_office_list(check_t *c, const check_exchange_t *x)
{
    int           n;
    char          total[32];
    const cJSON  *record, *first;

    n = cJSON_GetArraySize(x->json);
    first = NULL;

    check_report_judge(&c->report, CHECK_OFFICE_LIST, n <= 2, x,
                       "there are %d clients, limit is 2", n);

    if (check_exchange_header(x, "X-Total-Count", total, sizeof(total)) <= 0) {
        check_report_fail(&c->report, CHECK_OFFICE_LIST, x,
                          "X-Total-Count is missing");
    }

    cJSON_ArrayForEach(record, x->json) {

        if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(record, "phone"))
            || !cJSON_IsBool(cJSON_GetObjectItemCaseSensitive(record,
                                                              "whole")))
        {
            check_report_fail(&c->report, CHECK_OFFICE_LIST, x,
                              "a record has no phone, or no \"whole\"");

        } else if (first == NULL) {
            first = record;
        }
    }

    if (first) {
        check_office_record(c, first);
        return;
    }

    check_report_skip(&c->report, CHECK_OFFICE_RECORD, check_office_nobody);
    check_report_skip(&c->report, CHECK_OFFICE_SAME, check_office_nobody);
    check_report_skip(&c->report, CHECK_OFFICE_TAG, check_office_nobody);
}


/* a client of the list, alone: what has changed meanwhile is no mistake */

static void
check_office_record(check_t *c, const cJSON *listed)
{
    char               path[64];
    cJSON             *record;
    const char        *phone;
    const cJSON       *etag;
    check_exchange_t   x;

    phone = cJSON_GetObjectItemCaseSensitive(listed, "phone")->valuestring;

    snprintf(path, sizeof(path), "clients/%.32s", phone);

    if (check_ask_office(c, CHECK_OFFICE_RECORD, path, NULL, NULL, &x)
        == NGX_POLYCARD_OK
        && check_ask_is(c, CHECK_OFFICE_RECORD, &x, cJSON_Object))
    {
        etag = cJSON_GetObjectItemCaseSensitive(listed, "etag");
        record = cJSON_Duplicate(listed, 1);

        cJSON_DeleteItemFromObjectCaseSensitive(record, "etag");

        check_report_judge(&c->report, CHECK_OFFICE_RECORD,
                           cJSON_Compare(record, x.json, 1), &x,
                           "the list shows another record");
        check_office_etag(c, &x, etag);
        check_office_tag(c, path, etag);
        check_office_same(c, phone, x.json);

        cJSON_Delete(record);
    }

    check_exchange_free(&x);
}


static void
check_office_etag(check_t *c, const check_exchange_t *x, const cJSON *etag)
{
    char  header[128], expected[128];

    if (!cJSON_IsString(etag)) {
        check_report_fail(&c->report, CHECK_OFFICE_TAG, NULL,
                          "a record of the list has no \"etag\"");
        return;
    }

    snprintf(expected, sizeof(expected), "\"%s\"", etag->valuestring);

    check_report_judge(&c->report, CHECK_OFFICE_TAG,
                       check_exchange_header(x, "ETag", header,
                                             sizeof(header))
                       > 0 && strcmp(header, expected) == 0,
                       x, "ETag is not the one of the list");
}


/* a patch of nothing, and with a condition that does not hold */

static void
check_office_tag(check_t *c, const char *path, const cJSON *etag)
{
    char              header[128];
    check_request_t   patch = { "PATCH", path, NULL, CHECK_TOKEN_BEARER,
                                "application/json", "{}", 2, 1 };
    check_exchange_t  x;

    if (cJSON_IsString(etag)) {
        snprintf(header, sizeof(header), "If-None-Match: \"%s\"",
                 etag->valuestring);

        if (check_ask_office(c, CHECK_OFFICE_TAG, path, NULL, header, &x)
            == NGX_POLYCARD_OK)
        {
            check_ask_status(c, CHECK_OFFICE_TAG, &x, 304);
        }

        check_exchange_free(&x);
    }

    c->http.header = "If-Match: \"" CHECK_OFFICE_STALE "\"";
    check_ask_refused(c, CHECK_OFFICE_TAG, &patch, 412, NULL);
    c->http.header = NULL;
}


/* is it the same market */

static void
check_office_same(check_t *c, const char *phone, const cJSON *record)
{
    char               query[64];
    unsigned           whole;
    check_exchange_t   x;

    if (!c->asked) {
        check_report_skip(&c->report, CHECK_OFFICE_SAME,
                          "the services are not asked");
        return;
    }

    whole = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(record, "whole"));

    snprintf(query, sizeof(query), "phone=%.32s", phone);

    c->http.base = &c->options->market;

    if (check_ask_known(c, CHECK_OFFICE_SAME, "getClient", query, &x)
        == NGX_POLYCARD_OK
        && check_ask_status(c, CHECK_OFFICE_SAME, &x, whole ? 200 : 404)
        && whole)
    {
        check_report_judge(&c->report, CHECK_OFFICE_SAME,
                           check_office_equal(record, x.json), &x,
                           "getClient shows another record");
    }

    c->http.base = &c->options->office;

    check_exchange_free(&x);
}


/* all of the client is in the record; what else is in that, is its own or
 * cannot be read */

static unsigned
check_office_equal(const cJSON *record, const cJSON *client)
{
    size_t        i;
    unsigned      own;
    const cJSON  *item, *name, *unreadable;

    cJSON_ArrayForEach(item, client) {
        if (!cJSON_Compare(item, cJSON_GetObjectItemCaseSensitive(record,
                                                              item->string),
                           1))
        {
            return 0;
        }
    }

    unreadable = cJSON_GetObjectItemCaseSensitive(record, "unreadable");

    cJSON_ArrayForEach(item, record) {
        own = cJSON_HasObjectItem(client, item->string);

        for (i = 0; check_office_own[i]; i++) {
            own |= strcmp(item->string, check_office_own[i]) == 0;
        }

        cJSON_ArrayForEach(name, unreadable) {
            own |= cJSON_IsString(name)
                   && strcmp(item->string, name->valuestring) == 0;
        }

        if (!own) {
            return 0;
        }
    }

    return 1;
}


static void
check_office_walk(check_t *c)
{
    int                rc;
    long               i;
    char               query[CHECK_TARGET_MAX];
    check_phones_t     phones;
    check_exchange_t   x;

    memset(&phones, 0, sizeof(check_phones_t));
    snprintf(query, sizeof(query), "limit=%d", CHECK_WALK_LIMIT);

    rc = NGX_POLYCARD_OK;

    for (i = 0; rc == NGX_POLYCARD_OK && i < c->options->pages; i++) {
        rc = NGX_POLYCARD_ERROR;

        if (check_ask_office(c, CHECK_OFFICE_WALK, "clients", query, NULL, &x)
            == NGX_POLYCARD_OK
            && check_ask_is(c, CHECK_OFFICE_WALK, &x, cJSON_Array)
            && check_phones_append(&phones, x.json) == NGX_POLYCARD_OK)
        {
            rc = check_walk_next(c, CHECK_OFFICE_WALK, &x, query,
                                 sizeof(query));
        }

        check_exchange_free(&x);
    }

    if (rc != NGX_POLYCARD_ERROR) {
        check_report_judge(&c->report, CHECK_OFFICE_WALK,
                           !check_phones_repeat(&phones), NULL,
                           "a phone comes twice");
    }

    check_phones_free(&phones);
}


static void
check_office_closed(check_t *c)
{
    size_t             i, k;
    check_request_t    request = { "GET", NULL, "limit=1", 0, NULL, NULL, 0,
                                   0 };
    static const char *const    paths[] = { "clients", "groups", "registered" };
    static const check_token_e  tokens[] = {
        CHECK_TOKEN_NONE, CHECK_TOKEN_WRONG, CHECK_TOKEN_OTHER
    };

    if (c->options->office.token[0] == '\0') {
        check_report_skip(&c->report, CHECK_OFFICE_CLOSED,
                          "no token was given to polycard-check");
        return;
    }

    for (i = 0; i < 3; i++) {

        request.token = tokens[i];

        if (request.token == CHECK_TOKEN_OTHER
            && strcmp(c->options->market.token, c->options->office.token) == 0)
        {
            continue;
        }

        for (k = 0; k < 3; k++) {
            request.service = paths[k];
            check_ask_refused(c, CHECK_OFFICE_CLOSED, &request, 401, NULL);
        }
    }
}


/* what is refused, and how */

static void
check_office_cases(check_t *c)
{
    check_request_t             post = { "POST", "clients", NULL, 0,
                                         "application/json", "{}", 2, 0 };
    check_exchange_t            x;
    const check_office_case_t  *one;
    char                        allow[256];

    for (one = check_office_wrong; one->status; one++) {

        if (one->row == CHECK_OFFICE_QUERY
            && c->options->office.token[0] == '\0')
        {
            check_report_skip(&c->report, CHECK_OFFICE_QUERY,
                              "no token was given to polycard-check");
            continue;
        }

        check_ask_refused(c, one->row, &one->request, one->status, one->name);
    }

    if (check_ask(c, CHECK_OFFICE_METHOD, &post, &x) == NGX_POLYCARD_OK
        && check_ask_status(c, CHECK_OFFICE_METHOD, &x, 405)
        && (check_exchange_header(&x, "Allow", allow, sizeof(allow)) == -1
            || strstr(allow, "GET") == NULL))
    {
        check_report_fail(&c->report, CHECK_OFFICE_METHOD, &x,
                          "Allow does not name GET");
    }

    check_exchange_free(&x);
}


static void
check_office_origin(check_t *c)
{
    check_exchange_t  x;

    if (check_ask_office(c, CHECK_OFFICE_ORIGIN, "clients", "limit=1",
                         "Origin: https://polycard-check.invalid", &x)
        == NGX_POLYCARD_OK)
    {
        check_ask_status(c, CHECK_OFFICE_ORIGIN, &x, 403);
    }

    check_exchange_free(&x);
}


static void
check_office_new(check_t *c)
{
    size_t             i;
    const cJSON       *record;
    check_exchange_t   x;
    static const char *const  names[] = { "record", "time", "action", NULL };

    if (check_ask_office(c, CHECK_OFFICE_NEW, "registered", "limit=2", NULL, &x)
        == NGX_POLYCARD_OK
        && check_ask_is(c, CHECK_OFFICE_NEW, &x, cJSON_Array))
    {
        check_report_pass(&c->report, CHECK_OFFICE_NEW);

        cJSON_ArrayForEach(record, x.json) {
            for (i = 0; names[i]; i++) {
                if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(record,
                                                                 names[i])))
                {
                    check_report_fail(&c->report, CHECK_OFFICE_NEW, &x,
                                      "a record has no \"%s\"", names[i]);
                }
            }
        }
    }

    check_exchange_free(&x);
}
