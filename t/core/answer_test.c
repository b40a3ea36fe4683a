
#define _GNU_SOURCE

#include "tap.h"
#include "core/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>


#define NONE   NULL


typedef struct {
    const char  *values[NGX_POLYCARD_ATTRIBUTES_MAX];    /* NULL: no field */
    const char  *json;                                   /* NONE: no record */
    unsigned     flaws;
} answer_case_t;


static void answer_test_cases(const ngx_polycard_table_t *table,
    const answer_case_t *c, size_t n);
static void answer_test_large(void);
static void answer_test_worst(void);
static void answer_test_random(void);
static unsigned answer_is_good(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *json);
static unsigned answer_is_type(ngx_polycard_type_e type, const cJSON *item);
static void answer_test_short(void);
static ngx_polycard_str_t answer_record(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *value, unsigned *flaws);


#define P  "380671112233"
#define B  "2000000012345"

#define JP  "{\"phone\":\"380671112233\","
#define JB  "\"barcode\":\"2000000012345\""


static const answer_case_t  answer_clients[] = {

    /* phone surname name middlename email sex birthday barcode bonus discount
     * loyalty_group_id */

    { { P, "Шевченко", "Тарас", "Григорович", "t@example.com", "male",
        "18140309", B, "12550", "7.5", "3" },
      JP "\"surname\":\"Шевченко\",\"name\":\"Тарас\",\"middlename\":"
      "\"Григорович\",\"email\":\"t@example.com\",\"sex\":\"male\","
      "\"birthday\":\"18140309\"," JB ",\"bonus\":12550,\"discount\":7.5,"
      "\"loyalty_group_id\":3}", 0 },
    { { P, [7] = B }, JP JB "}", 0 },

    /* without what is required */

    { { NULL }, NONE, 0 },
    { { P }, NONE, 0 },
    { { P, [7] = "" }, NONE, 0 },
    { { P, [7] = "1\n2" }, NONE, 0 },
    { { P, [7] = " \xc2\xa0\n" }, NONE, 0 },
    { { P, [7] = "\xef\xbb\xbf 1 2\xe2\x80\x8b\r\n" },
      JP "\"barcode\":\"1 2\"}", 0 },
    { { P, [7] = "1\x7f" }, NONE, 0 },
    { { P, [7] = "1\xff" }, NONE, 0 },
    { { [7] = B }, NONE, 0 },
    { { "", [7] = B }, NONE, 0 },
    { { "38067111223", [7] = B }, NONE, 0 },
    { { "38067111223a", [7] = B }, NONE, 0 },
    { { P, "x", "y", NULL, "", "?" }, NONE, 0 },

    /* numbers as they are written in JSON */

    { { P, [7] = B, "10.50", "0.30000000000000004", "0" },
      JP JB ",\"bonus\":10.5,\"discount\":0.3,\"loyalty_group_id\":0}", 0 },
    { { P, [7] = B, "1e3", "-0" },
      JP JB ",\"bonus\":1000,\"discount\":0}", 0 },
    { { P, [7] = B, "9999999999999.99", "-9999999999999.99",
        "9007199254740991" },
      JP JB ",\"bonus\":9999999999999.99,\"discount\":-9999999999999.99,"
      "\"loyalty_group_id\":9007199254740991}", 0 },
    { { P, [7] = B, "0x10", "inf", "0x10" }, JP JB "}", 3 },
    { { P, [7] = B, "nan", "1e400", "007" }, JP JB "}", 3 },
    { { P, [7] = B, " 1", "1 ", "-1" }, JP JB "}", 3 },
    { { P, [7] = B, "", "", "" }, JP JB "}", 0 },
    { { P, [7] = B, "10,5", "10000000000000", "1.5" }, JP JB "}", 3 },
    { { P, [7] = B, "1}", "\"1\"", "1,\"x\":1" }, JP JB "}", 3 },

    /* words and days that are none */

    { { P, [5] = "Male", "20230229", B }, JP JB "}", 2 },
    { { P, [5] = "", "", B }, JP JB "}", 0 },
    { { P, [5] = "female", "20240229", B },
      JP "\"sex\":\"female\",\"birthday\":\"20240229\"," JB "}", 0 },

    /* text */

    { { P, "", "", "", "", [7] = B }, JP JB "}", 0 },
    { { P, "a\"b\\c/", [7] = B }, JP "\"surname\":\"a\\\"b\\\\c/\"," JB "}",
      0 },
    { { P, "a\nb", "\xff", "\xe2\x80\xa8", "\xd0", [7] = B },
      JP "\"surname\":\"a\\u000ab\",\"name\":\"\xef\xbf\xbd\","
      "\"middlename\":\"\\u2028\",\"email\":\"\xef\xbf\xbd\"," JB "}", 4 },
    { { P, "\n\xff\n\xff", [7] = B },
      JP "\"surname\":\"\\u000a\xef\xbf\xbd\\u000a\xef\xbf\xbd\"," JB "}",
      1 },
    { { P, [7] = "картка \"7\"" }, JP "\"barcode\":\"картка \\\"7\\\"\"}", 0 },
};


static const answer_case_t  answer_groups[] = {

    /* id title loyaltyType loyaltyQuantity active */

    { { "1", "Знижка", "discount", "7.50", "true" },
      "{\"id\":1,\"title\":\"Знижка\",\"loyaltyType\":\"discount\","
      "\"loyaltyQuantity\":7.5,\"active\":true}", 0 },
    { { "0", "x", "bonuses", "0", "0" },
      "{\"id\":0,\"title\":\"x\",\"loyaltyType\":\"bonuses\","
      "\"loyaltyQuantity\":0,\"active\":false}", 0 },
    { { "9", "x", "bonuses", "1", "1" },
      "{\"id\":9,\"title\":\"x\",\"loyaltyType\":\"bonuses\","
      "\"loyaltyQuantity\":1,\"active\":true}", 0 },
    { { "9", "x\ty", "bonuses", "1", "false" },
      "{\"id\":9,\"title\":\"x\\u0009y\",\"loyaltyType\":\"bonuses\","
      "\"loyaltyQuantity\":1,\"active\":false}", 1 },
    { { "9", "x", "bonuses", "1", "yes" },
      "{\"id\":9,\"title\":\"x\",\"loyaltyType\":\"bonuses\","
      "\"loyaltyQuantity\":1}", 1 },
    { { "9", "x", "bonuses", "1" },
      "{\"id\":9,\"title\":\"x\",\"loyaltyType\":\"bonuses\","
      "\"loyaltyQuantity\":1}", 0 },
    { { NULL }, NONE, 0 },
    { { "", "x", "bonuses", "1" }, NONE, 0 },
    { { "01", "x", "bonuses", "1" }, NONE, 0 },
    { { "-1", "x", "bonuses", "1" }, NONE, 0 },
    { { "1", NULL, "bonuses", "1" }, NONE, 0 },
    { { "1", "", "bonuses", "1" }, NONE, 0 },
    { { "1", "x", "bonus", "1" }, NONE, 0 },
    { { "1", "x", "bonuses", "" }, NONE, 0 },
    { { "1", "x", "bonuses", "nan" }, NONE, 0 },
    { { "1", "x", "bonuses" }, NONE, 0 },
};


int
main(void)
{
    answer_test_cases(&ngx_polycard_client, answer_clients,
                      sizeof(answer_clients) / sizeof(answer_case_t));
    answer_test_cases(&ngx_polycard_group, answer_groups,
                      sizeof(answer_groups) / sizeof(answer_case_t));
    answer_test_large();
    answer_test_worst();
    answer_test_random();
    answer_test_short();

    return tap_done();
}


static void
answer_test_cases(const ngx_polycard_table_t *table, const answer_case_t *c,
    size_t n)
{
    size_t               i, j;
    unsigned             flaws;
    const char          *which;
    ngx_polycard_str_t   value[NGX_POLYCARD_ATTRIBUTES_MAX], got, want;

    which = table == &ngx_polycard_client ? "client" : "group";

    for (i = 0; i < n; i++) {
        memset(value, 0, sizeof(value));

        for (j = 0; j < table->n; j++) {
            if (c[i].values[j]) {
                value[j] = tap_text(c[i].values[j]);
            }
        }

        flaws = 100;
        got = answer_record(table, value, &flaws);

        if (c[i].json == NONE) {
            tap_ok(got.data == NULL, "%s %zu is no record", which, i);

        } else if (got.data == NULL) {
            tap_ok(0, "%s %zu is a record", which, i);

        } else {
            want = tap_text(c[i].json);
            tap_is(got.data, got.len, &want, "%s %zu", which, i);
            tap_ok(answer_is_good(table, &got), "%s %zu is JSON", which, i);
        }

        tap_ok(flaws == 100 + c[i].flaws, "%s %zu has %u flaws: %u", which, i,
               c[i].flaws, flaws - 100);
        tap_free();
    }
}


/* 100 kB in one attribute; 255 and 256 characters */

static void
answer_test_large(void)
{
    char                *large;
    size_t               i;
    unsigned             flaws;
    ngx_polycard_str_t   value[NGX_POLYCARD_ATTRIBUTES_MAX], got;

    large = malloc(100000);

    for (i = 0; i < 100000; i += 2) {
        memcpy(large + i, "ї", 2);
    }

    memset(value, 0, sizeof(value));
    value[NGX_POLYCARD_CLIENT_PHONE] = tap_text(P);
    value[NGX_POLYCARD_CLIENT_BARCODE] = tap_text(B);
    value[NGX_POLYCARD_CLIENT_NAME] = tap_copy(large, 100000);

    flaws = 0;
    got = answer_record(&ngx_polycard_client, value, &flaws);

    tap_ok(got.data && flaws == 1
           && got.len == sizeof(JP JB "\"name\":\"\",}") - 1 + 2 * 255,
           "a name of 100 kB is cut");

    value[NGX_POLYCARD_CLIENT_NAME] = tap_copy(large, 2 * 255);
    flaws = 0;
    (void) answer_record(&ngx_polycard_client, value, &flaws);
    tap_ok(flaws == 0, "255 characters are no flaw");

    value[NGX_POLYCARD_CLIENT_BARCODE] = tap_copy(large, 2 * 255);
    got = answer_record(&ngx_polycard_client, value, &flaws);
    tap_ok(got.data != NULL, "a card number of 255 characters");

    value[NGX_POLYCARD_CLIENT_BARCODE] = tap_copy(large, 2 * 256);
    got = answer_record(&ngx_polycard_client, value, &flaws);
    tap_ok(got.data == NULL, "of 256, which must not be cut");

    value[NGX_POLYCARD_CLIENT_BARCODE] = tap_text(B);

    for (i = 0; i < NGX_POLYCARD_CLIENT_N; i++) {
        if (i != NGX_POLYCARD_CLIENT_PHONE && i != NGX_POLYCARD_CLIENT_BARCODE)
        {
            memset(large, '1', 100000);
            value[i] = tap_copy(large, 100000);
        }
    }

    flaws = 0;
    got = answer_record(&ngx_polycard_client, value, &flaws);
    tap_ok(got.data && flaws == 9, "nine attributes of 100 kB: %u flaws",
           flaws);

    free(large);
    tap_free();
}


/* the most that can be written still fits into the size */

static void
answer_test_worst(void)
{
    u_char               controls[255];
    size_t               i;
    unsigned             flaws;
    ngx_polycard_str_t   value[NGX_POLYCARD_ATTRIBUTES_MAX], got;

    memset(controls, 1, sizeof(controls));
    memset(value, 0, sizeof(value));

    value[NGX_POLYCARD_CLIENT_PHONE] = tap_text(P);

    for (i = NGX_POLYCARD_CLIENT_SURNAME; i <= NGX_POLYCARD_CLIENT_EMAIL; i++)
    {
        value[i] = tap_copy(controls, sizeof(controls));
    }

    memset(controls, '"', sizeof(controls));

    value[NGX_POLYCARD_CLIENT_SEX] = tap_text("female");
    value[NGX_POLYCARD_CLIENT_BIRTHDAY] = tap_text("19871231");
    value[NGX_POLYCARD_CLIENT_BARCODE] = tap_copy(controls, sizeof(controls));
    value[NGX_POLYCARD_CLIENT_BONUS] = tap_text("-9999999999999.99");
    value[NGX_POLYCARD_CLIENT_DISCOUNT] = tap_text("-9999999999999.99");
    value[NGX_POLYCARD_CLIENT_LOYALTY_GROUP_ID] =
                                                tap_text("9007199254740991");

    flaws = 0;
    got = answer_record(&ngx_polycard_client, value, &flaws);

    tap_ok(got.data && flaws == 4 && got.len > 4 * 6 * 255 + 2 * 255,
           "the worst client fits: %zu bytes", got.len);
    tap_ok(answer_is_good(&ngx_polycard_client, &got), "and is JSON");

    tap_free();
}


static void
answer_test_random(void)
{
    u_char                       buf[300];
    size_t                       i, j, len;
    unsigned                     n, bad, good, flaws;
    const ngx_polycard_table_t  *table;
    ngx_polycard_str_t           value[NGX_POLYCARD_ATTRIBUTES_MAX], got;
    const char                  *word;
    static const char           *words[] = {
        "380671112233", "male", "female", "20240229", "19001301", "1", "0",
        "10.50", "-0.005", "1e3", "1e400", "true", "false", "bonuses",
        "discount", "", "Ї", "\"", "\\", "\xff"
    };

    for (bad = 0, good = 0, n = 0; n < 100000; n++) {
        table = n & 1 ? &ngx_polycard_client : &ngx_polycard_group;
        memset(value, 0, sizeof(value));

        for (i = 0; i < table->n; i++) {

            if (tap_random(8) == 0) {
                continue;
            }

            if (tap_random(4)) {
                word = words[tap_random(sizeof(words) / sizeof(words[0]))];
                value[i] = tap_text(i == 0 && tap_random(8)
                                    ? words[n & 1 ? 0 : 5] : word);
                continue;
            }

            len = tap_random(tap_random(8) ? 8 : sizeof(buf));

            for (j = 0; j < len; j++) {
                buf[j] = tap_random(2) ? tap_random(256) : '0';
            }

            value[i] = tap_copy(buf, len);
        }

        flaws = 0;
        got = answer_record(table, value, &flaws);

        if (got.data) {
            good++;
            bad += !answer_is_good(table, &got);
        }

        tap_free();
    }

    tap_ok(bad == 0, "random records: %u wrong", bad);
    tap_ok(good > 1000, "%u of 100000 were records", good);
}


/*
 * An object of the table's attributes in its order, each of its type and none
 * of them empty.
 */

static unsigned
answer_is_good(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *json)
{
    size_t       i;
    cJSON       *root, *item;
    unsigned     good;
    const char  *end;

    root = cJSON_ParseWithLengthOpts((char *) json->data, json->len, &end, 0);
    good = root && cJSON_IsObject(root)
           && end == (char *) json->data + json->len
           && memmem(json->data, json->len, ":\"\"", 3) == NULL;

    for (i = 0, item = good ? root->child : NULL; item; item = item->next) {

        while (i < table->n
               && (strlen(item->string) != table->attribute[i].name.len
                   || memcmp(item->string, table->attribute[i].name.data,
                             table->attribute[i].name.len) != 0))
        {
            i++;
        }

        good &= i < table->n
                && answer_is_type(table->attribute[i].type, item);
    }

    cJSON_Delete(root);

    return good;
}


static unsigned
answer_is_type(ngx_polycard_type_e type, const cJSON *item)
{
    switch (type) {

    case NGX_POLYCARD_TYPE_AMOUNT:
    case NGX_POLYCARD_TYPE_INTEGER:
        return cJSON_IsNumber(item);

    case NGX_POLYCARD_TYPE_FLAG:
        return cJSON_IsBool(item);

    default:
        return cJSON_IsString(item);
    }
}


static void
answer_test_short(void)
{
    u_char              *last;
    size_t               i;
    char                 text[256];
    ngx_polycard_str_t   code, room, want;
    static const struct {
        const char  *code;
        int64_t      id;
        const char  *json;
    } oks[] = {
        { "2000000012345", 7,
          "{\"status\":\"OK\",\"id\":7,\"code\":\"2000000012345\"}" },
        { "a\"\\", 0, "{\"status\":\"OK\",\"id\":0,\"code\":\"a\\\"\\\\\"}" },
        { "", INT64_MAX,
          "{\"status\":\"OK\",\"id\":9223372036854775807,\"code\":\"\"}" },
        { "\x01\x02\x03", 380671112233,
          "{\"status\":\"OK\",\"id\":380671112233,\"code\":"
          "\"\\u0001\\u0002\\u0003\"}" }
    };

    memset(text, 0, sizeof(text));

    for (i = 0; i < sizeof(oks) / sizeof(oks[0]); i++) {
        code = tap_text(oks[i].code);
        want = tap_text(oks[i].json);
        room = tap_copy(text, ngx_polycard_answer_ok_size(&code));

        last = ngx_polycard_answer_ok(room.data, oks[i].id, &code);
        tap_is(room.data, last - room.data, &want, "answer ok %zu", i);
    }

    want = tap_text("{\"status\":\"NOK\",\"error\":\"no such client\"}");
    room = tap_copy(text, 64 + 6 * strlen("no such client"));
    last = ngx_polycard_answer_error(room.data, "no such client");
    tap_is(room.data, last - room.data, &want, "answer error");

    want = tap_text("{\"status\":\"NOK\",\"error\":\"\\\"\\u000a\"}");
    room = tap_copy(text, 64 + 6 * 2);
    last = ngx_polycard_answer_error(room.data, "\"\n");
    tap_is(room.data, last - room.data, &want, "answer error with escapes");

    tap_free();
}


/* into memory of exactly the size that is said to do, of as many values as the
 * table has */

static ngx_polycard_str_t
answer_record(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *value, unsigned *flaws)
{
    size_t               size;
    u_char              *p, *last;
    ngx_polycard_str_t   out;

    size = table->n * sizeof(ngx_polycard_str_t);
    p = malloc(size);
    memcpy(p, value, size);
    size = ngx_polycard_answer_size(table, (ngx_polycard_str_t *) p);
    free(p);
    p = calloc(1, size);
    out = tap_copy(p, size);
    free(p);

    last = ngx_polycard_answer_record(out.data, table, value, flaws);

    if (last == NULL) {
        out.data = NULL;
        out.len = 0;

    } else {
        out.len = last - out.data;
    }

    return out;
}
