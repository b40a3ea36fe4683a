
#include "tap.h"
#include "core/mask.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    const char  *text;
    const char  *masked;
} mask_case_t;


static void mask_test_phones(void);
static void mask_test_lines(void);
static void mask_test_secrets(void);
static void mask_test_bytes(void);


static const mask_case_t  mask_phones[] = {

    { "380671112233", "38067***2233" },
    { "", "" },
    { "38067111223", "***********" },
    { "3806711122334", "*************" },
    { "480671112233", "************" },
    { "38067111223x", "************" },
    { "x", "*" }
};


static const mask_case_t  mask_lines[] = {

    { "", "" },
    { "GET / HTTP/1.1", "GET / HTTP/1.1" },

    /* parameters */

    { "GET /getClient?phone=380671112233 HTTP/1.1",
      "GET /getClient?phone=38067***2233 HTTP/1.1" },
    { "GET /getClient?phone=0671112233&token=abc HTTP/1.1",
      "GET /getClient?phone=**********&token=*** HTTP/1.1" },
    { "GET /x?%70hone=%33%38%30 HTTP/1.1",
      "GET /x?%70hone=********* HTTP/1.1" },
    { "GET /x?barcode=C-1&name=%D0%A8=&=a HTTP/1.1",
      "GET /x?barcode=***&name=*******&=* HTTP/1.1" },
    { "GET /x?limit=100&offset=5&after=77&limits=5 HTTP/1.1",
      "GET /x?limit=100&offset=5&after=77&limits=* HTTP/1.1" },
    { "GET /x?xlimit=100&after HTTP/1.1",
      "GET /x?xlimit=***&***** HTTP/1.1" },
    { "GET /x?Olha&&380671112233& HTTP/1.1",
      "GET /x?****&&38067***2233& HTTP/1.1" },
    { "GET /x?a=b?c=d HTTP/1.1", "GET /x?a=***** HTTP/1.1" },
    { "rewritten data: \"/x\", args: \"phone=380671112233&name=Olha\"",
      "rewritten data: \"/x\", args: \"phone=38067***2233&name=****\"" },
    { "GET /x?380671112233=1&a380671112233a=2",
      "GET /x?38067***2233=*&a38067***2233a=*" },
    { "GET /x?Olha?Olha?a=b", "GET /x?****?****?a=*" },
    { "?", "?" },
    { "=", "=" },
    { "x=", "x=" },
    { "x=\"y\"", "x=\"y\"" },

    /* credentials */

    { "\"Bearer abc\" matches", "\"Bearer ***\" matches" },
    { "authorization: basic YWJj=, x", "authorization: basic *****, x" },
    { "Bearer ", "Bearer " },
    { "Bearing a Basis", "Bearing a Basis" },

    /* e-mail */

    { "to <olha.s@example.com>", "to <******@***********>" },
    { "\"olha%40example.com\"", "\"****%40***********\"" },
    { "Олег@example.com", "********@***********" },
    { "named location \"@fallback\"", "named location \"@fallback\"" },
    { "a@", "a@" },
    { "@", "@" },
    { "%4", "%4" },
    { "100%40", "100%40" },

    /* numbers */

    { "open() \"/html/380671112233/2000000000015\" failed",
      "open() \"/html/38067***2233/*************\" failed" },
    { "body: 104857600 bytes, port 65535, 1234567890",
      "body: 104857600 bytes, port 65535, **********" },
    { "x380671112233x", "x38067***2233x" },
    { "1380671112233", "*************" }
};


static const mask_case_t  mask_secrets[] = {

    { "abc", "***" },
    { "abcabcab", "******ab" },
    { "xabcx", "x***x" },
    { "ab", "ab" },
    { "", "" },
    { "ababc", "ab***" }
};


int
main(void)
{
    mask_test_phones();
    mask_test_lines();
    mask_test_secrets();
    mask_test_bytes();

    return tap_done();
}


static void
mask_test_phones(void)
{
    size_t              i;
    ngx_polycard_str_t  text, want;

    for (i = 0; i < sizeof(mask_phones) / sizeof(mask_phones[0]); i++) {
        text = tap_text(mask_phones[i].text);
        want = tap_text(mask_phones[i].masked);

        ngx_polycard_mask_phone(text.data, text.len);

        tap_is(text.data, text.len, &want, "phone: %s",
               mask_phones[i].masked);
    }

    tap_free();
}


static void
mask_test_lines(void)
{
    size_t              i;
    ngx_polycard_str_t  text, want;

    for (i = 0; i < sizeof(mask_lines) / sizeof(mask_lines[0]); i++) {
        text = tap_text(mask_lines[i].text);
        want = tap_text(mask_lines[i].masked);

        ngx_polycard_mask_line(text.data, text.len);

        tap_is(text.data, text.len, &want, "line: %s", mask_lines[i].masked);
    }

    tap_free();
}


static void
mask_test_secrets(void)
{
    size_t              i;
    ngx_polycard_str_t  text, want, secret;

    secret = tap_text("abc");

    for (i = 0; i < sizeof(mask_secrets) / sizeof(mask_secrets[0]); i++) {
        text = tap_text(mask_secrets[i].text);
        want = tap_text(mask_secrets[i].masked);

        ngx_polycard_mask_secret(text.data, text.len, secret.data,
                                 secret.len);

        tap_is(text.data, text.len, &want, "secret: %s",
               mask_secrets[i].masked);
    }

    text = tap_text("abc");
    want = tap_text("abc");

    ngx_polycard_mask_secret(text.data, text.len, text.data, 0);

    tap_is(text.data, text.len, &want, "no secret");
    tap_free();
}


/* whatever stands there, no byte outside is touched, and no phone is left */

static void
mask_test_bytes(void)
{
    static const char  alphabet[] = "?&=@% \"ab\0B\xd0\xa8" "0123456789";
    static const char  phone[] = "380671112233";

    size_t              i, n, len, whole;
    ngx_polycard_str_t  text;

    whole = 0;

    for (n = 0; n < 20000; n++) {
        len = tap_random(40);
        text = tap_copy("0000000000000000000000000000000000000000", len);

        for (i = 0; i < len; i++) {
            text.data[i] = alphabet[tap_random(sizeof(alphabet) - 1)];
        }

        if (len > sizeof(phone)) {
            i = tap_random(len - sizeof(phone));
            memcpy(text.data + i, phone, sizeof(phone) - 1);
        }

        ngx_polycard_mask_line(text.data, len);

        for (i = 0; i + sizeof(phone) - 1 <= len; i++) {
            whole += (memcmp(text.data + i, phone, sizeof(phone) - 1) == 0);
        }

        tap_free();
    }

    tap_ok(whole == 0, "no phone is left in 20000 random lines");
}
