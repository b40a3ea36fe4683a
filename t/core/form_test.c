
#include "tap.h"
#include "core/form.h"
#include "core/json.h"

#include <stdlib.h>
#include <string.h>


#define S(s)   ngx_polycard_string(s)


typedef struct {
    ngx_polycard_str_t   body;
    const char          *outcome;
} form_case_t;


static void form_test_cases(void);
static void form_test_bytes(void);
static void form_test_twice(void);
static void form_test_scratch(void);
static void form_test_json(void);
static const char *form_read(const void *data, size_t len);


static const form_case_t  form_cases[] = {

    { S(""), "" },
    { S("phone=380671112233"), "[phone=380671112233]" },
    { S("phone=380671112233&surname=%D0%A8%D0%B5%D0%B2%D1%87%D0%B5%D0%BD"
        "%D0%BA%D0%BE&name=%d0%a2%d0%b0%d1%80%d0%b0%d1%81&bonus=10.50"),
      "[phone=380671112233][surname=Шевченко][name=Тарас][bonus=10.5]" },
    { S("name=Тарас"), "[name=Тарас]" },
    { S("name=a+b%20c%2Bd"), "[name=a b c+d]" },
    { S("name=%26%3D%25"), "[name=&=%]" },
    { S("name=a=b=c"), "[name=a=b=c]" },
    { S("n%61me=x"), "[name=x]" },
    { S("loyalty%5fgroup%5Fid=3"), "[loyalty_group_id=3]" },

    /* nothing, and not in the table */

    { S("&"), "" },
    { S("&&&name=x&&"), "[name=x]" },
    { S("="), "" },
    { S("=x&name=y"), "[name=y]" },
    { S("name"), "" },
    { S("name="), "" },
    { S("name&surname=x"), "[surname=x]" },
    { S("Name=x&names=x&nam=x&+name=x&name+=x"), "" },
    { S("title=%&x=%zz&%=1&%z=2&y=%ff&y=%00"), "" },
    { S("name;surname=x"), "" },
    { S("a=1;name=x"), "" },

    /* a broken escape in a value */

    { S("name=%"), "name holds a broken % escape" },
    { S("name=%4"), "name holds a broken % escape" },
    { S("name=%4&surname=1"), "name holds a broken % escape" },
    { S("name=%4g"), "name holds a broken % escape" },
    { S("name=%g4"), "name holds a broken % escape" },
    { S("name=%%41"), "name holds a broken % escape" },
    { S("name=%-1"), "name holds a broken % escape" },
    { S("name=% 1"), "name holds a broken % escape" },
    { S("name=%0x41"), "name holds a broken % escape" },
    { S("name=100%"), "name holds a broken % escape" },
    { S("name=%u0422"), "name holds a broken % escape" },

    /* what the check says of a value */

    { S("name=a%00b"), "name holds control characters" },
    { S("name=a\0b"), "name holds control characters" },
    { S("name=a%0D%0Ab"), "name holds control characters" },
    { S("name=%FF"), "name is not valid UTF-8" },
    { S("name=%D0"), "name is not valid UTF-8" },
    { S("name=%C0%80"), "name is not valid UTF-8" },
    { S("phone=%2B380671112233"), "phone must be 380 and 9 digits" },
    { S("phone=+380671112233"), "phone must be 380 and 9 digits" },
    { S("sex=Male"), "sex must be male or female" },
    { S("birthday=1987-12-31"), "birthday must be a day as YYYYMMDD" },
    { S("bonus=0x10"), "bonus must be a number" },
    { S("bonus=1%2C5"), "bonus must be a number" },
    { S("bonus=%2B5"), "bonus must be a number" },
    { S("bonus=1e3"), "[bonus=1000]" },
    { S("bonus=1e%2B3"), "[bonus=1000]" },
    { S("bonus=0.30000000000000004"), "[bonus=0.3]" },
    { S("bonus=null"), "bonus must be a number" },
    { S("loyalty_group_id=007"), "loyalty_group_id must be a whole number" },
    { S("loyalty_group_id=3.0"), "loyalty_group_id must be a whole number" },

    /* twice */

    { S("surname=a&surname=b"), "surname is given twice" },
    { S("surname=a&surname=a"), "surname is given twice" },
    { S("surname=&surname=a"), "surname is given twice" },
    { S("surname&surname"), "surname is given twice" },
    { S("surname=a&s%75rname=b"), "surname is given twice" },
    { S("x=1&x=2"), "" },
};


int
main(void)
{
    form_test_cases();
    form_test_bytes();
    form_test_twice();
    form_test_scratch();
    form_test_json();

    return tap_done();
}


/* what the reader of JSON takes is known by its beginning, and no form is */

static void
form_test_json(void)
{
    size_t  i;

    static const ngx_polycard_str_t  json[] = {
        S("{}"), S(" \t\r\n{\"name\":\"x\"}"), S("\xef\xbb\xbf{}"),
        S("\xef\xbb\xbf \v\x01{}"), S("[]"), S("{")
    };

    static const ngx_polycard_str_t  others[] = {
        S("   "), S("\xef\xbb\xbf"), S("x{}"), S("\xef\xbb{}"), S("%7B%7D"),
        S("\xc2\xa0{}")
    };

    for (i = 0; i < sizeof(json) / sizeof(ngx_polycard_str_t); i++) {
        tap_ok(ngx_polycard_json_begins(&json[i]), "JSON: %.*s",
               (int) json[i].len, json[i].data);
    }

    for (i = 0; i < sizeof(others) / sizeof(ngx_polycard_str_t); i++) {
        tap_ok(!ngx_polycard_json_begins(&others[i]), "not JSON: %.*s",
               (int) others[i].len, others[i].data);
    }

    for (i = 0; i < sizeof(form_cases) / sizeof(form_case_t); i++) {
        tap_ok(!ngx_polycard_json_begins(&form_cases[i].body),
               "a form: %.*s", (int) form_cases[i].body.len,
               form_cases[i].body.data);
    }
}


static void
form_test_cases(void)
{
    size_t              i;
    const form_case_t  *c;

    for (i = 0; i < sizeof(form_cases) / sizeof(*c); i++) {
        c = &form_cases[i];

        tap_is_str(form_read(c->body.data, c->body.len), c->outcome,
                   "body %.*s", (int) c->body.len, c->body.data);
    }
}


/* every byte, escaped in small and capital letters, and any %XX */

static void
form_test_bytes(void)
{
    int                    rc;
    char                   hex[3];
    u_char                 body[8], scratch[8 + NGX_POLYCARD_INPUT_EXTRA];
    unsigned               c, d, bad, good;
    ngx_polycard_str_t     text;
    ngx_polycard_input_t   in;

    memcpy(body, "name=%", 6);
    bad = 0;

    for (c = 0; c < 256; c++) {
        for (d = 0; d < 256; d++) {
            body[6] = c;
            body[7] = d;
            text = tap_copy(body, 8);

            hex[0] = c;
            hex[1] = d;
            hex[2] = '\0';
            good = c && d && strspn(hex, "0123456789abcdefABCDEF") == 2;

            /* "&" ends the value */

            ngx_polycard_input_init(&in, &ngx_polycard_client, scratch,
                                    sizeof(scratch));
            rc = ngx_polycard_form_read(&in, &text);

            bad += (rc == NGX_POLYCARD_OK) != good;

            if (good) {
                bad += in.value[NGX_POLYCARD_CLIENT_NAME].len != 1
                       || in.value[NGX_POLYCARD_CLIENT_NAME].data[0]
                          != (u_char) strtoul(hex, NULL, 16);
            }

            tap_free();
        }
    }

    tap_ok(bad == 0, "all of %%XX: %u wrong", bad);
}


/* a query and a body are one request */

static void
form_test_twice(void)
{
    int                    rc;
    u_char                 scratch[64 + NGX_POLYCARD_INPUT_EXTRA];
    ngx_polycard_str_t     query, body;
    ngx_polycard_input_t   in;

    query = tap_text("name=x&bonus=7.50");
    body = tap_text("surname=y&discount=3");

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch,
                            sizeof(scratch));
    (void) ngx_polycard_form_read(&in, &query);
    (void) ngx_polycard_form_read(&in, &body);
    rc = ngx_polycard_input_check(&in, 0);

    tap_is_str(tap_outcome(rc, &in),
               "[surname=y][name=x][bonus=7.5][discount=3]",
               "two texts in one input");

    rc = ngx_polycard_form_read(&in, &body);
    tap_is_str(tap_outcome(rc, &in), "surname is given twice",
               "the same in both");
}


static void
form_test_scratch(void)
{
    int                    rc;
    ngx_polycard_str_t     body, scratch;
    ngx_polycard_input_t   in;

    body = tap_text("name=abc");
    scratch = tap_text("1234567");

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch.data, 7);
    rc = ngx_polycard_form_read(&in, &body);
    tap_is_str(tap_outcome(rc, &in), "the request is too large",
               "too little scratch memory");

    scratch = tap_text("12345678");

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch.data, 8);
    rc = ngx_polycard_form_read(&in, &body);
    tap_is_str(tap_outcome(rc, &in), "[name=abc]", "just enough");
}


static const char *
form_read(const void *data, size_t len)
{
    int                    rc;
    const char            *outcome;
    ngx_polycard_str_t     body, scratch;
    ngx_polycard_input_t   in;
    static const u_char    extra[NGX_POLYCARD_INPUT_EXTRA + 4096];

    body = tap_copy(data, len);
    scratch = tap_copy(extra, len + NGX_POLYCARD_INPUT_EXTRA);

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch.data,
                            scratch.len);

    rc = ngx_polycard_form_read(&in, &body);

    if (rc == NGX_POLYCARD_OK) {
        rc = ngx_polycard_input_check(&in, 0);
    }

    outcome = tap_outcome(rc, &in);
    tap_free();

    return outcome;
}
