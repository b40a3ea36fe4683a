
#include "core/text.h"
#include "import/tool.h"
#include "import/values_damage.h"

#include <string.h>


/* a card number with fewer digits may contain a point */
#define DAMAGE_DIGITS  6

/* ##### is shown if a column is too narrow for its number */
#define DAMAGE_SIGNS   3


static unsigned polycard_values_is_exponent(const ngx_polycard_str_t *value);
static unsigned polycard_values_is_decimal(const ngx_polycard_str_t *value);
static unsigned polycard_values_is_error(const ngx_polycard_str_t *value);
static unsigned polycard_values_digit(u_char c);


const char *
polycard_values_damage(unsigned type, const ngx_polycard_str_t *value,
    unsigned table)
{
    ngx_polycard_str_t  text;

    text = *value;
    ngx_polycard_text_trim(&text);

    if (table && polycard_values_is_error(&text)) {
        return "is an error of a spreadsheet";
    }

    switch (type) {

    case NGX_POLYCARD_TYPE_CARD:
        if (table && polycard_values_is_decimal(&text)) {
            return "is a number with decimals: a spreadsheet has damaged it";
        }

        /* fall through */

    case NGX_POLYCARD_TYPE_PHONE:
        break;

    case NGX_POLYCARD_TYPE_AMOUNT:
    case NGX_POLYCARD_TYPE_ID:
        if (table) {
            break;
        }

        /* fall through */

    default:
        return NULL;
    }

    return polycard_values_is_exponent(&text)
           ? "is a number with an exponent: a spreadsheet has damaged it"
           : NULL;
}


/* 2.00004E+12 */

static unsigned
polycard_values_is_exponent(const ngx_polycard_str_t *value)
{
    size_t         digits;
    const u_char  *p, *last;

    p = value->data;
    last = p + value->len;

    for (digits = 0; p < last && (polycard_values_digit(*p) || *p == '.'
                                  || *p == ','); p++)
    {
        digits += polycard_values_digit(*p);
    }

    if (digits == 0 || last - p < 2 || (*p != 'e' && *p != 'E')) {
        return 0;
    }

    p++;
    p += (*p == '+' || *p == '-');

    for (digits = 0; p < last && polycard_values_digit(*p); p++) {
        digits++;
    }

    return digits && p == last;
}


/* 4820000000017,00 */

static unsigned
polycard_values_is_decimal(const ngx_polycard_str_t *value)
{
    size_t  i, zeros;

    for (i = 0; i < value->len && polycard_values_digit(value->data[i]); i++) {
        /* void */
    }

    if (i < DAMAGE_DIGITS || i == value->len
        || (value->data[i] != '.' && value->data[i] != ','))
    {
        return 0;
    }

    zeros = 0;

    while (i + zeros + 1 < value->len && value->data[i + zeros + 1] == '0') {
        zeros++;
    }

    return zeros && i + zeros + 1 == value->len;
}


static unsigned
polycard_values_is_error(const ngx_polycard_str_t *value)
{
    size_t  i;

    static const char *const  errors[] = {
        "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!",
        "#SPILL!", "#CALC!", "#GETTING_DATA",

        /* in Russian; in Ukrainian most are as in English */

        "#Н/Д", "#ССЫЛКА!", "#ЗНАЧ!", "#ИМЯ?", "#ДЕЛ/0!", "#ПУСТО!",
        "#ЧИСЛО!", "#ПОСИЛАННЯ!", "#ІМ'Я?", "#ДІЛ/0!"
    };

    if (value->len == 0 || value->data[0] != '#') {
        return 0;
    }

    for (i = 0; i < polycard_nelts(errors); i++) {
        if (strlen(errors[i]) == value->len
            && memcmp(errors[i], value->data, value->len) == 0)
        {
            return 1;
        }
    }

    for (i = 0; i < value->len && value->data[i] == '#'; i++) {
        /* void */
    }

    return i == value->len && i >= DAMAGE_SIGNS;
}


static unsigned
polycard_values_digit(u_char c)
{
    return c >= '0' && c <= '9';
}
