
/*
 * The first line is a format of Excel, the rest the number of a cell: it comes
 * out within its room, and what is written of a number is one for the values.
 */


#include "fuzz.h"
#include "xlsx/cell.h"
#include "xlsx/text.h"

#include <stdlib.h>
#include <string.h>


static void fuzz_cell(const char *format, const char *value);
static void fuzz_text(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char                *format, *value;
    ngx_polycard_str_t   rest, line;

    rest.data = (u_char *) data;
    rest.len = size;
    line = fuzz_line(&rest);

    format = strndup((char *) line.data, line.len);
    value = strndup((char *) rest.data, rest.len);
    fuzz_must(format && value, "there is memory");

    fuzz_cell(format, value);
    fuzz_text(data, size);

    free(format);
    free(value);

    return 0;
}


static void
fuzz_cell(const char *format, const char *value)
{
    char               buf[POLYCARD_CELL_MAX];
    size_t             len, i;
    polycard_style_t   style;

    style = polycard_style_read(format);

    len = polycard_cell_print(buf, value, &style, strlen(value) % 2, ',');

    fuzz_must(len <= sizeof(buf), "a cell has a bound");

    for (i = 0; i < len; i++) {
        fuzz_must(strchr("0123456789+-,.E%: ", buf[i]) != NULL && buf[i],
                  "signs of numbers and days");
    }

    fuzz_must(len == 0 || strpbrk(value, "0123456789") != NULL,
              "it was a number");
}


/* what is no escape stays as it is; it never gets longer */

static void
fuzz_text(const uint8_t *data, size_t size)
{
    polycard_text_t  *text;

    text = malloc(sizeof(polycard_text_t));
    fuzz_must(text != NULL, "there is memory");

    polycard_text_begin(text);
    polycard_text_add(text, data, size);

    size = text->len;
    polycard_text_unescape(text);

    fuzz_must(text->len <= size, "an escape is longer than its character");
    fuzz_must(text->len == size || memchr(data, '_', size) != NULL,
              "there was an escape");

    free(text);
}
