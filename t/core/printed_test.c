
/* Amounts that are copied as they stand: those that are printed so only. */


#include "tap.h"
#include "core/number.h"

#include <string.h>


static void printed_test_amounts(void);
static void printed_test_texts(void);
static unsigned printed_is_kept(const ngx_polycard_str_t *text);


int
main(void)
{
    printed_test_amounts();
    printed_test_texts();

    return tap_done();
}


/* of each length, and around it */

static void
printed_test_amounts(void)
{
    u_char               room[NGX_POLYCARD_NUMBER_LEN];
    size_t               wrong;
    int64_t              power, h;
    ngx_polycard_str_t   text;

    text.data = room;
    wrong = 0;

    for (power = 1; power <= NGX_POLYCARD_AMOUNT_MAX / 10; power *= 10) {
        for (h = power - 120; h < power + 120; h++) {
            text.len = ngx_polycard_number_print_amount(room, h) - room;
            wrong += ngx_polycard_number_is_printed(&text) != (h >= 0);
        }
    }

    tap_ok(wrong == 0, "amounts as they are printed: %zu wrong", wrong);

    text = tap_text("9999999999999.99");
    tap_ok(ngx_polycard_number_is_printed(&text), "the greatest amount");

    text = tap_text("10000000000000");
    tap_ok(!ngx_polycard_number_is_printed(&text), "more than that");

    text = tap_text("1.5");
    text.len = 0;
    tap_ok(!ngx_polycard_number_is_printed(&text), "nothing at all");
}


/* made of the bytes of a number */

static void
printed_test_texts(void)
{
    size_t               i, n, found, wrong;
    u_char               room[18];
    ngx_polycard_str_t   text;

    found = 0;
    wrong = 0;

    for (i = 0; i < 300000; i++) {
        n = tap_random(sizeof(room));

        text.data = room;
        text.len = n;

        while (n--) {
            room[n] = "0015.9-e"[tap_random(8)];
        }

        if (ngx_polycard_number_is_printed(&text)) {
            found++;
            wrong += !printed_is_kept(&text);
        }
    }

    tap_ok(found && !wrong, "%zu texts that are copied: %zu wrong", found,
           wrong);
}


static unsigned
printed_is_kept(const ngx_polycard_str_t *text)
{
    u_char   room[NGX_POLYCARD_NUMBER_LEN], *last;
    int64_t  h;

    if (ngx_polycard_number_parse_amount(text, &h) != NGX_POLYCARD_OK) {
        return 0;
    }

    last = ngx_polycard_number_print_amount(room, h);

    return (size_t) (last - room) == text->len
           && memcmp(room, text->data, text->len) == 0;
}
