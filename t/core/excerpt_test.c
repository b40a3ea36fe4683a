
#include "tap.h"
#include "core/attributes.h"
#include "core/excerpt.h"

#include <stdio.h>
#include <string.h>


typedef struct {
    const char  *body;
    const char  *shown;
} excerpt_text_t;


static void excerpt_test_texts(void);
static void excerpt_test_others(void);
static void excerpt_test_many(void);
static void excerpt_test_number(void);
static void excerpt_test_characters(void);
static void excerpt_test_end(void);
static void excerpt_is_shown(const ngx_polycard_str_t *body,
    const char *shown, const char *name);
static void excerpt_is(const char *data, const char *body,
    const char *shown);


static const char  excerpt_token[] = "0123456789abcdefghijklmnopqrstuv";

static const char  excerpt_data[] =
    "{\"phone\":\"380671112233\",\"surname\":\"O'Hara\","
    "\"name\":\"\xd0\xa2\xd0\xb0\xd1\x80\xd0\xb0\xd1\x81\","
    "\"middlename\":\"a \\\"quoted\\\" x\","
    "\"email\":\"taras.s@example.com\",\"sex\":\"male\","
    "\"birthday\":\"19900307\",\"barcode\":\"C-12\",\"bonus\":7.5,"
    "\"loyalty_group_id\":7}";


static const excerpt_text_t  excerpt_texts[] = {
    { "", "" },
    { "{\"Status\":\"Error\"}", "{\"Status\":\"Error\"}" },
    { "a\\b\"c", "a\\b\"c" },
    { "no client 380671112233!", "no client ************!" },
    { "+380671112233380671112234", "+************************" },
    { "no client +380 (67) 111-22-33!", "no client +******************!" },
    { "067-111-22-33 is not 067-111-22-3",
      "************* is not 067-111-22-3" },
    { "12345678", "12345678" },
    { "123456789", "*********" },
    { "x0123456789abcdefghijklmnopqrstuvy",
      "x********************************y" },
    { "token=0123456789abcdefghijklmnopqrstu",
      "token=**********abcdefghijklmnopqrstu" },

    /* where one begins within the other */

    { "90123456789abcdefghijklmnopqrstuv",
      "*********************************" },
    { "0123456789abcdefghijklmnopqrstuv0123456789abcdefghijklmnopqrstuv1",
      "****************************************************************1" },

    { "a\001b\177c\n", "a\\u0001b\\u007fc\\u000a" },
    { "\xc2\x85\xe2\x80\xa8", "\\u0085\\u2028" },
    { "\xd0\xa8\xd0\x98", "\xd0\xa8\xd0\x98" },
    { "\xff\xd0", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "\"\"\\", "\"\"\\" },

    /* the person whom the hook is about, in any case, escaped or not */

    { "no such client: \xd0\xa2\xd0\xb0\xd1\x80\xd0\xb0\xd1\x81",
      "no such client: **********" },
    { "\xd1\x82\xd0\x90\xd0\xa0\xd0\x90\xd1\x81\xd1\x83",
      "**********\xd1\x83" },
    { "\"\\u0422\\u0430\\u0440\\u0430\\u0441\"",
      "\"******************************\"" },
    { "\\\"\\\\u0422\\\\u0430\\\\u0440\\\\u0430\\\\u0441\\\"",
      "\\\"***********************************\\\"" },
    { "\\u0422\\u0430\\u0440\\u0430", "\\u0422\\u0430\\u0440\\u0430" },
    { "O'HARA, o\\u0027hara", "******, ***********" },
    { "mail Taras.S@Example.com twice: taras.s@example.com",
      "mail ******************* twice: *******************" },
    { "card c-12 C-12 c-1", "card **** **** c-1" },
    { "born 19900307", "born ********" },
    { "a \"quoted\" x, A \\\"QUOTED\\\" X", "************, **************" },
    { "x, male, 7.5, group 7", "x, male, 7.5, group 7" },
    { "\\", "\\" },
    { "\\u04", "\\u04" },
    { "\\u042g", "\\u042g" },
    { "\\u04 2", "\\u04 2" },
    { "\\u04:2", "\\u04:2" },
};


/* what tells of nobody */

static const char  *excerpt_others[] = {
    "",
    "{}",
    "[]",
    "[\"Taras\"]",
    "{\"client_phone\":\"380671112233\",\"change\":1,\"total\":7}",
    "{\"id\":3,\"title\":\"Taras\",\"loyaltyType\":\"x\"}",
};


int
main(void)
{
    excerpt_test_texts();
    excerpt_test_others();
    excerpt_test_many();
    excerpt_test_number();
    excerpt_test_characters();
    excerpt_test_end();

    return tap_done();
}


static void
excerpt_test_texts(void)
{
    size_t                 i;
    ngx_polycard_str_t     body;
    const excerpt_text_t  *c;

    for (i = 0; i < sizeof(excerpt_texts) / sizeof(*c); i++) {
        c = &excerpt_texts[i];
        body = tap_text(c->body);
        excerpt_is_shown(&body, c->shown, c->shown);
    }
}


static void
excerpt_test_others(void)
{
    size_t  i;

    for (i = 0; i < sizeof(excerpt_others) / sizeof(char *); i++) {
        excerpt_is(excerpt_others[i], "Taras 380671112233 x",
                   "Taras ************ x");
    }

    excerpt_is("{\"name\":", "Taras", "");
    excerpt_is("{\"name\":\"x\",\"surname\":\"\",\"email\":1}", "x y 1",
               "x y 1");
}


/* one attribute again and again: there is room for as many as there are */

static void
excerpt_test_many(void)
{
    int     i;
    char    data[1024], *p;

    p = data;
    *p++ = '{';

    for (i = 0; i <= NGX_POLYCARD_ATTRIBUTES_MAX; i++) {
        p += sprintf(p, "%s\"name\":\"N%02d\"", i ? "," : "", i);
    }

    strcpy(p, "}");
    excerpt_is(data, "n00 N11 x99", "*** *** x99");
}


/* a token of digits, which a longer number begins with */

static void
excerpt_test_number(void)
{
    u_char               room[NGX_POLYCARD_EXCERPT_ROOM], *end;
    ngx_polycard_str_t   token, data, body, want;

    token = tap_text("01234567890123456789012345678901");
    data = tap_text("");
    body = tap_text("0123456789012345678901234567890123456789 1");
    want = tap_text("**************************************** 1");
    end = ngx_polycard_excerpt_print(room, &body, &token, &data);

    tap_is(room, end - room, &want, "all of the number is masked");
}


static void
excerpt_test_characters(void)
{
    /* two characters are enough, whatever stands around them */

    excerpt_is("{\"name\":\"Li\"}", "Li, client", "**, c**ent");

    /* beyond the first plane, also as a pair of escapes */

    excerpt_is("{\"name\":\"x\xf0\x9f\x98\x80\"}",
               "x\xf0\x9f\x98\x80 X\\ud83d\\ude00 x\\ud83d x\\ud83d\\u0041",
               "***** ************* x\\ud83d x\\ud83d\\u0041");
    excerpt_is("{\"name\":\"x\xf0\x9f\x98\x80\"}",
               "x\\ud83d\\\\ude00 x\\ud83d\\",
               "************** x\\ud83d\\");
    excerpt_is("{\"name\":\"x\xf0\x9f\x98\x80\"}",
               "x\\ud83d\\nde00 x\\ud83c\\ue200 x\\ud83d",
               "x\\ud83d\\nde00 x\\ud83c\\ue200 x\\ud83d");

    /* Latin and Cyrillic in any case */

    excerpt_is("{\"name\":\"\xc3\x89\xd0\x87\xd2\x90\xc4\x80\"}",
               "\xc3\xa9\xd1\x97\xd2\x91\xc4\x80 "
               "\xc3\x89\xd0\x87\xd2\x90\xc4\x80", "******** ********");
    excerpt_is("{\"name\":\"\xd1\xb0\xd3\x90\"}",
               "\xd1\xb0\xd3\x90 \xd1\xb1\xd3\x91", "**** ****");

    /* the last letter of each part */

    excerpt_is("{\"name\":\"\xd2\x80\xd2\xbe\xd4\xae\"}",
               "\xd2\x81\xd2\xbf\xd4\xaf", "******");

    /* what stands between the capitals of a block, or after them */

    excerpt_is("{\"name\":\"\xd2\x82\xd3\x80\xd4\xb2\"}",
               "\xd2\x82\xd3\x80\xd4\xb2 \xd2\x83\xd3\x80\xd4\xb2 "
               "\xd2\x82\xd3\x81\xd4\xb2 \xd2\x82\xd3\x80\xd4\xb3",
               "****** \xd2\x83\xd3\x80\xd4\xb2 "
               "\xd2\x82\xd3\x81\xd4\xb2 \xd2\x82\xd3\x80\xd4\xb3");

    /* three bytes; a character that is cut off is another one */

    excerpt_is("{\"name\":\"\xe2\x82\xac\x31\"}", "\xe2\x82\xac\x31", "****");
    excerpt_is("{\"name\":\"\xe2\x82\xac\x31\"}", "\xe2\x82\x31",
               "\xef\xbf\xbd\x31");
}


/* what is cut in two is masked all the same, and no character is */

static void
excerpt_test_end(void)
{
    char                 text[2000], want[2000];
    u_char               room[NGX_POLYCARD_EXCERPT_ROOM], *end;
    ngx_polycard_str_t   body, token, data;

    token = tap_text(excerpt_token);
    data = tap_text(excerpt_data);

    memset(text, 'x', sizeof(text));
    memset(want, 'x', sizeof(want));
    want[1024] = '\0';
    body = tap_copy(text, 1024);
    excerpt_is_shown(&body, want, "1024 bytes");

    body = tap_copy(text, 1025);
    excerpt_is_shown(&body, want, "and no more");

    memcpy(text + 1020, "380671112233", 12);
    memcpy(want + 1020, "****", 4);
    body = tap_copy(text, sizeof(text));
    excerpt_is_shown(&body, want, "a phone at the end");

    memcpy(text + 1000, excerpt_token, 32);
    memset(want + 1000, '*', 24);
    body = tap_copy(text, sizeof(text));
    excerpt_is_shown(&body, want, "the token at the end");

    memset(text, 'x', sizeof(text));
    memcpy(text + 1000, "\\u0422\\u0430\\u0440\\u0430\\u0441", 30);
    body = tap_copy(text, sizeof(text));
    excerpt_is_shown(&body, want, "a name at the end");

    memset(text, 'x', sizeof(text));
    memset(want, 'x', sizeof(want));
    memcpy(text + 1023, "\xd0\xa8", 2);
    want[1023] = '\0';
    body = tap_copy(text, sizeof(text));
    excerpt_is_shown(&body, want, "half a character");

    /* nothing but bytes that continue a character: three are let go */

    memset(text, 0x80, sizeof(text));
    body = tap_copy(text, sizeof(text));
    end = ngx_polycard_excerpt_print(room, &body, &token, &data);
    tap_ok(end - room == 3 * 1020, "no character at all: %zu bytes",
           (size_t) (end - room));
}


static void
excerpt_is_shown(const ngx_polycard_str_t *body, const char *shown,
    const char *name)
{
    u_char               room[NGX_POLYCARD_EXCERPT_ROOM], *end;
    ngx_polycard_str_t   token, data, want;

    token = tap_text(excerpt_token);
    data = tap_text(excerpt_data);
    want = tap_text(shown);
    end = ngx_polycard_excerpt_print(room, body, &token, &data);

    tap_is(room, end - room, &want, "shown: %.60s", name);
}


static void
excerpt_is(const char *data, const char *body, const char *shown)
{
    u_char               room[NGX_POLYCARD_EXCERPT_ROOM], *end;
    ngx_polycard_str_t   token, known, text, want;

    token = tap_text(excerpt_token);
    known = tap_text(data);
    text = tap_text(body);
    want = tap_text(shown);
    end = ngx_polycard_excerpt_print(room, &text, &token, &known);

    tap_is(room, end - room, &want, "%s: %s", data, body);
}
