
#include "core/number.h"
#include "import/human.h"
#include "import/titles.h"

#include <stdio.h>
#include <string.h>


/* a space that no card number ends with (contract, B30) */
#define HUMAN_NBSP  "\xc2\xa0"


static ngx_polycard_str_t polycard_human_card(const ngx_polycard_str_t *value,
    u_char *buf);
static ngx_polycard_str_t polycard_human_text(u_char *buf, int len);
static ngx_polycard_str_t polycard_human_sex(const polycard_options_t *o,
    const ngx_polycard_str_t *value);
static ngx_polycard_str_t polycard_human_phone(const polycard_options_t *o,
    const ngx_polycard_str_t *value, u_char *buf);
static ngx_polycard_str_t polycard_human_date(const polycard_options_t *o,
    const ngx_polycard_str_t *value, u_char *buf);
static ngx_polycard_str_t polycard_human_amount(const polycard_options_t *o,
    const ngx_polycard_str_t *value, unsigned bonus, u_char *buf);
static ngx_polycard_str_t polycard_human_group(polycard_human_t *human,
    const ngx_polycard_str_t *value);


int
polycard_human_init(polycard_human_t *human, const polycard_options_t *o,
    polycard_redis_t *redis)
{
    human->options = o;

    return (o->group_titles && !o->groups)
           ? polycard_titles_read(&human->groups, redis, o) : NGX_POLYCARD_OK;
}


void
polycard_human_free(polycard_human_t *human)
{
    polycard_groups_free(&human->groups);
}


ngx_polycard_str_t
polycard_human_value(polycard_human_t *human,
    const ngx_polycard_attribute_t *a, const ngx_polycard_str_t *value,
    size_t column)
{
    u_char                    *buf;
    const polycard_options_t  *o;

    o = human->options;
    buf = human->room[column];

    if (value->len == 0) {
        return *value;
    }

    switch (a->type) {

    case NGX_POLYCARD_TYPE_PHONE:
        return o->phone ? polycard_human_phone(o, value, buf) : *value;

    case NGX_POLYCARD_TYPE_CARD:
        return o->text_cards ? polycard_human_card(value, buf) : *value;

    case NGX_POLYCARD_TYPE_SEX:
        return polycard_human_sex(o, value);

    case NGX_POLYCARD_TYPE_DATE:
        return o->date ? polycard_human_date(o, value, buf) : *value;

    case NGX_POLYCARD_TYPE_AMOUNT:
        return polycard_human_amount(o, value, a->name.data[0] == 'b', buf);

    case NGX_POLYCARD_TYPE_INTEGER:
        return polycard_human_group(human, value);

    default:
        return *value;
    }
}


static ngx_polycard_str_t
polycard_human_text(u_char *buf, int len)
{
    ngx_polycard_str_t  text;

    text.data = buf;
    text.len = len;

    return text;
}


/* 380 67 111 22 33 */

static ngx_polycard_str_t
polycard_human_phone(const polycard_options_t *o,
    const ngx_polycard_str_t *value, u_char *buf)
{
    const char  *p;

    p = (char *) value->data;

    switch (o->phone) {

    case POLYCARD_PHONE_PLUS:
        return polycard_human_text(buf, snprintf((char *) buf,
                                                 POLYCARD_HUMAN_ROOM,
                                                 "+%.12s", p));

    case POLYCARD_PHONE_NATIONAL:
        return polycard_human_text(buf, snprintf((char *) buf,
                                                 POLYCARD_HUMAN_ROOM,
                                                 "%.10s", p + 2));

    default:
        return polycard_human_text(buf, snprintf((char *) buf,
                                                 POLYCARD_HUMAN_ROOM,
                                                 "+38 (%.3s) %.3s-%.2s-%.2s",
                                                 p + 2, p + 5, p + 8, p + 10));
    }
}


/* one that is not a number is text in any case, and so is a very long one */

static ngx_polycard_str_t
polycard_human_card(const ngx_polycard_str_t *value, u_char *buf)
{
    size_t  i;

    for (i = 0; i < value->len; i++) {
        if (value->data[i] < '0' || value->data[i] > '9') {
            return *value;
        }
    }

    return (value->len + sizeof(HUMAN_NBSP) > POLYCARD_HUMAN_ROOM)
           ? *value
           : polycard_human_text(buf, snprintf((char *) buf,
                                               POLYCARD_HUMAN_ROOM,
                                               HUMAN_NBSP "%.*s",
                                               (int) value->len,
                                               (char *) value->data));
}


/* a word of --sex, the first that means this one */

static ngx_polycard_str_t
polycard_human_sex(const polycard_options_t *o,
    const ngx_polycard_str_t *value)
{
    size_t               i;
    const char          *sign;
    ngx_polycard_str_t   word;

    for (i = 0; i < o->sexes; i++) {
        sign = strrchr(o->sex[i], '=');

        if (strlen(sign + 1) == value->len
            && memcmp(sign + 1, value->data, value->len) == 0)
        {
            word.data = (u_char *) o->sex[i];
            word.len = sign - o->sex[i];

            return word;
        }
    }

    return *value;
}


static ngx_polycard_str_t
polycard_human_date(const polycard_options_t *o,
    const ngx_polycard_str_t *value, u_char *buf)
{
    const char  *p;

    p = (char *) value->data;

    return polycard_human_text(buf,
        (o->date == POLYCARD_DATE_DMY)
        ? snprintf((char *) buf, POLYCARD_HUMAN_ROOM, "%.2s.%.2s.%.4s",
                   p + 6, p + 4, p)
        : (o->date == POLYCARD_DATE_MDY)
        ? snprintf((char *) buf, POLYCARD_HUMAN_ROOM, "%.2s/%.2s/%.4s",
                   p + 4, p + 6, p)
        : snprintf((char *) buf, POLYCARD_HUMAN_ROOM, "%.4s-%.2s-%.2s",
                   p, p + 4, p + 6));
}


/*
 * Hryvnias have two decimals, or four with fractions of a kopeck: three
 * could be a thousand.
 */

static ngx_polycard_str_t
polycard_human_amount(const polycard_options_t *o,
    const ngx_polycard_str_t *value, unsigned bonus, u_char *buf)
{
    char      *point;
    int        len;
    int64_t    n;
    uint64_t   size;

    if (ngx_polycard_number_parse_amount(value, &n) != NGX_POLYCARD_OK) {
        return *value;
    }

    if (!bonus || o->money != POLYCARD_MONEY_HRYVNIA) {
        len = ngx_polycard_number_print_amount(buf, n) - buf;

    } else {
        size = (n < 0) ? -n : n;
        len = snprintf((char *) buf, POLYCARD_HUMAN_ROOM, "%s%llu.%02u",
                       n < 0 ? "-" : "", (unsigned long long) (size / 10000),
                       (unsigned) (size / 100 % 100));

        if (size % 100) {
            len += snprintf((char *) buf + len, POLYCARD_HUMAN_ROOM - len,
                            "%02u", (unsigned) (size % 100));
        }
    }

    point = o->decimal == ',' ? memchr(buf, '.', len) : NULL;

    if (point) {
        *point = ',';
    }

    return polycard_human_text(buf, len);
}


/* a title that identifies the group, and is no number */

static ngx_polycard_str_t
polycard_human_group(polycard_human_t *human, const ngx_polycard_str_t *value)
{
    size_t               i;
    const char          *what;
    ngx_polycard_str_t  *title;

    for (i = 0; i < human->groups.n; i++) {
        title = &human->groups.group[i].title;

        if (strlen(human->groups.group[i].id) == value->len
            && memcmp(human->groups.group[i].id, value->data, value->len) == 0
            && title->len
            && (title->data[0] < '0' || title->data[0] > '9')
            && polycard_groups_find(&human->groups, title, &what))
        {
            return *title;
        }
    }

    return *value;
}
