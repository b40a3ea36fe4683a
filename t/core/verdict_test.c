
#include "tap.h"
#include "core/text.h"
#include "core/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>


#define ACCEPTED  NGX_POLYCARD_VERDICT_ACCEPTED
#define REFUSED   NGX_POLYCARD_VERDICT_REFUSED
#define OUTAGE    NGX_POLYCARD_VERDICT_OUTAGE

/* 2026-11-24 12:00:00 */
#define NOW       INT64_C(1795521600)


typedef struct {
    const char               *body;
    ngx_polycard_verdict_e    verdict;
} verdict_body_t;


typedef struct {
    const char               *value;
    int64_t                   wait;
} verdict_wait_t;


static void verdict_test_bodies(void);
static void verdict_test_zero_byte(void);
static void verdict_test_statuses(void);
static void verdict_test_errors(void);
static void verdict_test_read(void);
static void verdict_test_no_json(void);
static void verdict_test_retry_after(void);
static void verdict_test_waits(void);
static ngx_polycard_verdict_e verdict_of(int status, const char *body);


/* with status 200 */

static const verdict_body_t  verdict_bodies[] = {
    { "{\"Status\":\"OK\"}", ACCEPTED },
    { "{\"status\":\"ok\"}", ACCEPTED },
    { "{\"STATUS\":\"Ok\"}", ACCEPTED },
    { " \r\n{ \"Status\" : \"OK\" }\t\n ", ACCEPTED },
    { "\xef\xbb\xbf{\"Status\":\"OK\"}", ACCEPTED },
    { "{\"id\":7,\"Status\":\"OK\",\"a\":[{}]}", ACCEPTED },
    { "{\"St\\u0061tus\":\"\\u004fK\"}", ACCEPTED },
    { "{\"Status\":\"OK\",\"note\":\"\\u0000\"}", ACCEPTED },
    { "{\"Status\":\"OK\",\"note\":\"\\\\uzzzz\"}", ACCEPTED },
    { "{\"Status\":\"OK\",\"status\":\"ok\"}", ACCEPTED },

    { "{\"Status\":\"Error\"}", REFUSED },
    { "{\"Status\":\"OK\",\"status\":\"Error\"}", REFUSED },
    { "{\"Status\":\"Error\",\"Status\":\"OK\"}", REFUSED },
    { "{\"Status\":\"OK \"}", REFUSED },
    { "{\"Status\":\"\"}", REFUSED },
    { "{\"Status \":\"OK\"}", REFUSED },
    { "{\"Status\":true}", REFUSED },
    { "{\"Status\":200}", REFUSED },
    { "{\"Status\":null}", REFUSED },
    { "{\"Status\":[\"OK\"]}", REFUSED },
    { "{\"Status\":{\"Status\":\"OK\"}}", REFUSED },
    { "{\"answer\":{\"Status\":\"OK\"}}", REFUSED },
    { "{\"Status\":\"OK\\u0000Error\"}", REFUSED },
    { "{\"Status\\u0000\":\"OK\"}", REFUSED },
    { "{}", REFUSED },
    { "[{\"Status\":\"OK\"}]", REFUSED },
    { "[]", REFUSED },
    { "\"OK\"", REFUSED },
    { "null", REFUSED },
    { "0", REFUSED },

    { "", OUTAGE },
    { " \n", OUTAGE },
    { "OK", OUTAGE },
    { "Status: OK", OUTAGE },
    { "<html>{\"Status\":\"OK\"}</html>", OUTAGE },
    { "{\"Status\":\"OK\"", OUTAGE },
    { "{\"Status\":\"OK\",", OUTAGE },
    { "{\"Status\":\"OK", OUTAGE },
    { "{\"Status\":\"OK\\", OUTAGE },
    { "{\"Status\":\"OK\\u", OUTAGE },
    { "{\"Status\":\"OK\\u00", OUTAGE },
    { "{\"Status\":\"OK\\uzzzz\"}", OUTAGE },
    { "{\"Status\":\"OK\"}}", OUTAGE },
    { "{\"Status\":\"OK\"}{\"Status\":\"OK\"}", OUTAGE },
    { "{\"Status\":\"OK\"} OK", OUTAGE },
    { "{Status:\"OK\"}", OUTAGE },
    { "{'Status':'OK'}", OUTAGE },
};


static const verdict_wait_t  verdict_waits[] = {
    { "1", 1000 },
    { "0", 1000 },
    { " 120\t", 120000 },
    { "007", 7000 },
    { "3600", 3600000 },
    { "3601", 3600000 },
    { "99999999999999999999999999999999", 3600000 },

    { "Tue, 24 Nov 2026 12:00:30 GMT", 30000 },
    { "Tuesday, 24-Nov-26 12:00:30 GMT", 30000 },
    { "Tue Nov 24 12:00:30 2026", 30000 },
    { "Sun Dec  6 12:00:30 2026", 3600000 },
    { "tue, 24 nov 2026 12:01:00 GMT", 60000 },
    { "Tue, 24 Nov 2026 11:00:00 GMT", 1000 },
    { "Sun, 06 Nov 1994 08:49:37 GMT", 1000 },
    { "Sunday, 06-Nov-94 08:49:37 GMT", 1000 },
    { "Fri, 31 Dec 9999 23:59:60 GMT", 3600000 },

    { "Thu, 01 Jan 1970 00:00:00 GMT", 1000 },
    { "\t 5", 5000 },
    { "5 ", 5000 },

    /* as long as can be, and longer */

    { "000000000000000000000000000000000000000000000000000000000000005",
      5000 },
    { "0000000000000000000000000000000000000000000000000000000000000005",
      0 },

    { "", 0 },
    { " \t", 0 },
    { "-1", 0 },
    { "+1", 0 },
    { "1.5", 0 },
    { "1 2", 0 },
    { "soon", 0 },
    { "Tue, 24 Nov 2026 12:00:30", 0 },
    { "Tue, 24 Nov 2026 12:00:30 UTC", 0 },
    { "Tue, 24 Nov 2026 12:00:30 GMT+1", 0 },
    { "Tue, 24 Nov 2026 24:00:30 GMT", 0 },
    { "Tue, 24 Nov 2026 -1:00:30 GMT", 0 },
    { "Tue, 24 Nov 2026 12:-1:30 GMT", 0 },
    { "Tue, 24 Nov 2026 12:60:30 GMT", 0 },
    { "Tue, 24 Nov 2026 12:00:-1 GMT", 0 },
    { "Tue, 24 Nov 2026 12:00:61 GMT", 0 },
    { "Wed, 31 Dec 1969 23:59:59 GMT", 0 },
    { "Tue, 24 Xyz 2026 12:00:30 GMT", 0 },
    { "Tue, 32 Nov 2026 12:00:30 GMT", 0 },
    { "Tue, -4 Nov 2026 12:00:30 GMT", 0 },
    { "Tue, 24 N 2026 12:00:30 GMT", 0 },
    { "24 Nov 2026 12:00:30 GMT", 0 },
    { "2026-11-24T12:00:30Z", 0 },
};


int
main(void)
{
    verdict_test_bodies();
    verdict_test_zero_byte();
    verdict_test_statuses();
    verdict_test_errors();
    verdict_test_read();
    verdict_test_no_json();
    verdict_test_retry_after();
    verdict_test_waits();

    return tap_done();
}


static void
verdict_test_bodies(void)
{
    size_t                  i;
    ngx_polycard_verdict_e  got;
    const verdict_body_t   *c;

    for (i = 0; i < sizeof(verdict_bodies) / sizeof(*c); i++) {
        c = &verdict_bodies[i];
        got = verdict_of(200, c->body);

        tap_ok(got == c->verdict, "200 %s: %d", c->body, got);
    }
}


/* as a byte of the body, wherever it is */

static void
verdict_test_zero_byte(void)
{
    size_t                         i;
    char                           body[] = "{\"Status\":\"OK\"} ";
    unsigned                       accepted;
    ngx_polycard_verdict_answer_t  answer;

    memset(&answer, 0, sizeof(answer));
    answer.status = 200;
    answer.complete = 1;

    for (accepted = 0, i = 0; i < sizeof(body) - 1; i++) {
        memcpy(body, "{\"Status\":\"OK\"} ", sizeof(body));
        body[i] = '\0';
        answer.body = tap_copy(body, sizeof(body) - 1);

        accepted += ngx_polycard_verdict(&answer) != OUTAGE;
    }

    tap_ok(accepted == 0, "a zero byte is no JSON: %u wrong", accepted);
}


static void
verdict_test_statuses(void)
{
    int                      status;
    size_t                   i;
    unsigned                 wrong;
    ngx_polycard_verdict_e   want, got;
    static const int         outages[] = { 401, 403, 404, 405, 407, 408, 410,
                                           425, 429 };

    for (wrong = 0, status = 0; status < 1000; status++) {
        want = status == 200 ? ACCEPTED
               : status >= 400 && status < 500 ? REFUSED : OUTAGE;

        for (i = 0; i < sizeof(outages) / sizeof(int); i++) {
            if (status == outages[i]) {
                want = OUTAGE;
            }
        }

        got = verdict_of(status, "{\"Status\":\"OK\"}");
        wrong += (got != want);
    }

    tap_ok(wrong == 0, "each status with the body OK: %u wrong", wrong);
    tap_ok(verdict_of(400, "") == REFUSED, "400 without a body");
    tap_ok(verdict_of(422, "<html>") == REFUSED, "422 without JSON");
}


static void
verdict_test_errors(void)
{
    int                            i;
    u_char                         reason[NGX_POLYCARD_VERDICT_REASON], *end;
    ngx_polycard_str_t             text;
    ngx_polycard_verdict_answer_t  answer;
    static const char             *reasons[] = {
        "status 200", "no connection", "TLS failed", "timed out",
        "answer cut off", "answer too long", "no HTTP", "carrier failed",
        "given up"
    };

    memset(&answer, 0, sizeof(answer));
    answer.body = tap_text("{\"Status\":\"OK\"}");
    answer.status = 200;
    answer.complete = 1;

    for (i = 0; i <= NGX_POLYCARD_VERDICT_UNKNOWN; i++) {
        answer.error = i;

        tap_ok(ngx_polycard_verdict(&answer)
               == (i == NGX_POLYCARD_VERDICT_WHOLE ? ACCEPTED : OUTAGE),
               "%s", reasons[i]);

        end = ngx_polycard_verdict_reason(reason, &answer,
                  i == NGX_POLYCARD_VERDICT_WHOLE ? REFUSED : OUTAGE);
        text = tap_text(reasons[i]);
        tap_is(reason, end - reason, &text, "its name: %s", reasons[i]);
    }

    answer.error = NGX_POLYCARD_VERDICT_WHOLE;
    answer.complete = 0;
    tap_ok(ngx_polycard_verdict(&answer) == OUTAGE, "not complete");

    answer.status = 400;
    tap_ok(ngx_polycard_verdict(&answer) == OUTAGE, "nor with 400");

    end = ngx_polycard_verdict_reason(reason, &answer, OUTAGE);
    text = tap_text("answer cut off");
    tap_is(reason, end - reason, &text, "its name");
}


/* the reasons as numbers: each is read as itself, and nothing else is read */

static void
verdict_test_read(void)
{
    int                  i;
    u_char               reason[NGX_POLYCARD_VERDICT_REASON], *end;
    int64_t              code;
    ngx_polycard_str_t   text;
    static const char   *known[] = {
        "no connection", "TLS failed", "timed out", "answer cut off",
        "answer too long", "no HTTP", "carrier failed", "given up",
        "200 without JSON", "status 100", "status 401", "status 999"
    };
    static const char   *unknown[] = {
        "", "status", "status ", "status 99", "status 1000", "status 4011",
        "status 0401", "no connection ", "timed", "+380671112233"
    };

    for (i = 0; i < (int) (sizeof(known) / sizeof(known[0])); i++) {
        text = tap_text(known[i]);
        code = ngx_polycard_verdict_read(&text);
        end = ngx_polycard_verdict_print(reason, code);

        tap_ok(code > 0, "known: %s", known[i]);
        tap_is(reason, end - reason, &text, "... and as it was");
    }

    for (i = 0; i < (int) (sizeof(unknown) / sizeof(unknown[0])); i++) {
        text = tap_text(unknown[i]);
        tap_ok(ngx_polycard_verdict_read(&text) == 0, "unknown: \"%s\"",
               unknown[i]);
    }
}


static void
verdict_test_no_json(void)
{
    size_t                         i;
    u_char                         reason[NGX_POLYCARD_VERDICT_REASON], *end;
    ngx_polycard_str_t             text;
    ngx_polycard_verdict_answer_t  answer;
    static const char             *bodies[] = {
        "", "<html>OK</html>", "\x1f\x8b\x08", "OK", "{\"Status\":\"OK\"",
        "{\"Status\":\"OK\"}{"
    };

    memset(&answer, 0, sizeof(answer));
    answer.status = 200;
    answer.complete = 1;

    text = tap_text("200 without JSON");

    for (i = 0; i < sizeof(bodies) / sizeof(char *); i++) {
        answer.body = tap_text(bodies[i]);

        end = ngx_polycard_verdict_reason(reason, &answer,
                                          ngx_polycard_verdict(&answer));
        tap_is(reason, end - reason, &text, "200 with \"%s\"", bodies[i]);
    }

    answer.body = tap_text("{\"Status\":\"Error\"}");
    text = tap_text("status 200");

    end = ngx_polycard_verdict_reason(reason, &answer,
                                      ngx_polycard_verdict(&answer));
    tap_is(reason, end - reason, &text, "200 with JSON that says no");

    answer.status = 503;
    text = tap_text("status 503");

    end = ngx_polycard_verdict_reason(reason, &answer,
                                      ngx_polycard_verdict(&answer));
    tap_is(reason, end - reason, &text, "an outage by its status");
}


static void
verdict_test_retry_after(void)
{
    size_t                 i;
    int64_t                got;
    ngx_polycard_str_t     value;
    const verdict_wait_t  *c;

    for (i = 0; i < sizeof(verdict_waits) / sizeof(*c); i++) {
        c = &verdict_waits[i];
        value = tap_text(c->value);
        got = ngx_polycard_verdict_retry_after(&value, NOW);

        tap_ok(got == c->wait, "Retry-After: %s: %" PRId64, c->value, got);
    }

    value = tap_copy("1\0002", 3);
    tap_ok(ngx_polycard_verdict_retry_after(&value, NOW) == 0,
           "Retry-After with a zero byte");

    value = tap_text("Thu, 29 Feb 2024 00:00:10 GMT");
    tap_ok(ngx_polycard_verdict_retry_after(&value, INT64_C(1709164800))
           == 10000, "a leap day");
}


static void
verdict_test_waits(void)
{
    size_t                i, n;
    int64_t               wait, low, high;
    static const int64_t  list[] = { 1000, 5000, 30000 };
    static const int64_t  want[] = { 1000, 5000, 30000, 30000, 30000 };

    for (n = 1; n <= 5; n++) {
        low = INT64_MAX;
        high = 0;

        for (i = 0; i < 100000; i++) {
            wait = ngx_polycard_verdict_wait(list, 3, n,
                                             tap_random(UINT32_MAX));
            low = wait < low ? wait : low;
            high = wait > high ? wait : high;
        }

        tap_ok(low >= want[n - 1] * 8 / 10 && low < want[n - 1] * 81 / 100
               && high <= want[n - 1] * 12 / 10
               && high > want[n - 1] * 119 / 100,
               "failure %zu: %" PRId64 " to %" PRId64 " ms", n, low, high);
    }

    tap_ok(ngx_polycard_verdict_wait(list, 3, 1, 0) == 800
           && ngx_polycard_verdict_wait(list, 3, SIZE_MAX, 0) == 24000,
           "the shortest");
    tap_ok(ngx_polycard_verdict_wait(list, 3, 0, 0) == 800,
           "before any failure: as after the first");
}


static ngx_polycard_verdict_e
verdict_of(int status, const char *body)
{
    ngx_polycard_verdict_answer_t  answer;

    memset(&answer, 0, sizeof(answer));
    answer.status = status;
    answer.complete = 1;
    answer.body = tap_text(body);

    return ngx_polycard_verdict(&answer);
}
