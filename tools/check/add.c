
#include "check/check.h"

#include <stdio.h>
#include <string.h>


/* the client that is created: the same attributes in each encoding */

#define CHECK_ADD_FORM                                                        \
    "phone=%s&surname=Polycard&name=Test&sex=female&birthday=20000229"

#define CHECK_ADD_JSON                                                        \
    "{\"phone\":\"%s\",\"surname\":\"Polycard\",\"name\":\"Test\","           \
    "\"sex\":\"female\",\"birthday\":\"20000229\"}"

#define CHECK_ADD_PART(name, value)                                           \
    "--check\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"    \
    value "\r\n"

#define CHECK_ADD_MULTIPART                                                   \
    CHECK_ADD_PART("phone", "%s") CHECK_ADD_PART("surname", "Polycard")       \
    CHECK_ADD_PART("name", "Test") CHECK_ADD_PART("sex", "female")            \
    CHECK_ADD_PART("birthday", "20000229") "--check--\r\n"


typedef struct {
    const char  *type;
    const char  *format;       /* with the phone in it, once */
    const char  *name;
} check_encoding_t;


typedef struct {
    check_row_e   row;
    long          status;
    const char   *name;        /* what the error must name, or NULL */
    const char   *type;
    const char   *format;
} check_refusal_t;


static int check_add_send(check_t *c, check_row_e row,
    const check_encoding_t *encoding, check_exchange_t *x);
static unsigned check_add_first(check_t *c);
static unsigned check_add_ok(check_t *c, const check_exchange_t *x);
static void check_add_learn(check_t *c, const cJSON *json);
static void check_add_shown(check_t *c);
static void check_add_again(check_t *c);
static void check_add_refused(check_t *c);
static void check_add_failure(check_t *c);
static void check_add_skip(check_t *c, const char *why);


static const char  check_add_json_type[] = "application/json";
static const char  check_add_form_type[] = "application/x-www-form-urlencoded";


static const check_encoding_t  check_add_encodings[] = {
    { check_add_json_type, CHECK_ADD_JSON, "JSON" },
    { check_add_form_type, CHECK_ADD_FORM, "a form" },
    { "multipart/form-data; boundary=check", CHECK_ADD_MULTIPART,
      "multipart" },
};


/* none of them may create a client: this one has a card by then */

static const check_refusal_t  check_add_refusals[] = {
    { CHECK_CONFLICT, 409, NULL, check_add_json_type,
      "{\"phone\":\"%s\",\"name\":\"Another\"}" },
    { CHECK_CARD, 400, "barcode", check_add_json_type,
      "{\"phone\":\"%s\",\"barcode\":\"polycard-check\"}" },
    { CHECK_TEXT, 400, "name", check_add_json_type,
      "{\"phone\":\"%s\",\"name\":\"a\\u0007b\"}" },
    { CHECK_TEXT, 400, "name", check_add_form_type,
      "phone=%s&name=a%%FFb" },
    { CHECK_TEXT, 400, "name", check_add_form_type, "phone=%s&name="
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
};


/* addClient, if a phone for it was given */

void
check_add(check_t *c)
{
    if (c->options->write == NULL) {
        check_add_skip(c, "nothing was to be written: see --write");
        return;
    }

    check_add_failure(c);

    if (!check_add_first(c)) {
        check_add_skip(c, "no card was issued");
        return;
    }

    check_add_shown(c);
    check_add_again(c);
    check_add_refused(c);
}


static int
check_add_send(check_t *c, check_row_e row, const check_encoding_t *encoding,
    check_exchange_t *x)
{
    int              n;
    char             body[2048];
    check_request_t  request = { "POST", "addClient", NULL,
                                 CHECK_TOKEN_BEARER, encoding->type, body,
                                 0, 0 };

    n = snprintf(body, sizeof(body), encoding->format, c->options->write);
    request.body_len = (size_t) n;

    return check_ask(c, row, &request, x);
}


/* 1: there is a card.  A client who has one already may be from another run */

static unsigned
check_add_first(check_t *c)
{
    unsigned           issued;
    check_exchange_t   x;

    issued = 0;

    if (check_add_send(c, CHECK_ADD_CLIENT, &check_add_encodings[0], &x)
        != NGX_POLYCARD_OK)
    {
        check_exchange_free(&x);
        return 0;
    }

    if (x.status == 409) {
        check_report_skip(&c->report, CHECK_ADD_CLIENT,
                          "the phone of --write has a card already");

    } else if (check_ask_is(c, CHECK_ADD_CLIENT, &x, cJSON_Object)) {
        issued = check_add_ok(c, &x);

        if (issued) {
            check_add_learn(c, x.json);
        }
    }

    check_exchange_free(&x);

    return issued;
}


static unsigned
check_add_ok(check_t *c, const check_exchange_t *x)
{
    unsigned      good[3];
    const cJSON  *status, *id, *code;

    status = cJSON_GetObjectItemCaseSensitive(x->json, "status");
    id = cJSON_GetObjectItemCaseSensitive(x->json, "id");
    code = cJSON_GetObjectItemCaseSensitive(x->json, "code");

    good[0] = cJSON_IsString(status) && strcmp(status->valuestring, "OK") == 0;

    good[1] = cJSON_IsNumber(id) && id->valuestring
              && id->valuestring[strspn(id->valuestring, "0123456789")]
                 == '\0';

    good[2] = cJSON_IsString(code) && code->valuestring[0] != '\0'
              && strlen(code->valuestring) <= 4 * 255;

    check_report_judge(&c->report, CHECK_ADD_CLIENT, good[0], x,
                       "status is not \"OK\"");
    check_report_judge(&c->report, CHECK_ADD_CLIENT, good[1], x,
                       "id is no whole number");
    check_report_judge(&c->report, CHECK_ADD_CLIENT, good[2], x,
                       "code is no card number");

    return good[0] && good[1] && good[2];
}


static void
check_add_learn(check_t *c, const cJSON *json)
{
    cJSON_Delete(c->client);
    c->client = cJSON_Duplicate(json, 1);
}


static void
check_add_shown(check_t *c)
{
    char               query[32];
    const cJSON       *code, *barcode, *phone;
    check_exchange_t   x;

    snprintf(query, sizeof(query), "phone=%s", c->options->write);

    if (check_ask_known(c, CHECK_ADD_SHOWN, "getClient", query, &x)
        == NGX_POLYCARD_OK
        && check_ask_is(c, CHECK_ADD_SHOWN, &x, cJSON_Object))
    {
        code = cJSON_GetObjectItemCaseSensitive(c->client, "code");
        barcode = cJSON_GetObjectItemCaseSensitive(x.json, "barcode");
        phone = cJSON_GetObjectItemCaseSensitive(x.json, "phone");

        check_report_judge(&c->report, CHECK_ADD_SHOWN,
                           cJSON_Compare(code, barcode, 1),
                           &x, "the barcode is another");
        check_report_judge(&c->report, CHECK_ADD_SHOWN,
                           cJSON_IsString(phone)
                           && strcmp(phone->valuestring, c->options->write)
                              == 0,
                           &x, "the phone is another");

        check_record(c, CHECK_CLIENT, &x, x.json, 1);
    }

    check_exchange_free(&x);
}


/* a 409 is an answer to the parsed body, though not that of B8 */

static void
check_add_again(check_t *c)
{
    size_t             i;
    check_exchange_t   x;

    for (i = 0; i < 3; i++) {

        if (check_add_send(c, CHECK_ENCODINGS, &check_add_encodings[i], &x)
            == NGX_POLYCARD_OK)
        {
            check_report_judge(&c->report, CHECK_ENCODINGS,
                               x.status == 200 || x.status == 409,
                               &x, "%s is not taken",
                               check_add_encodings[i].name);

            check_report_judge(&c->report, CHECK_REPEAT,
                               x.status == 200
                               && cJSON_Compare(x.json, c->client, 1),
                               &x, "the answer is another");
        }

        check_exchange_free(&x);
    }
}


static void
check_add_refused(check_t *c)
{
    int                     n;
    char                    body[1024];
    size_t                  i;
    check_request_t         request = { "POST", "addClient", NULL,
                                        CHECK_TOKEN_BEARER, NULL, body, 0,
                                        0 };
    const check_refusal_t  *refusal;

    for (i = 0; i < sizeof(check_add_refusals) / sizeof(check_refusal_t); i++)
    {
        refusal = &check_add_refusals[i];

        n = snprintf(body, sizeof(body), refusal->format, c->options->write);

        request.type = refusal->type;
        request.body_len = (size_t) n;

        check_ask_refused(c, refusal->row, &request, refusal->status,
                          refusal->name);
    }
}


/* A1 requires NOK and an error, whatever the status */

static void
check_add_failure(check_t *c)
{
    check_request_t    request = { "POST", "addClient", NULL,
                                   CHECK_TOKEN_BEARER, check_add_json_type,
                                   "{\"name\":\"Test\"}", 15, 0 };
    check_exchange_t   x;

    if (check_ask(c, CHECK_ADD_NOK, &request, &x) == NGX_POLYCARD_OK) {
        check_report_judge(&c->report, CHECK_ADD_NOK, check_ask_is_nok(x.json),
                           &x, "a client without a phone is answered so");
    }

    check_exchange_free(&x);
}


static void
check_add_skip(check_t *c, const char *why)
{
    size_t                    i;
    static const check_row_e  rows[] = {
        CHECK_ADD_CLIENT, CHECK_ADD_SHOWN, CHECK_ADD_NOK, CHECK_TEXT,
        CHECK_ENCODINGS, CHECK_REPEAT, CHECK_CONFLICT, CHECK_CARD
    };

    for (i = 0; i < sizeof(rows) / sizeof(check_row_e); i++) {
        check_report_skip(&c->report, rows[i], why);
    }
}
