
#include "check/check.h"
#include "core/attributes.h"
#include "core/number.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>


/* what is checked: the names are used in the sentences of the report */

typedef struct {
    check_t                         *check;
    check_row_e                      row;
    const check_exchange_t          *x;
    size_t                           n;
    const ngx_polycard_attribute_t  *attribute;
} check_place_t;


static int check_record_index(const ngx_polycard_table_t *table,
    const char *name);
static void check_record_value(check_place_t *place, const cJSON *value);
static void check_record_amount(check_place_t *place, const cJSON *value);
static void check_record_integer(check_place_t *place, const cJSON *value);
static void check_record_string(check_place_t *place, const cJSON *value);
static const char *check_record_text(const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *text);
static const char *check_record_type(const cJSON *value);
static void check_record_fail(check_place_t *place, check_row_e row,
    const char *what);


void
check_record(check_t *c, check_row_e row, const check_exchange_t *x,
    const cJSON *object, size_t n)
{
    int                          index;
    size_t                       i;
    unsigned                     seen;
    const cJSON                 *value;
    check_place_t                place = { c, row, x, n, NULL };
    const ngx_polycard_table_t  *table;

    table = (row == CHECK_CLIENT) ? &ngx_polycard_client : &ngx_polycard_group;
    seen = 0;

    check_report_pass(&c->report, row);
    check_report_pass(&c->report, CHECK_EXTRA);

    if (!cJSON_IsObject(object)) {
        check_record_fail(&place, row, "is no object");
        return;
    }

    for (value = object->child; value; value = value->next) {
        index = check_record_index(table, value->string);

        if (index == -1) {
            check_report_fail_record(&c->report, CHECK_EXTRA, x, n,
                                     "has \"%.40s\"", value->string);
            continue;
        }

        place.attribute = &table->attribute[index];

        if (seen & (1u << index)) {
            check_record_fail(&place, row, "comes twice");
        }

        seen |= 1u << index;

        check_record_value(&place, value);
    }

    for (i = 0; i < table->n; i++) {
        place.attribute = &table->attribute[i];

        if (place.attribute->required && !(seen & (1u << i))) {
            check_record_fail(&place, row, "is missing");
        }
    }
}


static int
check_record_index(const ngx_polycard_table_t *table, const char *name)
{
    size_t                     i;
    const ngx_polycard_str_t  *known;

    for (i = 0; i < table->n; i++) {
        known = &table->attribute[i].name;

        if (strlen(name) == known->len
            && memcmp(name, known->data, known->len) == 0)
        {
            return (int) i;
        }
    }

    return -1;
}


static void
check_record_value(check_place_t *place, const cJSON *value)
{
    switch (place->attribute->type) {

    case NGX_POLYCARD_TYPE_AMOUNT:
        check_record_amount(place, value);
        break;

    case NGX_POLYCARD_TYPE_INTEGER:
        check_record_integer(place, value);
        break;

    case NGX_POLYCARD_TYPE_FLAG:

        if (!cJSON_IsBool(value)) {
            check_record_fail(place, place->row, check_record_type(value));
        }

        break;

    default:
        check_record_string(place, value);
        break;
    }
}


static void
check_record_amount(check_place_t *place, const cJSON *value)
{
    int64_t             n;
    u_char              shortest[NGX_POLYCARD_NUMBER_LEN];
    ngx_polycard_str_t  raw;

    if (!cJSON_IsNumber(value)) {
        check_record_fail(place, place->row, check_record_type(value));
        return;
    }

    raw.data = (u_char *) value->valuestring;
    raw.len = strlen(value->valuestring);

    if (ngx_polycard_number_parse_amount(&raw, &n) != NGX_POLYCARD_OK) {
        check_record_fail(place, place->row, "is beyond all amounts");
        return;
    }

    check_report_pass(&place->check->report, CHECK_NUMBER);
    check_report_pass(&place->check->report, CHECK_DECIMALS);

    if (fabs(value->valuedouble * 100 - (double) n)
        > 1e-6 + fabs((double) n) * 1e-12)
    {
        check_record_fail(place, CHECK_DECIMALS,
                          "has more than 2 decimals");

    } else if (ngx_polycard_number_print_amount(shortest, n) - shortest
               != (ssize_t) raw.len
               || memcmp(shortest, raw.data, raw.len) != 0)
    {
        check_record_fail(place, CHECK_NUMBER,
                          "is not in its shortest form");
    }
}


/* 3.0 is whole, too, only not in its shortest form */

static void
check_record_integer(check_place_t *place, const cJSON *value)
{
    int64_t             n;
    ngx_polycard_str_t  raw;

    if (!cJSON_IsNumber(value)) {
        check_record_fail(place, place->row, check_record_type(value));
        return;
    }

    if (value->valuedouble != floor(value->valuedouble)) {
        check_record_fail(place, place->row, "is not a whole number");
        return;
    }

    raw.data = (u_char *) value->valuestring;
    raw.len = strlen(value->valuestring);

    check_report_pass(&place->check->report, CHECK_NUMBER);

    if (ngx_polycard_number_parse_integer(&raw, &n) != NGX_POLYCARD_OK) {
        check_record_fail(place, CHECK_NUMBER, "is not plain digits");
    }
}


static void
check_record_string(check_place_t *place, const cJSON *value)
{
    const char                      *what;
    ngx_polycard_str_t               text;
    const ngx_polycard_attribute_t  *a;

    if (!cJSON_IsString(value)) {
        check_record_fail(place, place->row, check_record_type(value));
        return;
    }

    a = place->attribute;

    text.data = (u_char *) value->valuestring;
    text.len = strlen(value->valuestring);

    check_report_pass(&place->check->report, CHECK_EMPTY);

    if (text.len == 0 && a->type == NGX_POLYCARD_TYPE_TEXT && !a->required) {
        check_record_fail(place, CHECK_EMPTY, "is empty");
        return;
    }

    what = check_record_text(a, &text);

    if (what) {
        check_record_fail(place, place->row, what);
    }
}


/*
 * A text that was stored with control characters is shown with them escaped;
 * its length counts nevertheless.
 */

static const char *
check_record_text(const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *text)
{
    size_t       i, n;
    const char  *what;

    what = ngx_polycard_attribute_check(a, text);

    if (what == NULL || a->type != NGX_POLYCARD_TYPE_TEXT || text->len == 0) {
        return what;
    }

    /* code points: bytes that begin one */

    for (n = 0, i = 0; i < text->len; i++) {
        n += ((text->data[i] & 0xc0) != 0x80);
    }

    return n > NGX_POLYCARD_TEXT_MAX ? "is longer than 255 characters" : NULL;
}


static const char *
check_record_type(const cJSON *value)
{
    return cJSON_IsNull(value) ? "is null"
           : cJSON_IsString(value) ? "is a string"
           : cJSON_IsNumber(value) ? "is a number"
           : cJSON_IsBool(value) ? "is true or false"
           : cJSON_IsArray(value) ? "is an array" : "is an object";
}


static void
check_record_fail(check_place_t *place, check_row_e row, const char *what)
{
    const ngx_polycard_attribute_t  *a;

    a = place->attribute;

    check_report_fail_record(&place->check->report, row, place->x, place->n,
                             "%.*s%s%s", a ? (int) a->name.len : 0,
                             a ? (char *) a->name.data : "", a ? " " : "",
                             what);
}
