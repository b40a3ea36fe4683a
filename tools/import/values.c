
#include "core/phone.h"
#include "core/text.h"
#include "import/names.h"
#include "import/utf8.h"
#include "import/values.h"
#include "import/values_amount.h"

#include <stdio.h>
#include <string.h>


#define VALUES_YEAR_MIN   1900

/* digits of YYYYMMDD, and of the number of days that a spreadsheet counts */
#define VALUES_DATE_LEN   8
#define VALUES_DAYS_LEN   5


static unsigned polycard_values_is_space(uint32_t c);
static const char *polycard_values_phone(ngx_polycard_str_t *value,
    u_char *buf);
static const char *polycard_values_card(ngx_polycard_str_t *value);
static const char *polycard_values_text(ngx_polycard_str_t *value);
static const char *polycard_values_sex(polycard_values_t *values,
    ngx_polycard_str_t *value);
static const char *polycard_values_date(polycard_values_t *values,
    ngx_polycard_str_t *value, u_char *buf);
static void polycard_values_day(ngx_polycard_str_t *value);
static size_t polycard_values_parts(const ngx_polycard_str_t *value,
    uint32_t *part, size_t *digits, u_char *sign);
static const char *polycard_values_order(polycard_values_t *values,
    const uint32_t *part, const size_t *digits, u_char sign, uint32_t *date);
static const char *polycard_values_bounds(polycard_values_t *values,
    uint32_t date);
static const char *polycard_values_group(polycard_values_t *values,
    const ngx_polycard_attribute_t *a, ngx_polycard_str_t *value, u_char *buf);
static const char *polycard_values_integer(ngx_polycard_str_t *value);


const char *
polycard_values_read(polycard_values_t *values,
    const ngx_polycard_attribute_t *a, ngx_polycard_str_t *value, u_char *buf)
{
    if (value->len == 0) {
        return NULL;
    }

    switch (a->type) {

    case NGX_POLYCARD_TYPE_PHONE:
        return polycard_values_phone(value, buf);

    case NGX_POLYCARD_TYPE_CARD:
        return polycard_values_card(value);

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
    case NGX_POLYCARD_TYPE_ID:
        return values->table ? polycard_values_group(values, a, value, buf)
                             : NULL;

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


/* in all forms that are usual: +38 (067) 111-22-33, 0671112233, 80671112233 */

static const char *
polycard_values_phone(ngx_polycard_str_t *value, u_char *buf)
{
    size_t       n, k;
    u_char      *p, *last, digits[16];
    uint32_t     c;
    const char  *code;

    if (polycard_values_is_exponent(value)) {
        return "is a number with an exponent: a spreadsheet has damaged it";
    }

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
            /* the contract's own check will say so */
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


static const char *
polycard_values_card(ngx_polycard_str_t *value)
{
    ngx_polycard_text_trim(value);

    return polycard_values_is_exponent(value)
           ? "is a number with an exponent: a spreadsheet has damaged it"
           : NULL;
}


/* the text itself stays as it is */

static const char *
polycard_values_text(ngx_polycard_str_t *value)
{
    ngx_polycard_str_t  text;

    text = *value;
    ngx_polycard_text_trim(&text);

    return text.len ? NULL : "is nothing but spaces";
}


static const char *
polycard_values_sex(polycard_values_t *values, ngx_polycard_str_t *value)
{
    size_t                     i, k;
    const char                *word;
    polycard_name_t            one, two;
    static const ngx_polycard_str_t  sexes[] = {
        ngx_polycard_string("male"), ngx_polycard_string("female")
    };
    static const char *const   words[][9] = {
        { "m", "ч", "чол", "чоловік", "чоловіча", "м", "муж", "мужской",
          "мужчина" },
        { "f", "ж", "жін", "жінка", "жіноча", "жен", "женский", "женщина",
          "женск" }
    };

    ngx_polycard_text_trim(value);
    polycard_names_read(&one, value->data, value->len);

    if (value->len == 0) {
        return NULL;
    }

    for (i = 0; i < 2; i++) {
        for (k = 0; k < 10; k++) {
            word = (k < 9) ? words[i][k] : (char *) sexes[i].data;

            polycard_names_read(&two, (const u_char *) word, strlen(word));

            if (one.n && one.n == two.n
                && memcmp(one.c, two.c, one.n * sizeof(uint32_t)) == 0)
            {
                *value = sexes[i];
                return NULL;
            }
        }
    }

    return "must be male or female";
}


static const char *
polycard_values_date(polycard_values_t *values, ngx_polycard_str_t *value,
    u_char *buf)
{
    size_t       n, digits[3];
    u_char       sign;
    uint32_t     date, part[3];
    const char  *what;

    ngx_polycard_text_trim(value);
    polycard_values_day(value);

    if (value->len == 0) {
        return NULL;
    }

    n = polycard_values_parts(value, part, digits, &sign);
    date = part[0];

    if (n == 1 && digits[0] == VALUES_DAYS_LEN) {
        return "is a number of days: a spreadsheet has damaged it";
    }

    if (n == 3) {
        what = polycard_values_order(values, part, digits, sign, &date);

        if (what) {
            return what;
        }

    } else if (n != 1 || digits[0] != VALUES_DATE_LEN) {
        return "must be a day as YYYYMMDD, YYYY-MM-DD or DD.MM.YYYY";
    }

    value->data = buf;
    value->len = snprintf((char *) buf, POLYCARD_VALUE_ROOM, "%08u", date);

    return polycard_values_bounds(values, date);
}


/* midnight is no part of a day; stops alone are how 1C writes that it has none */

static void
polycard_values_day(ngx_polycard_str_t *value)
{
    size_t                   i, n;
    static const char *const  times[] = {
        " 0:00:00", " 00:00:00", "T00:00:00", " 0:00", " 00:00", "T00:00:00Z"
    };

    for (i = 0; i < polycard_nelts(times); i++) {
        n = strlen(times[i]);

        if (value->len > n
            && memcmp(value->data + value->len - n, times[i], n) == 0)
        {
            value->len -= n;
            break;
        }
    }

    for (i = 0; i < value->len; i++) {
        if (value->data[i] != '.' && value->data[i] != ' ') {
            return;
        }
    }

    value->len = 0;
}


/* how many numbers, with one sign between them; 0: it is something else */

static size_t
polycard_values_parts(const ngx_polycard_str_t *value, uint32_t *part,
    size_t *digits, u_char *sign)
{
    size_t  i, n;
    u_char  c;

    n = 0;
    part[0] = 0;
    digits[0] = 0;
    *sign = 0;

    for (i = 0; i < value->len; i++) {
        c = value->data[i];

        if (c >= '0' && c <= '9' && digits[n] < VALUES_DATE_LEN) {
            part[n] = part[n] * 10 + c - '0';
            digits[n]++;

        } else if ((c == '.' || c == '-' || c == '/') && n < 2 && digits[n]
                   && (*sign == 0 || *sign == c))
        {
            *sign = c;
            n++;
            part[n] = 0;
            digits[n] = 0;

        } else {
            return 0;
        }
    }

    return digits[n] ? n + 1 : 0;
}


static const char *
polycard_values_order(polycard_values_t *values, const uint32_t *part,
    const size_t *digits, u_char sign, uint32_t *date)
{
    u_char  order;

    order = values->options ? values->options->date : 0;

    if (digits[0] == 4 && digits[1] <= 2 && digits[2] <= 2) {
        order = POLYCARD_DATE_YMD;

    } else if (digits[2] == 4 && digits[0] <= 2 && digits[1] <= 2) {

        if (sign == '.') {
            order = POLYCARD_DATE_DMY;

        } else if (order != POLYCARD_DATE_DMY && order != POLYCARD_DATE_MDY) {
            return "may be day and month or month and day: --date says which";
        }

    } else {
        return digits[2] == 2 ? "has a year of two digits"
                              : "must be a day as YYYYMMDD";
    }

    if (part[0] > 9999 || part[1] > 31) {
        return "must be a day as YYYYMMDD";
    }

    *date = (order == POLYCARD_DATE_YMD)
            ? part[0] * 10000 + part[1] * 100 + part[2]
            : (order == POLYCARD_DATE_DMY)
            ? part[2] * 10000 + part[1] * 100 + part[0]
            : part[2] * 10000 + part[0] * 100 + part[1];

    return NULL;
}


static const char *
polycard_values_bounds(polycard_values_t *values, uint32_t date)
{
    if (!values->table) {
        return NULL;
    }

    if (date / 10000 < VALUES_YEAR_MIN) {
        return "is before 1900";
    }

    return (values->today && date > values->today) ? "is in the future" : NULL;
}


/* a client's group by its title: what begins with no digit is one */

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

    if (i == value->len || values->groups == NULL
        || a->name.len != sizeof(name) - 1
        || memcmp(a->name.data, name, a->name.len) != 0)
    {
        return polycard_values_integer(value);
    }

    id = polycard_groups_find(values->groups, value, &what);

    if (id == NULL) {
        return what;
    }

    value->data = buf;
    value->len = snprintf((char *) buf, POLYCARD_VALUE_ROOM, "%s", id);

    return NULL;
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
