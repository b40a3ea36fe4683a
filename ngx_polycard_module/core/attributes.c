
#include "core/attributes.h"
#include "core/number.h"
#include "core/phone.h"
#include "core/text.h"

#include <string.h>


static unsigned ngx_polycard_attribute_is(const ngx_polycard_str_t *value,
    const char *word);
static const char *ngx_polycard_attribute_check_text(
    const ngx_polycard_attribute_t *a, const ngx_polycard_str_t *value);
static unsigned ngx_polycard_attribute_is_date(
    const ngx_polycard_str_t *value);


static const ngx_polycard_attribute_t  ngx_polycard_client_attributes[] = {

    { ngx_polycard_string("phone"), NGX_POLYCARD_TYPE_PHONE, 1 },
    { ngx_polycard_string("surname"), NGX_POLYCARD_TYPE_TEXT, 0 },
    { ngx_polycard_string("name"), NGX_POLYCARD_TYPE_TEXT, 0 },
    { ngx_polycard_string("middlename"), NGX_POLYCARD_TYPE_TEXT, 0 },
    { ngx_polycard_string("email"), NGX_POLYCARD_TYPE_TEXT, 0 },
    { ngx_polycard_string("sex"), NGX_POLYCARD_TYPE_SEX, 0 },
    { ngx_polycard_string("birthday"), NGX_POLYCARD_TYPE_DATE, 0 },
    { ngx_polycard_string("barcode"), NGX_POLYCARD_TYPE_CARD, 1 },
    { ngx_polycard_string("bonus"), NGX_POLYCARD_TYPE_AMOUNT, 0 },
    { ngx_polycard_string("discount"), NGX_POLYCARD_TYPE_AMOUNT, 0 },
    { ngx_polycard_string("loyalty_group_id"), NGX_POLYCARD_TYPE_INTEGER, 0 },
};


static const ngx_polycard_attribute_t  ngx_polycard_group_attributes[] = {

    { ngx_polycard_string("id"), NGX_POLYCARD_TYPE_INTEGER, 1 },
    { ngx_polycard_string("title"), NGX_POLYCARD_TYPE_TEXT, 1 },
    { ngx_polycard_string("loyaltyType"), NGX_POLYCARD_TYPE_LOYALTY, 1 },
    { ngx_polycard_string("loyaltyQuantity"), NGX_POLYCARD_TYPE_AMOUNT, 1 },
    { ngx_polycard_string("active"), NGX_POLYCARD_TYPE_FLAG, 0 },
};


const ngx_polycard_table_t  ngx_polycard_client = {
    ngx_polycard_client_attributes, NGX_POLYCARD_CLIENT_N
};


const ngx_polycard_table_t  ngx_polycard_group = {
    ngx_polycard_group_attributes, NGX_POLYCARD_GROUP_N
};


const char *
ngx_polycard_attribute_check(const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *value)
{
    int64_t  n;

    switch (a->type) {

    case NGX_POLYCARD_TYPE_PHONE:
        return ngx_polycard_phone_check(value) == NGX_POLYCARD_OK
               ? NULL : "must be 380 and 9 digits";

    case NGX_POLYCARD_TYPE_SEX:
        return ngx_polycard_attribute_is(value, "male")
               || ngx_polycard_attribute_is(value, "female")
               ? NULL : "must be male or female";

    case NGX_POLYCARD_TYPE_DATE:
        return ngx_polycard_attribute_is_date(value)
               ? NULL : "must be a day as YYYYMMDD";

    case NGX_POLYCARD_TYPE_AMOUNT:
        return ngx_polycard_number_parse_amount(value, &n) == NGX_POLYCARD_OK
               ? NULL : "must be a number";

    case NGX_POLYCARD_TYPE_CHANGE:
        return ngx_polycard_number_parse_change(value, &n) == NGX_POLYCARD_OK
               ? NULL : "must be a number";

    case NGX_POLYCARD_TYPE_INTEGER:
        return ngx_polycard_number_parse_integer(value, &n) == NGX_POLYCARD_OK
               ? NULL : "must be a whole number";

    case NGX_POLYCARD_TYPE_ID:
        return ngx_polycard_number_parse_integer(value, &n) != NGX_POLYCARD_OK
               ? "must be a whole number"
               : value->len > NGX_POLYCARD_ID_LEN
               ? "must have at most 15 digits" : NULL;

    case NGX_POLYCARD_TYPE_LOYALTY:
        return ngx_polycard_attribute_is(value, "discount")
               || ngx_polycard_attribute_is(value, "bonuses")
               ? NULL : "must be discount or bonuses";

    case NGX_POLYCARD_TYPE_FLAG:
        return ngx_polycard_attribute_flag(value)
               || ngx_polycard_attribute_is(value, "false")
               || ngx_polycard_attribute_is(value, "0")
               ? NULL : "must be true or false";

    default: /* NGX_POLYCARD_TYPE_TEXT, NGX_POLYCARD_TYPE_CARD */
        return ngx_polycard_attribute_check_text(a, value);
    }
}


unsigned
ngx_polycard_attribute_flag(const ngx_polycard_str_t *value)
{
    return ngx_polycard_attribute_is(value, "true")
           || ngx_polycard_attribute_is(value, "1");
}


static unsigned
ngx_polycard_attribute_is(const ngx_polycard_str_t *value, const char *word)
{
    return value->len == strlen(word)
           && memcmp(value->data, word, value->len) == 0;
}


static const char *
ngx_polycard_attribute_check_text(const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *value)
{
    if (a->required && value->len == 0) {
        return "is empty";
    }

    switch (ngx_polycard_text_check(value, NGX_POLYCARD_TEXT_MAX)) {

    case 0:
        return NULL;

    case NGX_POLYCARD_TEXT_LONG:
        return "is longer than 255 characters";

    case NGX_POLYCARD_TEXT_CONTROL:
        return "holds control characters";

    default: /* NGX_POLYCARD_TEXT_BROKEN */
        return "is not valid UTF-8";
    }
}


static unsigned
ngx_polycard_attribute_is_date(const ngx_polycard_str_t *value)
{
    size_t                i;
    unsigned              n, year, month, day, last;
    static const u_char   days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    if (value->len != 8) {
        return 0;
    }

    for (n = 0, i = 0; i < 8; i++) {
        if (value->data[i] < '0' || value->data[i] > '9') {
            return 0;
        }

        n = n * 10 + (value->data[i] - '0');
    }

    year = n / 10000;
    month = n / 100 % 100;
    day = n % 100;

    if (year == 0 || month == 0 || month > 12) {
        return 0;
    }

    last = days[month - 1];

    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) {
        last = 29;
    }

    return day >= 1 && day <= last;
}
