
#include "tap.h"
#include "core/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define S(s)       ngx_polycard_string(s)

#define NO_OBJECT  "the body is not a JSON object"
#define NUL        "the body holds U+0000"


typedef struct {
    ngx_polycard_str_t   body;
    const char          *outcome;
} json_case_t;


static void json_test_cases(const ngx_polycard_table_t *table,
    const json_case_t *c, size_t n);
static void json_test_truncated(void);
static void json_test_nesting(void);
static void json_test_lengths(void);
static void json_test_independence(void);
static void json_test_scratch(void);
static void json_test_memory(void);
static const char *json_read(const ngx_polycard_table_t *table,
    const void *data, size_t len);


/* by the linker instead of malloc(): the Makefile says so */

void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);

/* counts down to the one that fails */
static unsigned  json_mallocs;


static const json_case_t  json_clients[] = {

    { S("{}"), "" },
    { S(" \t\r\n{ \t\r\n} \t\r\n"), "" },
    { S("\xef\xbb\xbf{}"), "" },
    { S("{\"phone\":\"380671112233\"}"), "[phone=380671112233]" },
    { S("{\"name\" : \"Тарас\" , \"surname\":\"Шевченко\"}"),
      "[surname=Шевченко][name=Тарас]" },
    { S("{\"phone\":\"380671112233\",\"surname\":\"Шевченко\","
        "\"name\":\"Тарас\",\"middlename\":\"Григорович\","
        "\"email\":\"t@example.com\",\"sex\":\"male\","
        "\"birthday\":\"18140309\",\"barcode\":\"2000000012345\","
        "\"bonus\":12550,\"discount\":7.50,\"loyalty_group_id\":3}"),
      "[phone=380671112233][surname=Шевченко][name=Тарас]"
      "[middlename=Григорович][email=t@example.com][sex=male]"
      "[birthday=18140309][barcode=2000000012345][bonus=12550]"
      "[discount=7.5][loyalty_group_id=3]" },

    /* not given, and not in the table */

    { S("{\"name\":null,\"surname\":\"\",\"bonus\":null}"), "" },
    { S("{\"Name\":\"x\",\"names\":\"x\",\"\":\"x\",\"title\":7}"), "" },
    { S("{\"a\":{\"name\":\"x\"},\"b\":[{\"name\":\"x\",\"bonus\":1}]}"), "" },
    { S("{\"a\":\"\\u0001\",\"b\":\"\n\",\"c\":\"\xff\",\"d\":\"\\ud83d"
        "\\udc3e\"}"), "" },

    /* strings */

    { S("{\"name\":\"\\u0422\\u0430\\u0440\\u0430\\u0441\"}"),
      "[name=Тарас]" },
    { S("{\"\\u006eam\\u0065\":\"x\"}"), "[name=x]" },
    { S("{\"name\":\"\\\"\\\\\\/\"}"), "[name=\"\\/]" },
    { S("{\"name\":\"\\ud83d\\udc3e\"}"), "[name=\xf0\x9f\x90\xbe]" },
    { S("{\"name\":\"\\\\u0000\"}"), "[name=\\u0000]" },
    { S("{\"name\":\"a\\nb\"}"), "name holds control characters" },
    { S("{\"name\":\"a\nb\"}"), "name holds control characters" },
    { S("{\"name\":\"\\u0085\"}"), "name holds control characters" },
    { S("{\"name\":\"\\u2028\"}"), "name holds control characters" },
    { S("{\"name\":\"\xff\"}"), "name is not valid UTF-8" },
    { S("{\"name\":\"\xed\xa0\x80\"}"), "name is not valid UTF-8" },
    { S("{\"name\":\"\\ud800\"}"), NO_OBJECT },
    { S("{\"name\":\"\\udc00\"}"), NO_OBJECT },
    { S("{\"name\":\"\\x\"}"), NO_OBJECT },
    { S("{\"name\":\"a\\u12g4\"}"), NO_OBJECT },
    { S("{\"name\":\"a\\u12\"}"), NO_OBJECT },
    { S("{\"name\":\"a\\u 123\"}"), NO_OBJECT },
    { S("{\"name\":\"a\\ud83d\\u12g4\"}"), NO_OBJECT },
    { S("{\"x\\u000g\":\"a\"}"), NO_OBJECT },
    { S("{\"name\":\"\\u00AB\\u00ab\"}"), "[name=\xc2\xab\xc2\xab]" },

    /* U+0000, wherever it is */

    { S("{\"name\":\"a\\u0000b\"}"), NUL },
    { S("{\"name\":\"\\\\\\u0000\"}"), NUL },
    { S("{\"name\":\"\\\\\\\\u0000\"}"), "[name=\\\\u0000]" },
    { S("{\"name\":\"a\0b\"}"), NUL },
    { S("{\"name\\u0000\":\"a\"}"), NUL },
    { S("{\"x\":[\"\\u0000\"]}"), NUL },
    { S("{\"name\":\"a\"}\0"), NUL },
    { S("\0{}"), NUL },
    { S("{\"name\":\"\\u00001\"}"), NUL },
    { S("{\"name\":\"\\u0001\\u0000\"}"), NUL },

    /* numbers */

    { S("{\"bonus\":0}"), "[bonus=0]" },
    { S("{\"bonus\":-0}"), "[bonus=0]" },
    { S("{\"bonus\":-7.50}"), "[bonus=-7.5]" },
    { S("{\"bonus\":1e3,\"discount\":15E-1}"), "[bonus=1000][discount=1.5]" },
    { S("{\"bonus\":1e+2,\"discount\":1}"), "[bonus=100][discount=1]" },
    { S("{\"bonus\":0.30000000000000004}"), "[bonus=0.3]" },
    { S("{\"bonus\":9999999999999.99}"), "[bonus=9999999999999.99]" },
    { S("{\"bonus\":9999999999999.995}"), "bonus must be a number" },
    { S("{\"bonus\":1e400}"), "bonus must be a number" },
    { S("{\"bonus\":01}"), "bonus must be a number" },
    { S("{\"bonus\":1.}"), "bonus must be a number" },
    { S("{\"bonus\":-.5}"), "bonus must be a number" },
    { S("{\"bonus\":+1}"), NO_OBJECT },
    { S("{\"bonus\":.5}"), NO_OBJECT },
    { S("{\"bonus\":0x10}"), NO_OBJECT },
    { S("{\"bonus\":nan}"), NO_OBJECT },
    { S("{\"bonus\":NaN}"), NO_OBJECT },
    { S("{\"bonus\":Infinity}"), NO_OBJECT },
    { S("{\"bonus\":-inf}"), NO_OBJECT },
    { S("{\"bonus\":\"10.50\"}"), "[bonus=10.5]" },
    { S("{\"bonus\":\"inf\"}"), "bonus must be a number" },
    { S("{\"bonus\":\" 1\"}"), "bonus must be a number" },
    { S("{\"loyalty_group_id\":9007199254740991}"),
      "[loyalty_group_id=9007199254740991]" },
    { S("{\"loyalty_group_id\":9007199254740992}"),
      "loyalty_group_id must be a whole number" },
    { S("{\"loyalty_group_id\":9007199254740991.4}"),
      "loyalty_group_id must be a whole number" },
    { S("{\"loyalty_group_id\":5.0}"),
      "loyalty_group_id must be a whole number" },
    { S("{\"loyalty_group_id\":-1}"),
      "loyalty_group_id must be a whole number" },
    { S("{\"loyalty_group_id\":\"3\"}"), "[loyalty_group_id=3]" },
    { S("{\"loyalty_group_id\":\"007\"}"),
      "loyalty_group_id must be a whole number" },

    /* each member has its own digits, whatever lies between */

    { S("{\"7\":8,\"a\":[1,2,{\"bonus\":3}],\"b\":\"4,\\\"5\",\"bonus\":6,"
        "\"c\":-7,\"d\":{\"discount\":8},\"discount\":9.25,"
        "\"loyalty_group_id\":10}"),
      "[bonus=6][discount=9.25][loyalty_group_id=10]" },
    { S("{\"a\":true,\"b\":false,\"c\":null,\"bonus\":1,\"e\":\"e\"}"),
      "[bonus=1]" },

    /* other types than the attribute's */

    { S("{\"phone\":380671112233}"), "phone must be a string" },
    { S("{\"name\":7}"), "name must be a string" },
    { S("{\"name\":true}"), "name must be a string" },
    { S("{\"name\":{}}"), "name must be a string" },
    { S("{\"name\":[]}"), "name must be a string" },
    { S("{\"sex\":1}"), "sex must be a string" },
    { S("{\"birthday\":19871231}"), "birthday must be a string" },
    { S("{\"barcode\":2000000012345}"), "barcode must be a string" },
    { S("{\"bonus\":true}"), "bonus must be a number" },
    { S("{\"bonus\":{}}"), "bonus must be a number" },
    { S("{\"loyalty_group_id\":[3]}"), "loyalty_group_id must be a number" },

    /* twice */

    { S("{\"surname\":\"a\",\"surname\":\"b\"}"), "surname is given twice" },
    { S("{\"surname\":\"a\",\"surname\":\"a\"}"), "surname is given twice" },
    { S("{\"surname\":\"\",\"surname\":\"a\"}"), "surname is given twice" },
    { S("{\"surname\":null,\"surname\":\"a\"}"), "surname is given twice" },
    { S("{\"surname\":\"a\",\"surname\":null}"), "surname is given twice" },
    { S("{\"surname\":\"a\",\"\\u0073urname\":\"b\"}"),
      "surname is given twice" },
    { S("{\"x\":1,\"x\":2}"), "" },

    /* no object, or more than one */

    { S(""), NO_OBJECT },
    { S(" "), NO_OBJECT },
    { S("null"), NO_OBJECT },
    { S("[]"), NO_OBJECT },
    { S("[{}]"), NO_OBJECT },
    { S("7}"), NO_OBJECT },
    { S("\"x\""), NO_OBJECT },
    { S("7"), NO_OBJECT },
    { S("{"), NO_OBJECT },
    { S("}"), NO_OBJECT },
    { S("{}}"), NO_OBJECT },
    { S("{}{}"), NO_OBJECT },
    { S("{} x"), NO_OBJECT },
    { S("{}\x01"), NO_OBJECT },
    { S("{} {}"), NO_OBJECT },
    { S("{},{}"), NO_OBJECT },
    { S("x{}"), NO_OBJECT },
    { S("{\"a\":1,}"), NO_OBJECT },
    { S("{\"a\":1,"), NO_OBJECT },
    { S("{\"a\" 1}"), NO_OBJECT },
    { S("{\"a\":}"), NO_OBJECT },
    { S("{a:1}"), NO_OBJECT },
    { S("{'a':1}"), NO_OBJECT },
    { S("{\"a\":1 \"b\":2}"), NO_OBJECT },
    { S("{\"a\":tru}"), NO_OBJECT },
    { S("{\"a\":nul}"), NO_OBJECT },
    { S("{\"a}"), NO_OBJECT },
    { S("{\"a\\\"}"), NO_OBJECT },
    { S("{\"name\":\"x\"}}"), NO_OBJECT },
    { S("{\"bonus\":1]}"), NO_OBJECT },
    { S("// x\n{}"), NO_OBJECT },
    { S("{/**/}"), NO_OBJECT },
    { S("phone=380671112233"), NO_OBJECT },
};


static const json_case_t  json_groups[] = {
    { S("{\"id\":1,\"title\":\"x\",\"loyaltyType\":\"bonuses\","
        "\"loyaltyQuantity\":7.5,\"active\":true}"),
      "[id=1][title=x][loyaltyType=bonuses][loyaltyQuantity=7.5]"
      "[active=true]" },
    { S("{\"active\":false}"), "[active=false]" },
    { S("{\"active\":\"1\"}"), "[active=true]" },
    { S("{\"active\":\"0\"}"), "[active=false]" },
    { S("{\"active\":null}"), "" },
    { S("{\"active\":1}"), "[active=true]" },
    { S("{\"active\":0}"), "[active=false]" },
    { S("{\"active\":2}"), "active must be true or false" },
    { S("{\"active\":[]}"), "active must be true or false" },
    { S("{\"active\":\"yes\"}"), "active must be true or false" },
    { S("{\"title\":false}"), "title must be a string" },
    { S("{\"loyaltyQuantity\":false}"), "loyaltyQuantity must be a number" },
};


int
main(void)
{
    json_test_cases(&ngx_polycard_client, json_clients,
                    sizeof(json_clients) / sizeof(json_case_t));
    json_test_cases(&ngx_polycard_group, json_groups,
                    sizeof(json_groups) / sizeof(json_case_t));
    json_test_truncated();
    json_test_nesting();
    json_test_lengths();
    json_test_independence();
    json_test_scratch();
    json_test_memory();

    return tap_done();
}


static void
json_test_cases(const ngx_polycard_table_t *table, const json_case_t *c,
    size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        tap_is_str(json_read(table, c[i].body.data, c[i].body.len),
                   c[i].outcome, "body %.*s", (int) c[i].body.len,
                   c[i].body.data);
    }
}


/* every start of a body is refused, without a read behind it */

static void
json_test_truncated(void)
{
    size_t              i;
    unsigned            bad;
    static const char   body[] = "{\"name\":\"\\u0422\\ud83d\\udc3e\","
                                 "\"x\":[1,{\"y\":null}],\"bonus\":-1.5e1,"
                                 "\"z\":true}";

    for (bad = 0, i = 0; i < sizeof(body) - 1; i++) {
        bad += strcmp(json_read(&ngx_polycard_client, body, i), NO_OBJECT)
               != 0;
    }

    tap_ok(bad == 0, "a body that is cut off: %u wrong", bad);
    tap_is_str(json_read(&ngx_polycard_client, body, i),
               "[name=\xd0\xa2\xf0\x9f\x90\xbe][bonus=-15]",
               "the whole body");
}


static void
json_test_nesting(void)
{
    char    *body;
    size_t   n, depth;

    depth = 500000;
    body = malloc(2 * depth + 64);

    memset(body, '[', depth);
    memset(body + depth, ']', depth);
    tap_is_str(json_read(&ngx_polycard_client, body, 2 * depth), NO_OBJECT,
               "arrays, %zu deep", depth);

    for (n = 0; n < depth; n += 5) {
        memcpy(body + n, "{\"a\":", 5);
    }

    memset(body + depth, '}', depth / 5);
    tap_is_str(json_read(&ngx_polycard_client, body, depth + depth / 5),
               NO_OBJECT, "objects, %zu deep", depth / 5);

    n = sprintf(body, "{\"a\":");
    memset(body + n, '[', 500);
    n += 500;
    memset(body + n, ']', 500);
    n += 500;
    n += sprintf(body + n, ",\"bonus\":1}");
    tap_is_str(json_read(&ngx_polycard_client, body, n), "[bonus=1]",
               "arrays, 500 deep, in what is ignored");

    free(body);
}


static void
json_test_lengths(void)
{
    char         body[8192], *p;
    size_t       i;
    const char  *what;

    p = body + sprintf(body, "{\"name\":\"");

    for (i = 0; i < 255; i++) {
        p += sprintf(p, i & 1 ? "ї" : "\\u0457");
    }

    memcpy(p, "\"}", 2);
    tap_ok(strlen(json_read(&ngx_polycard_client, body, p + 2 - body))
           == 2 * 255 + sizeof("[name=]") - 1, "255 characters");

    memcpy(p, "i\"}", 3);
    tap_is_str(json_read(&ngx_polycard_client, body, p + 3 - body),
               "name is longer than 255 characters", "256 characters");

    p = body + sprintf(body, "{\"bonus\":1.");
    memset(p, '0', 61);
    memcpy(p + 61, "}", 1);
    tap_is_str(json_read(&ngx_polycard_client, body, p + 62 - body),
               "[bonus=1]", "a number of 63 bytes");

    memcpy(p + 61, "0}", 2);
    what = json_read(&ngx_polycard_client, body, p + 63 - body);

    /* some versions of cJSON read on behind 63 bytes, others give up */

    tap_ok(strcmp(what, "bonus must be a number") == 0
           || strcmp(what, NO_OBJECT) == 0, "a number of 64 bytes: %s", what);
}


/* the values outlive the body */

static void
json_test_independence(void)
{
    int                    rc;
    u_char                 scratch[256 + NGX_POLYCARD_INPUT_EXTRA];
    ngx_polycard_str_t     body;
    ngx_polycard_input_t   in;

    body = tap_text("{\"phone\":\"380671112233\",\"bonus\":10.50}");
    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch,
                            sizeof(scratch));
    rc = ngx_polycard_json_read(&in, &body);
    tap_free();

    tap_is_str(tap_outcome(rc, &in), "[phone=380671112233][bonus=10.50]",
               "read, not checked yet");
}


static void
json_test_scratch(void)
{
    int                    rc;
    ngx_polycard_str_t     body, scratch;
    ngx_polycard_input_t   in;

    body = tap_text("{\"phone\":\"380671112233\",\"name\":\"abc\"}");
    scratch = tap_copy("0123456789abcd", 14);

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch.data, 14);
    rc = ngx_polycard_json_read(&in, &body);
    tap_is_str(tap_outcome(rc, &in), "the request is too large",
               "too little scratch memory");
}


/* refused at each place where cJSON asks for it, a body is not a wrong one */

static void
json_test_memory(void)
{
    int                    rc;
    u_char                 scratch[256 + NGX_POLYCARD_INPUT_EXTRA];
    unsigned               n, bad;
    ngx_polycard_str_t     body;
    ngx_polycard_input_t   in;

    body = tap_text("{\"phone\":\"380671112233\",\"name\":\"abc\",\"a\":[]}");
    bad = 0;

    for (n = 1; /* void */ ; n++) {
        ngx_polycard_input_init(&in, &ngx_polycard_client, scratch,
                                sizeof(scratch));
        json_mallocs = n;
        rc = ngx_polycard_json_read(&in, &body);

        if (json_mallocs) {
            break;
        }

        bad += (rc != NGX_POLYCARD_NO_MEMORY);
    }

    json_mallocs = 0;
    tap_free();

    tap_ok(n > 5 && bad == 0, "no memory, %u times: told as such", n - 1);
    tap_ok(rc == NGX_POLYCARD_OK, "... and with enough of it all is read");
    tap_is_str(json_read(&ngx_polycard_client, "{,}", 3), NO_OBJECT,
               "... and what is no object is none again");
}


void *
__wrap_malloc(size_t size)
{
    if (json_mallocs && --json_mallocs == 0) {
        return NULL;
    }

    return __real_malloc(size);
}


static const char *
json_read(const ngx_polycard_table_t *table, const void *data, size_t len)
{
    int                    rc;
    char                  *scratch;
    const char            *outcome;
    ngx_polycard_str_t     body;
    ngx_polycard_input_t   in;

    body = tap_copy(data, len);
    scratch = malloc(len + NGX_POLYCARD_INPUT_EXTRA);

    ngx_polycard_input_init(&in, table, (u_char *) scratch,
                            len + NGX_POLYCARD_INPUT_EXTRA);

    rc = ngx_polycard_json_read(&in, &body);

    if (rc == NGX_POLYCARD_OK) {
        rc = ngx_polycard_input_check(&in, 0);
    }

    outcome = tap_outcome(rc, &in);

    free(scratch);
    tap_free();

    return outcome;
}
