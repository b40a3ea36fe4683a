
/*
 * The same attributes as JSON, as a form and as multipart/form-data have the
 * same outcome: the same values, or the same message.
 */


#include "tap.h"
#include "core/form.h"
#include "core/json.h"
#include "core/multipart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define S(s)      ngx_polycard_string(s)

#define BOUNDARY  "=_boundary"

#define N         NGX_POLYCARD_CLIENT_N

#define PHONE     NGX_POLYCARD_CLIENT_PHONE
#define NAME      NGX_POLYCARD_CLIENT_NAME
#define EMAIL     NGX_POLYCARD_CLIENT_EMAIL
#define SEX       NGX_POLYCARD_CLIENT_SEX
#define BIRTHDAY  NGX_POLYCARD_CLIENT_BIRTHDAY
#define BARCODE   NGX_POLYCARD_CLIENT_BARCODE
#define BONUS     NGX_POLYCARD_CLIENT_BONUS
#define DISCOUNT  NGX_POLYCARD_CLIENT_DISCOUNT
#define GROUP     NGX_POLYCARD_CLIENT_LOYALTY_GROUP_ID


typedef struct {
    size_t               index;
    ngx_polycard_str_t   value;
} encodings_case_t;


static void encodings_test_cases(void);
static void encodings_test_random(void);
static void encodings_test_numbers(void);
static unsigned encodings_same(const ngx_polycard_str_t *value,
    unsigned escape, unsigned show);
static void encodings_json(char *p, const ngx_polycard_str_t *value,
    unsigned escape);
static void encodings_form(char *p, const ngx_polycard_str_t *value,
    unsigned escape);
static size_t encodings_multipart(char *p, const ngx_polycard_str_t *value);
static unsigned encodings_is_number(const ngx_polycard_str_t *value);
static void encodings_random_number(char *p);


static char  encodings_body[3][65536];
static char  encodings_got[3][65536];


static const encodings_case_t  encodings_cases[] = {
    { PHONE, S("380671112233") },
    { PHONE, S("+380671112233") },
    { PHONE, S("") },
    { NAME, S("") },
    { NAME, S("Тарас") },
    { NAME, S(" a b ") },
    { NAME, S("\"quoted\" \\ back") },
    { NAME, S("a&b=c+d%20;e") },
    { NAME, S("\xf0\x9f\x90\xbe") },
    { NAME, S("\\u0000") },
    { NAME, S("a\r\nb") },
    { NAME, S("a\x01" "b") },
    { NAME, S("\x7f") },
    { NAME, S("\xc2\x85") },
    { NAME, S("\xe2\x80\xa8") },
    { NAME, S("\xff") },
    { NAME, S("\xed\xa0\x80") },
    { NAME, S("\xd0") },
    { NAME, S("x--" BOUNDARY "--") },
    { EMAIL, S("t@example.com") },
    { SEX, S("male") },
    { SEX, S("MALE") },
    { BIRTHDAY, S("20240229") },
    { BIRTHDAY, S("20230229") },
    { BARCODE, S("2000000012345") },
    { BARCODE, S("\x1f") },
    { BONUS, S("0") },
    { BONUS, S("-0") },
    { BONUS, S("10.50") },
    { BONUS, S("1.005") },
    { BONUS, S("1.00499999999999999") },
    { BONUS, S("1234567890123.455") },
    { BONUS, S("0.30000000000000004") },
    { BONUS, S("1e3") },
    { BONUS, S("1e400") },
    { BONUS, S("-1e-400") },
    { BONUS, S("9999999999999.99") },
    { BONUS, S("9999999999999.994999999999999999") },
    { BONUS, S("9999999999999.995") },
    { BONUS, S("01") },
    { BONUS, S("1.") },
    { BONUS, S("-.5") },
    { DISCOUNT, S("-7.5") },
    { DISCOUNT, S("0x10") },
    { DISCOUNT, S("inf") },
    { DISCOUNT, S("nan") },
    { DISCOUNT, S("1,5") },
    { GROUP, S("3") },
    { GROUP, S("0") },
    { GROUP, S("007") },
    { GROUP, S("-1") },
    { GROUP, S("3.0") },
    { GROUP, S("1e2") },
    { GROUP, S("9007199254740991") },
    { GROUP, S("9007199254740992") },
    { GROUP, S("9007199254740991.4") },
    { GROUP, S("99999999999999999999") },
};


int
main(void)
{
    encodings_test_cases();
    encodings_test_random();
    encodings_test_numbers();

    return tap_done();
}


static void
encodings_test_cases(void)
{
    size_t               i;
    unsigned             escape;
    ngx_polycard_str_t   value[N];

    for (i = 0; i < sizeof(encodings_cases) / sizeof(encodings_case_t); i++) {
        for (escape = 0; escape < 2; escape++) {

            memset(value, 0, sizeof(value));
            value[encodings_cases[i].index] = encodings_cases[i].value;

            tap_ok(encodings_same(value, escape, 1), "case %zu, %s: %s", i,
                   escape ? "escaped" : "as it is", encodings_got[0]);
        }
    }
}


/* several attributes, good and bad ones */

static void
encodings_test_random(void)
{
    char                 text[N][1024];
    size_t               i, j, len;
    unsigned             n, bad, good;
    ngx_polycard_str_t   value[N];
    const char          *piece;
    static const char   *pieces[] = {
        "a", "7", "Ї", "\"", "\\", " ", "+", "%", "&", "=", "\xe2\x82\xac",
        "\xf0\x9f\x90\xbe", "\r", "\n", "-", "\x01", "\xff", "\xc2\x80",
        "\xe2\x80\xa9", "\xd0", "u0000"
    };

    for (bad = 0, good = 0, n = 0; n < 20000; n++) {
        memset(value, 0, sizeof(value));

        for (i = 0; i < N; i++) {

            if (tap_random(3) == 0) {
                continue;
            }

            if (tap_random(4) && i > PHONE && i <= EMAIL) {
                len = tap_random(8) ? tap_random(8) : 250 + tap_random(10);

                for (text[i][0] = '\0', j = 0; j < len; j++) {
                    piece = pieces[tap_random(tap_random(20) ? 12 : 21)];
                    strcat(text[i], piece);
                }

            } else if (i == BONUS || i == DISCOUNT) {
                encodings_random_number(text[i]);

            } else {
                strcpy(text[i],
                       (const char *[]) { "380671112233", "7", "male",
                                          "19871231", "", "380" }
                       [i == PHONE ? 0 : i == SEX ? 2 : i == BIRTHDAY ? 3
                        : i == GROUP ? 1 : 4]);
            }

            value[i].data = (u_char *) text[i];
            value[i].len = strlen(text[i]);
        }

        bad += !encodings_same(value, tap_random(2), bad < 5);
        good += (encodings_got[0][0] == '[');
    }

    tap_ok(bad == 0, "random attributes: %u have different outcomes", bad);
    tap_ok(good > 1000 && good < 19000, "%u of 20000 were taken", good);
}


/* numbers, also with many digits: as numbers of JSON and as text */

static void
encodings_test_numbers(void)
{
    char                 text[128];
    unsigned             n, bad, good;
    ngx_polycard_str_t   value[N];

    for (bad = 0, good = 0, n = 0; n < 100000; n++) {
        encodings_random_number(text);

        memset(value, 0, sizeof(value));
        value[n % 8 ? BONUS : GROUP].data = (u_char *) text;
        value[n % 8 ? BONUS : GROUP].len = strlen(text);

        bad += !encodings_same(value, 0, bad < 5);
        good += (encodings_got[0][0] == '[');
    }

    tap_ok(bad == 0, "random numbers: %u have different outcomes", bad);
    tap_ok(good > 10000 && good < 90000, "%u of 100000 were taken", good);
}


/* up to 40 digits, so that no double can hold them */

static void
encodings_random_number(char *p)
{
    unsigned  n;

    if (tap_random(3) == 0) {
        *p++ = '-';
    }

    for (n = tap_random(tap_random(4) ? 8 : 20) + 1; n; n--) {
        *p++ = '0' + tap_random(n > 1 ? 10 : 9);
    }

    if (tap_random(3)) {
        *p++ = '.';

        for (n = tap_random(tap_random(2) ? 3 : 20) + 1; n; n--) {
            *p++ = "0123456789499"[tap_random(13)];
        }
    }

    if (tap_random(6) == 0) {
        p += sprintf(p, "%c%s%u", "eE"[tap_random(2)],
                     tap_random(2) ? "-" : "", tap_random(20));
    }

    *p = '\0';
}


static unsigned
encodings_same(const ngx_polycard_str_t *value, unsigned escape, unsigned show)
{
    int                    rc;
    size_t                 i, len[3];
    unsigned               same;
    ngx_polycard_str_t     body, scratch;
    ngx_polycard_input_t   in;
    ngx_polycard_str_t     boundary = S(BOUNDARY);

    encodings_json(encodings_body[0], value, escape);
    encodings_form(encodings_body[1], value, escape);

    len[0] = strlen(encodings_body[0]);
    len[1] = strlen(encodings_body[1]);
    len[2] = encodings_multipart(encodings_body[2], value);

    for (i = 0; i < 3; i++) {
        body = tap_copy(encodings_body[i], len[i]);
        scratch = tap_copy(encodings_body[i],
                           len[i] + NGX_POLYCARD_INPUT_EXTRA);

        ngx_polycard_input_init(&in, &ngx_polycard_client, scratch.data,
                                scratch.len);

        rc = i == 0 ? ngx_polycard_json_read(&in, &body)
             : i == 1 ? ngx_polycard_form_read(&in, &body)
             : ngx_polycard_multipart_read(&in, &body, &boundary);

        if (rc == NGX_POLYCARD_OK) {
            rc = ngx_polycard_input_check(&in, 0);
        }

        strcpy(encodings_got[i], tap_outcome(rc, &in));
        tap_free();
    }

    same = strcmp(encodings_got[0], encodings_got[1]) == 0
           && strcmp(encodings_got[0], encodings_got[2]) == 0;

    for (i = 0; show && !same && i < 3; i++) {
        printf("# %s\n#   %s\n", encodings_body[i], encodings_got[i]);
    }

    return same;
}


/* digits as numbers where that is JSON, else as strings */

static void
encodings_json(char *p, const ngx_polycard_str_t *value, unsigned escape)
{
    u_char                    c;
    size_t                    i, j;
    const char               *comma;
    const ngx_polycard_str_t *name;

    comma = "{";

    for (i = 0; i < N; i++) {
        name = &ngx_polycard_client.attribute[i].name;

        if (value[i].data == NULL) {
            continue;
        }

        p += sprintf(p, "%s\"%.*s\":", comma, (int) name->len, name->data);
        comma = ",";

        if ((i == BONUS || i == DISCOUNT || i == GROUP)
            && encodings_is_number(&value[i]))
        {
            memcpy(p, value[i].data, value[i].len);
            p += value[i].len;
            continue;
        }

        *p++ = '"';

        for (j = 0; j < value[i].len; j++) {
            c = value[i].data[j];

            if (c == '"' || c == '\\') {
                *p++ = '\\';
                *p++ = c;

            } else if (escape && c < 0x80) {
                p += sprintf(p, "\\u%04x", c);

            } else {
                *p++ = c;
            }
        }

        *p++ = '"';
    }

    strcpy(p, *comma == '{' ? "{}" : "}");
}


static void
encodings_form(char *p, const ngx_polycard_str_t *value, unsigned escape)
{
    u_char                     c;
    size_t                     i, j;
    const ngx_polycard_str_t  *name;

    *p = '\0';

    for (i = 0; i < N; i++) {
        name = &ngx_polycard_client.attribute[i].name;

        if (value[i].data == NULL) {
            continue;
        }

        p += sprintf(p, "&%.*s=", (int) name->len, name->data);

        for (j = 0; j < value[i].len; j++) {
            c = value[i].data[j];

            if (escape || c == '&' || c == '+' || c == '%') {
                p += sprintf(p, "%%%02X", c);

            } else {
                *p++ = c == ' ' ? '+' : c;
            }
        }

        *p = '\0';
    }
}


static size_t
encodings_multipart(char *p, const ngx_polycard_str_t *value)
{
    char                      *start;
    size_t                     i;
    const ngx_polycard_str_t  *name;

    start = p;

    for (i = 0; i < N; i++) {
        name = &ngx_polycard_client.attribute[i].name;

        if (value[i].data == NULL) {
            continue;
        }

        p += sprintf(p, "--" BOUNDARY "\r\nContent-Disposition: form-data; "
                     "name=\"%.*s\"\r\n\r\n", (int) name->len, name->data);
        memcpy(p, value[i].data, value[i].len);
        p += value[i].len;
        p += sprintf(p, "\r\n");
    }

    p += sprintf(p, "--" BOUNDARY "--\r\n");

    return p - start;
}


/* what JSON readers take for a number */

static unsigned
encodings_is_number(const ngx_polycard_str_t *value)
{
    char  *end, buf[128];

    if (value->len == 0 || value->len > 63
        || strspn((char *) value->data, "0123456789+-.eE") != value->len
        || value->data[0] == '+' || value->data[0] == '.')
    {
        return 0;
    }

    memcpy(buf, value->data, value->len);
    buf[value->len] = '\0';
    (void) strtod(buf, &end);

    return *end == '\0';
}
