
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
static void mask_test_requests(void);
static void mask_test_bytes(void);
static void mask_test_anywhere(void);
static void mask_test_long(void);
static int mask_test_shows(const ngx_polycard_str_t *text, const char *secret);


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

    /* a sign is no quote: what follows stays */

    { "?name HTTP/1.1", "?**** HTTP/1.1" },
    { "n=1 \xd0\x87\xd0\x87", "n=* \xd0\x87\xd0\x87" },
    { "n=1&phone=380671112233", "n=*&phone=38067***2233" },
    { "n=1& x", "n=*& x" },

    { "", "" },
    { "GET / HTTP/1.1", "GET / HTTP/1.1" },

    /* parameters */

    { "\"/x?phone=380671112233\" is", "\"/x?phone=38067***2233\" is" },
    { "\"/x?xlimit=100&after\"", "\"/x?******=***&*****\"" },
    { "\"/x?offset=5;token=abc&limit=Olha\"",
      "\"/x?offset=***********&limit=****\"" },
    { "\"/x?name=a\"Olha\", host", "\"/x?name=******\", host" },
    { "\"/x?name=a\",Olha\" failed", "\"/x?name=*******\" failed" },
    { "/x?Olha?Olha?a=b", "/x?***********=*" },
    { "rewritten data: \"/x\", args: \"phone=380671112233&name=Olha\"",
      "rewritten data: \"/x\", args: \"phone=38067***2233&name=****\"" },
    { "args: \"Olha\" Olha\"", "args: \"**********\"" },
    { "\"^x\" matches \"Olha abc\", x", "\"^x\" matches \"********\", x" },
    { "\"^x\" does not match \"/Olha/api?a=b\"",
      "\"^x\" does not match \"/****/api?*=*\"" },
    { "user \"Olha\": password mismatch",
      "user \"****\": password mismatch" },
    { "limit=100, offset=380671112233, charset=utf-8",
      "limit=100, offset=38067***2233, charset=*****" },
    { "?", "?" },
    { "=", "=" },
    { "\"", "\"" },
    { "user \"", "user \"" },
    { "x=", "x=" },
    { "x=\"y\"", "x=**\"" },

    /* credentials */

    { "\"Bearer abc\" matches", "\"Bearer ***\" matches" },
    { "authorization: basic YWJj=, x", "authorization: basic *****, x" },
    { "Bearer abc", "Bearer ***" },
    { "Bearer a", "Bearer *" },
    { "Basic a", "Basic *" },
    { "Bearer abc def", "Bearer *** def" },
    { "Bearer ", "Bearer " },
    { "Bearer-abc Basic-abc", "Bearer-abc Basic-abc" },
    { "Bearing a Basis", "Bearing a Basis" },

    /* e-mail */

    { "to <olha.s@example.com>", "to <******@***********>" },
    { "to olha_s@my-shop.example", "to ******@***************" },
    { "\"olha%40example.com\"", "\"****%40***********\"" },
    { "Олег@example.com", "********@***********" },
    { "named location \"@fallback\"", "named location \"@fallback\"" },
    { "a@", "a@" },
    { "A@Z.UA", "*@****" },
    { "@", "@" },
    { "%4", "%4" },
    { "100%40", "100%40" },

    /* numbers */

    { "open() \"/html/380671112233/2000000000015\" failed",
      "open() \"/html/38067***2233/*************\" failed" },
    { "body: 104857600 bytes, port 65535, 1234567890",
      "body: 104857600 bytes, port 65535, **********" },
    { "x380671112233x", "x38067***2233x" },
    { "+380 (67) 111-22-33 is", "+****************** is" },
    { "no 12 067\302\240111 22 33", "no 12 **************" },
    { "from 10.0.0.1, 80.167.111.222:6379",
      "from 10.0.0.1, 80.167.111.222:6379" },
    { "067 111 22 334, 067 111", "067 111 22 334, 067 111" },
    { "\"/html/\xd0\xa8\" \xd0", "\"/html/**\" *" },
    { "1380671112233", "*************" }
};


/* "/below/" is the name of the location */

static const mask_case_t  mask_requests[] = {

    { "", "" },
    { "GET", "GET" },
    { "GET ", "GET " },
    { "GET /x", "GET /*" },
    { "GET / HTTP/1.1", "GET / HTTP/1.1" },
    { "OLHA /api HTTP/1.12", "**** /api *********" },
    { "POST /api/v1/web_service/addclient HTTP/2.0",
      "POST /api/v1/web_service/addclient HTTP/2.0" },
    { "GET /below/Olha/380671112233 HTTP/1.1",
      "GET /below/****/38067***2233 HTTP/1.1" },
    { "GET /belows/api;x HTTP/1.1", "GET /******/***** HTTP/1.1" },
    { "GET http://olha:abc@x/api HTTP/1.1",
      "GET *****//**********/api HTTP/1.1" },
    { "GET /below/ Olha ?a HTTP/1.1", "GET /below/******?* HTTP/1.1" },
    { "GET /below/?phone=380671112233&token=abc HTTP/1.1",
      "GET /below/?phone=38067***2233&token=*** HTTP/1.1" },
    { "GET /below/?limit=100&offset=9999999&after=77&limits=5 HTTP/1.1",
      "GET /below/?limit=100&offset=9999999&after=77&******=* HTTP/1.1" },
    { "GET /below/?limit=67111223&after=-1&offset=&offset HTTP/1.1",
      "GET /below/?limit=********&after=**&offset=&****** HTTP/1.1" },
    { "GET /below/?a=b?token=c&limit=1;token=c&limit=1?token=c HTTP/1.1",
      "GET /below/?*=*********&limit=*********&limit=********* HTTP/1.1" },
    { "GET /below/?limit=1\"Olha\"&%70hone=%33%38&Olha=&=a HTTP/1.1",
      "GET /below/?limit=*******&*******=******&****=&=* HTTP/1.1" },
    { "GET /below/?phone=380671112233#token=abc HTTP/1.1",
      "GET /below/?phone=********************** HTTP/1.1" },
    { "GET /below/?380671112233=1&&bonus=5&name=Olha HTTP/1.1",
      "GET /below/?38067***2233=*&&bonus=*&name=**** HTTP/1.1" },
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
    mask_test_requests();
    mask_test_bytes();
    mask_test_anywhere();
    mask_test_long();

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


/* of what stands before an "@" no more than so much is looked at */

static void
mask_test_long(void)
{
    size_t              i;
    ngx_polycard_str_t  text;
    char                line[400 + 13];

    memset(line, 'a', sizeof(line));
    memcpy(line + 400, "@shop.example", 13);

    text = tap_copy(line, sizeof(line));

    ngx_polycard_mask_line(text.data, text.len);

    for (i = 0; text.data[i] == 'a'; i++) { /* void */ }

    tap_ok(i <= 400 - 255 && memchr(text.data + i, 'a', 400 - i) == NULL,
           "an address with 400 letters: the last 255 are masked");
    tap_ok(memcmp(text.data + 401, "shop", 4) != 0, "... and its host");

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


static void
mask_test_requests(void)
{
    size_t              i;
    ngx_polycard_str_t  text, want, known;

    known = tap_text("/below/");

    for (i = 0; i < sizeof(mask_requests) / sizeof(mask_requests[0]); i++) {
        text = tap_text(mask_requests[i].text);
        want = tap_text(mask_requests[i].masked);

        ngx_polycard_mask_request(text.data, text.len, &known);

        tap_is(text.data, text.len, &want, "request: %s",
               mask_requests[i].masked);
    }

    tap_free();
}


/* what is secret, in requests that are made of what requests are made of */

static void
mask_test_anywhere(void)
{
    static const char  *secrets[] = {
        "380671112233", "0671112233", "671112233", "Olha-Sofiia", "S3cretToken",
        "\xd0\xa8\xd0\xb5\xd0\xb2", "%D0%A8%D0%B5", "olha@example.com",
        "IVANENKO", "19491123"
    };
    static const char  *pieces[] = {
        "GET ", "POST ", " HTTP/1.1", " ", "/", "/below/", "api", "v1",
        "getClient", "?", "&", "=", ";", "\"", "#", "offset=", "limit=",
        "after=", "phone=", "token=", "name=", "limit", "1", "42", "%3D",
        "%26", "+", "http://", "@", ":", "\"?", "?offset=", "&after=", "Bearer "
    };

    char                line[1024];
    size_t              n, i, secret, at, shown;
    const char         *s;
    ngx_polycard_str_t  text, known;

    known = tap_text("/below/");
    shown = 0;

    for (n = 0; n < 100000; n++) {
        secret = tap_random(sizeof(secrets) / sizeof(char *));
        at = tap_random(12);
        line[0] = '\0';

        for (i = 0; i < 12; i++) {
            s = i == at ? secrets[secret]
                        : pieces[tap_random(sizeof(pieces) / sizeof(char *))];
            strcat(line, s);
        }

        text = tap_copy(line, strlen(line));
        ngx_polycard_mask_request(text.data, text.len, &known);

        if (mask_test_shows(&text, secrets[secret])) {
            shown++;
            tap_ok(0, "%s of %s", secrets[secret], line);
        }

        if (n % 1000 == 0) {
            tap_free();
            known = tap_text("/below/");
        }
    }

    tap_ok(shown == 0, "nothing secret is shown of 100000 requests");
    tap_free();
}


/* the secret, or all but its ends */

static int
mask_test_shows(const ngx_polycard_str_t *text, const char *secret)
{
    size_t  i, len;

    len = strlen(secret) - 2;
    secret++;

    for (i = 0; i + len <= text->len; i++) {
        if (memcmp(text->data + i, secret, len) == 0) {
            return 1;
        }
    }

    return 0;
}
