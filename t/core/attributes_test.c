
#define _GNU_SOURCE

#include "tap.h"
#include "core/phone.h"

#include <stdio.h>
#include <string.h>
#include <time.h>


typedef struct {
    ngx_polycard_type_e   type;
    unsigned              required;
    const char           *value;
    const char           *what;         /* NULL: it is of the type */
} attributes_case_t;


static void attributes_test_cases(void);
static void attributes_test_dates(void);
static void attributes_test_phones(void);
static void attributes_test_lengths(void);
static void attributes_test_bytes(void);
static void attributes_test_tables(void);
static const char *attributes_check(ngx_polycard_type_e type,
    unsigned required, const void *value, size_t len);


#define PHONE    NGX_POLYCARD_TYPE_PHONE
#define TEXT     NGX_POLYCARD_TYPE_TEXT
#define CARD     NGX_POLYCARD_TYPE_CARD
#define SEX      NGX_POLYCARD_TYPE_SEX
#define DATE     NGX_POLYCARD_TYPE_DATE
#define AMOUNT   NGX_POLYCARD_TYPE_AMOUNT
#define INTEGER  NGX_POLYCARD_TYPE_INTEGER
#define ID       NGX_POLYCARD_TYPE_ID
#define CHANGE   NGX_POLYCARD_TYPE_CHANGE
#define LOYALTY  NGX_POLYCARD_TYPE_LOYALTY
#define FLAG     NGX_POLYCARD_TYPE_FLAG

#define NO_PHONE    "must be 380 and 9 digits"
#define NO_SEX      "must be male or female"
#define NO_DATE     "must be a day as YYYYMMDD"
#define NO_AMOUNT   "must be a number"
#define NO_INTEGER  "must be a whole number"
#define NO_LOYALTY  "must be discount or bonuses"
#define NO_FLAG     "must be true or false"
#define TOO_LONG    "is longer than 255 characters"
#define CONTROL     "holds control characters"
#define BROKEN      "is not valid UTF-8"
#define EMPTY       "is empty"


static const attributes_case_t  attributes_cases[] = {
    { PHONE, 1, "380671112233", NULL },
    { PHONE, 1, "380000000000", NULL },
    { PHONE, 1, "", NO_PHONE },
    { PHONE, 1, "38067111223", NO_PHONE },
    { PHONE, 1, "3806711122334", NO_PHONE },
    { PHONE, 1, "+38067111223", NO_PHONE },
    { PHONE, 1, "+380671112233", NO_PHONE },
    { PHONE, 1, "480671112233", NO_PHONE },
    { PHONE, 1, "370671112233", NO_PHONE },
    { PHONE, 1, "381671112233", NO_PHONE },
    { PHONE, 1, "067111223344", NO_PHONE },
    { PHONE, 1, "38067111223a", NO_PHONE },
    { PHONE, 1, "38067111223 ", NO_PHONE },
    { PHONE, 1, " 38067111223", NO_PHONE },

    { TEXT, 0, "", NULL },
    { TEXT, 1, "", EMPTY },
    { TEXT, 0, "Шевченко", NULL },
    { TEXT, 0, "O'Neill \"the\" \\", NULL },
    { TEXT, 0, "a\tb", CONTROL },
    { TEXT, 0, "a\xc2\x85", CONTROL },
    { TEXT, 0, "\xe2\x80\xa8", CONTROL },
    { TEXT, 0, "\xed\xa0\x80", BROKEN },
    { TEXT, 0, "\xd0", BROKEN },

    { CARD, 1, "2000000012345", NULL },
    { CARD, 1, "картка 7", NULL },
    { CARD, 1, "", EMPTY },
    { CARD, 1, "1\n", CONTROL },
    { CARD, 1, "1\xff", BROKEN },

    { SEX, 0, "male", NULL },
    { SEX, 0, "female", NULL },
    { SEX, 0, "", NO_SEX },
    { SEX, 0, "Male", NO_SEX },
    { SEX, 0, "m", NO_SEX },
    { SEX, 0, "males", NO_SEX },
    { SEX, 0, "femal", NO_SEX },

    { DATE, 0, "19871231", NULL },
    { DATE, 0, "20000229", NULL },
    { DATE, 0, "20240229", NULL },
    { DATE, 0, "00010101", NULL },
    { DATE, 0, "99991231", NULL },
    { DATE, 0, "19000229", NO_DATE },
    { DATE, 0, "20230229", NO_DATE },
    { DATE, 0, "20240230", NO_DATE },
    { DATE, 0, "20240431", NO_DATE },
    { DATE, 0, "20241301", NO_DATE },
    { DATE, 0, "20240001", NO_DATE },
    { DATE, 0, "20240100", NO_DATE },
    { DATE, 0, "20240132", NO_DATE },
    { DATE, 0, "00000101", NO_DATE },
    { DATE, 0, "", NO_DATE },
    { DATE, 0, "2024010", NO_DATE },
    { DATE, 0, "202401011", NO_DATE },
    { DATE, 0, "2024-1-1", NO_DATE },
    { DATE, 0, "2024010a", NO_DATE },
    { DATE, 0, "+2024010", NO_DATE },

    { AMOUNT, 0, "12550", NULL },
    { AMOUNT, 0, "-0.30000000000000004", NULL },
    { AMOUNT, 0, "1e3", NULL },
    { AMOUNT, 0, "", NO_AMOUNT },
    { AMOUNT, 0, "0x10", NO_AMOUNT },
    { AMOUNT, 0, "inf", NO_AMOUNT },
    { AMOUNT, 0, "nan", NO_AMOUNT },
    { AMOUNT, 0, "1e400", NO_AMOUNT },

    { INTEGER, 0, "0", NULL },
    { INTEGER, 0, "9007199254740991", NULL },
    { INTEGER, 0, "", NO_INTEGER },
    { INTEGER, 0, "007", NO_INTEGER },
    { INTEGER, 0, "-1", NO_INTEGER },
    { INTEGER, 0, "1.0", NO_INTEGER },
    { INTEGER, 0, "9007199254740992", NO_INTEGER },

    { ID, 1, "0", NULL },
    { ID, 1, "999999999999999", NULL },
    { ID, 1, "1000000000000000", "must have at most 15 digits" },
    { ID, 1, "9007199254740992", NO_INTEGER },
    { ID, 1, "x", NO_INTEGER },

    /* the difference of the least amount and the greatest */

    { CHANGE, 0, "-19999999999999.98", NULL },
    { CHANGE, 0, "19999999999999.98", NULL },
    { CHANGE, 0, "19999999999999.99", NO_AMOUNT },
    { CHANGE, 0, "", NO_AMOUNT },

    { LOYALTY, 1, "discount", NULL },
    { LOYALTY, 1, "bonuses", NULL },
    { LOYALTY, 1, "", NO_LOYALTY },
    { LOYALTY, 1, "bonus", NO_LOYALTY },
    { LOYALTY, 1, "discounts", NO_LOYALTY },

    { FLAG, 0, "true", NULL },
    { FLAG, 0, "false", NULL },
    { FLAG, 0, "1", NULL },
    { FLAG, 0, "0", NULL },
    { FLAG, 0, "", NO_FLAG },
    { FLAG, 0, "2", NO_FLAG },
    { FLAG, 0, "TRUE", NO_FLAG },
    { FLAG, 0, "yes", NO_FLAG },
};


int
main(void)
{
    attributes_test_cases();
    attributes_test_dates();
    attributes_test_phones();
    attributes_test_lengths();
    attributes_test_bytes();
    attributes_test_tables();

    return tap_done();
}


static void
attributes_test_cases(void)
{
    size_t                    i;
    const char               *what;
    const attributes_case_t  *c;

    for (i = 0; i < sizeof(attributes_cases) / sizeof(*c); i++) {
        c = &attributes_cases[i];
        what = attributes_check(c->type, c->required, c->value,
                                strlen(c->value));

        tap_is_str(what ? what : "good", c->what ? c->what : "good",
                   "attribute %zu", i);
    }
}


/* every day, and every day that there is not, against the C library */

static void
attributes_test_dates(void)
{
    char        buf[16];
    time_t      t;
    unsigned    bad, year, month, day;
    struct tm   tm;

    for (bad = 0, year = 1; year <= 2500; year++) {
        for (month = 0; month <= 13; month++) {
            for (day = 0; day <= 32; day++) {

                memset(&tm, 0, sizeof(tm));
                tm.tm_year = year - 1900;
                tm.tm_mon = month - 1;
                tm.tm_mday = day;

                t = timegm(&tm);
                (void) gmtime_r(&t, &tm);
                (void) snprintf(buf, sizeof(buf), "%04u%02u%02u", year, month,
                                day);

                bad += (attributes_check(DATE, 0, buf, 8) == NULL)
                       != (tm.tm_year == (int) year - 1900
                           && tm.tm_mon == (int) month - 1
                           && tm.tm_mday == (int) day);
            }
        }
    }

    tap_ok(bad == 0, "the days of 2500 years: %u wrong", bad);
}


static void
attributes_test_phones(void)
{
    u_char               buf[NGX_POLYCARD_PHONE_LEN];
    unsigned             bad, at, c, good;
    ngx_polycard_str_t   phone;

    for (bad = 0, at = 0; at < NGX_POLYCARD_PHONE_LEN; at++) {
        for (c = 0; c < 256; c++) {
            memcpy(buf, "380671112233", NGX_POLYCARD_PHONE_LEN);
            buf[at] = c;
            phone = tap_copy(buf, sizeof(buf));

            good = at < 3 ? (c == (unsigned) "380"[at])
                          : (c >= '0' && c <= '9');

            bad += (ngx_polycard_phone_check(&phone) == NGX_POLYCARD_OK)
                   != good;
            tap_free();
        }
    }

    tap_ok(bad == 0, "every byte at every place of a phone: %u wrong", bad);

    phone = tap_text("0671112233");
    tap_ok(ngx_polycard_phone_match(phone.data, phone.data + phone.len) == 10,
           "a phone in a text");
    tap_ok(ngx_polycard_phone_match(phone.data, phone.data) == 0,
           "none where nothing is");
    tap_free();
}


static void
attributes_test_lengths(void)
{
    size_t  i;
    char    buf[2 * 256];

    for (i = 0; i < 256; i++) {
        memcpy(buf + 2 * i, "ї", 2);
    }

    tap_ok(attributes_check(TEXT, 0, buf, 2 * 255) == NULL,
           "255 characters of 2 bytes are text");
    tap_is_str(attributes_check(TEXT, 0, buf, 2 * 256), TOO_LONG,
               "256 are not");
    tap_ok(attributes_check(CARD, 1, buf, 2 * 255) == NULL,
           "255 characters of 2 bytes are a card number");
    tap_is_str(attributes_check(CARD, 1, buf, 2 * 256), TOO_LONG,
               "256 are not");
    tap_is_str(attributes_check(TEXT, 0, buf, 2 * 255 + 1), TOO_LONG,
               "nor is half a character more");
    tap_is_str(attributes_check(TEXT, 0, buf, 2 * 254 + 1), BROKEN,
               "half a character");
    tap_is_str(attributes_check(TEXT, 0, "a\0b", 3), CONTROL,
               "U+0000 does not end a text");
}


/* a word with another byte in or behind it is another word */

static void
attributes_test_bytes(void)
{
    char                buf[16];
    size_t              i, len, at;
    unsigned            c, bad;
    static const struct {
        ngx_polycard_type_e  type;
        const char          *word;
    } words[] = {
        { SEX, "male" }, { SEX, "female" }, { LOYALTY, "discount" },
        { LOYALTY, "bonuses" }, { FLAG, "true" }, { FLAG, "false" }
    };

    for (bad = 0, i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        len = strlen(words[i].word);

        for (at = 0; at <= len; at++) {
            for (c = 0; c < 256; c++) {
                memcpy(buf, words[i].word, len);

                if (at < len && buf[at] == (char) c) {
                    continue;
                }

                buf[at] = c;
                bad += attributes_check(words[i].type, 0, buf,
                                        at == len ? len + 1 : len) == NULL;
            }
        }
    }

    tap_ok(bad == 0, "words with another byte: %u wrong", bad);
}


/* the indices of the header are those of the tables */

static void
attributes_test_tables(void)
{
    const ngx_polycard_attribute_t  *client, *group;

    client = ngx_polycard_client.attribute;
    group = ngx_polycard_group.attribute;

#define is_name(a, s)                                                         \
    tap_is((a).name.data, (a).name.len,                                       \
           &(ngx_polycard_str_t) ngx_polycard_string(s),                      \
           "%s is in its place", s)

    is_name(client[NGX_POLYCARD_CLIENT_PHONE], "phone");
    is_name(client[NGX_POLYCARD_CLIENT_SURNAME], "surname");
    is_name(client[NGX_POLYCARD_CLIENT_NAME], "name");
    is_name(client[NGX_POLYCARD_CLIENT_MIDDLENAME], "middlename");
    is_name(client[NGX_POLYCARD_CLIENT_EMAIL], "email");
    is_name(client[NGX_POLYCARD_CLIENT_SEX], "sex");
    is_name(client[NGX_POLYCARD_CLIENT_BIRTHDAY], "birthday");
    is_name(client[NGX_POLYCARD_CLIENT_BARCODE], "barcode");
    is_name(client[NGX_POLYCARD_CLIENT_BONUS], "bonus");
    is_name(client[NGX_POLYCARD_CLIENT_DISCOUNT], "discount");
    is_name(client[NGX_POLYCARD_CLIENT_LOYALTY_GROUP_ID],
            "loyalty_group_id");

    is_name(group[NGX_POLYCARD_GROUP_ID], "id");
    is_name(group[NGX_POLYCARD_GROUP_TITLE], "title");
    is_name(group[NGX_POLYCARD_GROUP_LOYALTY_TYPE], "loyaltyType");
    is_name(group[NGX_POLYCARD_GROUP_LOYALTY_QUANTITY], "loyaltyQuantity");
    is_name(group[NGX_POLYCARD_GROUP_ACTIVE], "active");

    tap_ok(ngx_polycard_client.n <= NGX_POLYCARD_ATTRIBUTES_MAX
           && ngx_polycard_group.n <= NGX_POLYCARD_ATTRIBUTES_MAX,
           "the tables fit into the arrays");
}


static const char *
attributes_check(ngx_polycard_type_e type, unsigned required,
    const void *value, size_t len)
{
    const char                *what;
    ngx_polycard_str_t         copy;
    ngx_polycard_attribute_t   a = { ngx_polycard_string("x"), type,
                                     required };

    copy = tap_copy(value, len);
    what = ngx_polycard_attribute_check(&a, &copy);
    tap_free();

    return what;
}
