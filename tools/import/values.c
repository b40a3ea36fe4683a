
#include "core/phone.h"
#include "core/text.h"
#include "import/utf8.h"
#include "import/values.h"
#include "import/values_amount.h"
#include "import/values_damage.h"
#include "import/values_date.h"
#include "import/values_sex.h"

#include <stdio.h>
#include <string.h>


static unsigned polycard_values_is_space(uint32_t c);
static const char *polycard_values_phone(ngx_polycard_str_t *value,
    u_char *buf);
static const char *polycard_values_text(ngx_polycard_str_t *value);
static const char *polycard_values_group(polycard_values_t *values,
    const ngx_polycard_attribute_t *a, ngx_polycard_str_t *value, u_char *buf);
static unsigned polycard_values_is_word(const ngx_polycard_str_t *value);
static const char *polycard_values_end(const ngx_polycard_str_t *value);
static const char *polycard_values_integer(ngx_polycard_str_t *value);


const char *
polycard_values_read(polycard_values_t *values,
    const ngx_polycard_attribute_t *a, ngx_polycard_str_t *value, u_char *buf)
{
    const char  *what;

    if (value->len == 0) {
        return NULL;
    }

    what = polycard_values_damage(a->type, value, values->table);

    if (what) {
        return what;
    }

    switch (a->type) {

    case NGX_POLYCARD_TYPE_PHONE:
        return polycard_values_phone(value, buf);

    case NGX_POLYCARD_TYPE_CARD:
        ngx_polycard_text_trim(value);
        return NULL;

    case NGX_POLYCARD_TYPE_TEXT:
        return values->table ? polycard_values_text(value) : NULL;

    case NGX_POLYCARD_TYPE_SEX:
        return polycard_values_sex(values, value);

    case NGX_POLYCARD_TYPE_DATE:
        return polycard_values_date(values, value, buf);

    case NGX_POLYCARD_TYPE_AMOUNT:
        return values->table ? polycard_values_amount(values, a, value, buf)
                             : NULL;

    case NGX_POLYCARD_TYPE_INTEGER:
        return values->table ? polycard_values_group(values, a, value, buf)
                             : NULL;

    case NGX_POLYCARD_TYPE_ID:
        what = values->table ? polycard_values_integer(value) : NULL;

        return what ? what : polycard_values_end(value);

    default:
        return NULL;
    }
}


static unsigned
polycard_values_is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0
           || c == 0x1680 || c == 0x180e || (c >= 0x2000 && c <= 0x200d)
           || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f
           || c == 0x2060 || c == 0x3000 || c == 0xfeff;
}


/* in all usual forms: +38 (067) 111-22-33, 0671112233, 80671112233 */

static const char *
polycard_values_phone(ngx_polycard_str_t *value, u_char *buf)
{
    size_t       n, k;
    u_char      *p, *last, digits[16];
    uint32_t     c;
    const char  *code;

    ngx_polycard_text_trim(value);

    last = value->data + value->len;

    for (k = 0, p = value->data; p < last; p += n) {
        n = polycard_utf8_next(p, last, &c);

        if (n == 1 && c >= '0' && c <= '9') {
            if (k == sizeof(digits)) {
                return NULL;
            }

            digits[k++] = c;

        } else if (n == 0 || !(polycard_values_is_space(c)
                               || c == 0x2010 || c == 0x2011 || c == 0x2013
                               || (c < 0x80 && strchr("()-./", c))
                               || (c == '+' && k == 0)))
        {
            /* the contract's own check reports it */
            return NULL;
        }
    }

    if (k == 9 && digits[0] != '0') {
        return "has 9 digits: a spreadsheet may have taken a 0 away";
    }

    n = (k == 14 && memcmp(digits, "00380", 5) == 0) ? 2 : 0;

    /* what is before it in 380671112233 */

    code = (k == 10 && digits[0] == '0') ? "38"
           : (k == 11 && memcmp(digits, "80", 2) == 0) ? "3" : "";

    value->data = buf;
    value->len = snprintf((char *) buf, POLYCARD_VALUE_ROOM, "%s%.*s", code,
                          (int) (k - n), (char *) digits + n);

    return NULL;
}


/* the text itself is not changed */

static const char *
polycard_values_text(ngx_polycard_str_t *value)
{
    ngx_polycard_str_t  text;

    text = *value;
    ngx_polycard_text_trim(&text);

    return text.len ? NULL : "is nothing but spaces";
}


/* a client's group by its title, which does not begin with a digit */

static const char *
polycard_values_group(polycard_values_t *values,
    const ngx_polycard_attribute_t *a, ngx_polycard_str_t *value, u_char *buf)
{
    size_t              i;
    const char         *id, *what;
    static const char   name[] = "loyalty_group_id";

    ngx_polycard_text_trim(value);

    for (i = 0; i < value->len; i++) {
        if (value->data[i] < '0' || value->data[i] > '9') {
            break;
        }
    }

    if (i == value->len || a->name.len != sizeof(name) - 1
        || memcmp(a->name.data, name, a->name.len) != 0)
    {
        return polycard_values_integer(value);
    }

    if (values->groups == NULL) {
        return polycard_values_is_word(value)
               ? "is a title, and titles are known only with --market"
               : polycard_values_integer(value);
    }

    id = polycard_groups_find(values->groups, value, &what);

    if (id == NULL) {
        return what;
    }

    value->data = buf;
    value->len = snprintf((char *) buf, POLYCARD_VALUE_ROOM, "%s", id);

    return NULL;
}


/* has it a letter, of any language? */

static unsigned
polycard_values_is_word(const ngx_polycard_str_t *value)
{
    size_t  i;
    u_char  c;

    for (i = 0; i < value->len; i++) {
        c = value->data[i];

        /* U+0080 to U+00BF and U+2000 to U+207F: spaces, dashes and signs */

        if (c == 0xe2 && i + 1 < value->len && value->data[i + 1] < 0x82) {
            continue;
        }

        if (c > 0xc2 || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) {
            return 1;
        }
    }

    return 0;
}


/* behind it there would be no number left for new clients */

static const char *
polycard_values_end(const ngx_polycard_str_t *value)
{
    static const u_char  nines[] = "999";

    return (value->len == NGX_POLYCARD_ID_LEN
            && memcmp(value->data, nines, sizeof(nines) - 1) == 0)
           ? "is at the end of what ids may be" : NULL;
}


/* 000000001 is 1, and 1 234 is 1234 */

static const char *
polycard_values_integer(ngx_polycard_str_t *value)
{
    ngx_polycard_text_trim(value);

    if (!polycard_values_ungroup(value)) {
        return "must be a whole number";
    }

    while (value->len > 1 && value->data[0] == '0') {
        value->data++;
        value->len--;
    }

    return NULL;
}
