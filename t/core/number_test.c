
#include "tap.h"
#include "core/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define MAX   NGX_POLYCARD_AMOUNT_MAX
#define NONE  INT64_MIN


typedef struct {
    const char  *text;
    int64_t      value;           /* NONE: must be refused */
} number_case_t;


static void number_test_amounts(void);
static void number_test_long_amounts(void);
static void number_test_prints(void);
static void number_test_integers(void);
static void number_test_bytes(void);
static void number_test_noise(void);
static void number_test_changes(void);
static int64_t number_amount(const char *text);
static int64_t number_integer(const char *text);
static int64_t number_random(void);


static const number_case_t  number_amounts[] = {
    { "0", 0 },
    { "-0", 0 },
    { "0.0", 0 },
    { "-0.00", 0 },
    { "1", 100 },
    { "12550", 1255000 },
    { "7.5", 750 },
    { "10.50", 1050 },
    { "-3.35", -335 },
    { "0.01", 1 },
    { "-0.01", -1 },
    { "0.1", 10 },

    /* rounded half away from zero */

    { "0.004", 0 },
    { "0.0049999999999999999999", 0 },
    { "0.005", 1 },
    { "-0.004", 0 },
    { "-0.005", -1 },
    { "1.005", 101 },
    { "-1.005", -101 },
    { "1.995", 200 },
    { "9.999", 1000 },
    { "99.994999", 9999 },

    /* noise of floating point sums */

    { "0.30000000000000004", 30 },
    { "3810.17000000000017756", 381017 },
    { "0.29999999999999998889776975", 30 },
    { "-0.30000000000000004", -30 },

    /* exponents */

    { "1e3", 100000 },
    { "1E3", 100000 },
    { "1e+3", 100000 },
    { "1e03", 100000 },
    { "1.5e1", 1500 },
    { "1.5e-1", 15 },
    { "-15e-1", -150 },
    { "5e-3", 1 },
    { "4e-3", 0 },
    { "1e-400", 0 },
    { "1e-999999999999999999999999999999", 0 },
    { "0e400", 0 },
    { "0e999999999999999999999999999999", 0 },
    { "0.0e5", 0 },
    { "0.00000000000000000001e20", 100 },
    { "0.000000000000000000015e20", 150 },
    { "100000000000000000000e-20", 100 },
    { "123456789012345678901234567890e-28", 1235 },

    /* the limits */

    { "9999999999999.99", MAX },
    { "-9999999999999.99", -MAX },
    { "9999999999999.994", MAX },
    { "9999999999999.995", NONE },
    { "-9999999999999.995", NONE },
    { "9999999999999.9949999999999999", MAX },
    { "10000000000000", NONE },
    { "1e13", NONE },
    { "9.99999999999999e12", MAX },
    { "1e400", NONE },
    { "-1e400", NONE },
    { "1e999999999999999999999999999999", NONE },
    { "9223372036854775808", NONE },
    { "18446744073709551616", NONE },
    { "184467440737095516.16", NONE },

    /* what is no number */

    { "", NONE },
    { "-", NONE },
    { "+1", NONE },
    { "--1", NONE },
    { ".5", NONE },
    { "-.5", NONE },
    { "5.", NONE },
    { "5.e1", NONE },
    { ".", NONE },
    { "00", NONE },
    { "01", NONE },
    { "-01", NONE },
    { "00.5", NONE },
    { "1e", NONE },
    { "1e+", NONE },
    { "1e-", NONE },
    { "1e+-3", NONE },
    { "e3", NONE },
    { "1e3.5", NONE },
    { "1e3e3", NONE },
    { "1.2.3", NONE },
    { "1,5", NONE },
    { "0x10", NONE },
    { "1x", NONE },
    { "inf", NONE },
    { "-inf", NONE },
    { "nan", NONE },
    { "Infinity", NONE },
    { "NaN", NONE },
    { " 1", NONE },
    { "1 ", NONE },
    { "1\n", NONE },
    { "1 000", NONE },
    { "1_000", NONE },
    { "null", NONE },
    { "true", NONE },
    { "\xd9\xa1", NONE },
    { "\xef\xbc\x91", NONE },
};


static const number_case_t  number_prints[] = {
    { "0", 0 },
    { "0.01", 1 },
    { "-0.01", -1 },
    { "0.1", 10 },
    { "-0.1", -10 },
    { "0.99", 99 },
    { "1", 100 },
    { "1.01", 101 },
    { "7.5", 750 },
    { "10.5", 1050 },
    { "10", 1000 },
    { "12550", 1255000 },
    { "-12550.05", -1255005 },
    { "9999999999999.99", MAX },
    { "-9999999999999.99", -MAX },
    { "9999999999999.9", MAX - 9 },
};


static const number_case_t  number_integers[] = {
    { "0", 0 },
    { "1", 1 },
    { "10", 10 },
    { "380671112233", 380671112233 },
    { "9007199254740991", NGX_POLYCARD_INTEGER_MAX },
    { "9007199254740992", NONE },
    { "9999999999999999", NONE },
    { "10000000000000000", NONE },
    { "18446744073709551617", NONE },
    { "", NONE },
    { "-", NONE },
    { "-1", NONE },
    { "-0", NONE },
    { "+1", NONE },
    { "00", NONE },
    { "007", NONE },
    { "1.0", NONE },
    { "1e3", NONE },
    { "0x10", NONE },
    { " 1", NONE },
    { "1 ", NONE },
    { "1a", NONE },
    { "inf", NONE },
    { "nan", NONE },
};


int
main(void)
{
    number_test_amounts();
    number_test_long_amounts();
    number_test_prints();
    number_test_integers();
    number_test_bytes();
    number_test_noise();
    number_test_changes();

    return tap_done();
}


static void
number_test_amounts(void)
{
    size_t                i;
    int64_t               got;
    const number_case_t  *c;

    for (i = 0; i < sizeof(number_amounts) / sizeof(*c); i++) {
        c = &number_amounts[i];
        got = number_amount(c->text);

        tap_ok(got == c->value, "amount \"%s\": %" PRId64, c->text, got);
    }
}


static void
number_test_long_amounts(void)
{
    char  buf[NGX_POLYCARD_AMOUNT_LEN + 2];

    memset(buf, '0', sizeof(buf));
    memcpy(buf, "1.", 2);

    buf[NGX_POLYCARD_AMOUNT_LEN] = '\0';
    tap_ok(number_amount(buf) == 100, "63 bytes are an amount");

    buf[NGX_POLYCARD_AMOUNT_LEN] = '0';
    buf[NGX_POLYCARD_AMOUNT_LEN + 1] = '\0';
    tap_ok(number_amount(buf) == NONE, "64 bytes are none");
}


static void
number_test_prints(void)
{
    size_t                i;
    u_char                buf[NGX_POLYCARD_NUMBER_LEN], *last;
    ngx_polycard_str_t    want;
    const number_case_t  *c;

    for (i = 0; i < sizeof(number_prints) / sizeof(*c); i++) {
        c = &number_prints[i];
        want = tap_text(c->text);
        last = ngx_polycard_number_print_amount(buf, c->value);

        tap_is(buf, last - buf, &want, "print %" PRId64 " hundredths",
               c->value);
    }

    want = tap_text("9223372036854775807");
    last = ngx_polycard_number_print_integer(buf, INT64_MAX);
    tap_is(buf, last - buf, &want, "the greatest integer has room");

    want = tap_text("-9223372036854775808");
    last = ngx_polycard_number_print_integer(buf, INT64_MIN);
    tap_is(buf, last - buf, &want, "and the least");

    want = tap_text("-5");
    last = ngx_polycard_number_print_integer(buf, -5);
    tap_is(buf, last - buf, &want, "what should not be negative is a number");

    want = tap_text("0");
    last = ngx_polycard_number_print_integer(buf, 0);
    tap_is(buf, last - buf, &want, "0");
}


static void
number_test_integers(void)
{
    size_t                i;
    u_char                buf[NGX_POLYCARD_NUMBER_LEN], *last;
    int64_t               got;
    ngx_polycard_str_t    want;
    const number_case_t  *c;

    for (i = 0; i < sizeof(number_integers) / sizeof(*c); i++) {
        c = &number_integers[i];
        got = number_integer(c->text);

        tap_ok(got == c->value, "integer \"%s\": %" PRId64, c->text, got);

        if (c->value == NONE) {
            continue;
        }

        want = tap_text(c->text);
        last = ngx_polycard_number_print_integer(buf, c->value);
        tap_is(buf, last - buf, &want, "print integer %" PRId64, c->value);
    }
}


/* any byte before, in or behind the digits */

static void
number_test_bytes(void)
{
    int                  c;
    char                 buf[3];
    int64_t              n;
    unsigned             at, bad;
    ngx_polycard_str_t   text;

    for (bad = 0, c = 0; c < 256; c++) {

        for (at = 0; at < 3; at++) {
            memcpy(buf, "123", 3);
            buf[at] = c;
            text = tap_copy(buf, 3);

            if (c >= '0' && c <= '9' && !(at == 0 && c == '0')) {
                continue;
            }

            bad += ngx_polycard_number_parse_integer(&text, &n)
                   == NGX_POLYCARD_OK;

            if ((c == '-' && at == 0)
                || ((c == '.' || c == 'e' || c == 'E') && at == 1))
            {
                continue;
            }

            bad += ngx_polycard_number_parse_amount(&text, &n)
                   == NGX_POLYCARD_OK;
        }
    }

    tap_ok(bad == 0, "a byte that is no digit: %u wrong", bad);
}


/* what others make of an amount with floating point reads back the same */

static void
number_test_noise(void)
{
    char                 buf[64];
    u_char              *last;
    double               d;
    size_t               i, j;
    int64_t              h, got;
    unsigned             bad[5];
    ngx_polycard_str_t   text;
    static const char   *formats[] = { "%.17g", "%.15g", "%.16e", "%.2f",
                                       "%.20f" };

    memset(bad, 0, sizeof(bad));

    for (i = 0; i < 200000; i++) {
        h = number_random();

        for (j = 0; j < 5; j++) {
            d = h;
            (void) snprintf(buf, sizeof(buf), formats[j], d / 100);
            bad[j] += (number_amount(buf) != h);
        }

        /* and so does what we print, which is the shortest */

        last = ngx_polycard_number_print_amount((u_char *) buf, h);
        text = tap_copy(buf, last - (u_char *) buf);
        *last = '\0';

        bad[0] += ngx_polycard_number_parse_amount(&text, &got)
                  != NGX_POLYCARD_OK || got != h;
        bad[1] += strtod(buf, NULL) != (double) h / 100;
        bad[2] += strchr(buf, '.') && last[-1] == '0';

        tap_free();
    }

    for (j = 0; j < 5; j++) {
        tap_ok(bad[j] == 0, "random amounts as %s: %u wrong", formats[j],
               bad[j]);
    }
}


/* the difference of any two amounts is printed, and reads back the same */

static void
number_test_changes(void)
{
    size_t               i;
    u_char               room[NGX_POLYCARD_NUMBER_LEN];
    int64_t              change, got;
    unsigned             bad;
    ngx_polycard_str_t   text;

    for (i = 0, bad = 0; i < 20000; i++) {
        change = i == 0 ? 2 * MAX : i == 1 ? -2 * MAX
                 : number_random() - number_random();

        text.data = room;
        text.len = ngx_polycard_number_print_amount(room, change) - room;

        bad += text.len > NGX_POLYCARD_NUMBER_LEN
               || ngx_polycard_number_parse_change(&text, &got)
                  != NGX_POLYCARD_OK
               || got != change;
    }

    tap_ok(bad == 0, "20000 changes: %u wrong", bad);

    text = tap_text("19999999999999.985");
    tap_ok(ngx_polycard_number_parse_change(&text, &got) != NGX_POLYCARD_OK,
           "more than a change can be");
}


static int64_t
number_amount(const char *text)
{
    int64_t              h;
    ngx_polycard_str_t   copy;

    copy = tap_text(text);

    if (ngx_polycard_number_parse_amount(&copy, &h) != NGX_POLYCARD_OK) {
        h = NONE;
    }

    tap_free();

    return h;
}


static int64_t
number_integer(const char *text)
{
    int64_t              n;
    ngx_polycard_str_t   copy;

    copy = tap_text(text);

    if (ngx_polycard_number_parse_integer(&copy, &n) != NGX_POLYCARD_OK) {
        n = NONE;
    }

    tap_free();

    return n;
}


/* amounts of every length */

static int64_t
number_random(void)
{
    int64_t   h;
    unsigned  digits;

    h = 0;

    for (digits = tap_random(16); digits; digits--) {
        h = h * 10 + tap_random(10);
    }

    return tap_random(2) ? h : -h;
}
