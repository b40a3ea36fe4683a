
#include "import/options_value.h"
#include "import/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define OPTIONS_DATABASE_MAX  65535


int
polycard_options_market(polycard_options_t *o, const char *name)
{
    char  prefix[sizeof(o->prefix) + 1];

    if (*name == '\0' || strpbrk(name, "{}")
        || snprintf(prefix, sizeof(prefix), "polycard:{%s}:", name)
           >= (int) sizeof(prefix))
    {
        polycard_say("\"%s\" is no name of a market", name);
        return NGX_POLYCARD_ERROR;
    }

    return polycard_options_prefix(o, prefix);
}


int
polycard_options_prefix(polycard_options_t *o, const char *prefix)
{
    ngx_polycard_str_t  text;

    text.data = (u_char *) prefix;
    text.len = strlen(prefix);

    if (ngx_polycard_prefix_check(&text) != NGX_POLYCARD_OK) {
        polycard_say("prefix \"%s\" must be 1 to %d "
                     NGX_POLYCARD_PREFIX_RULES, prefix,
                     NGX_POLYCARD_PREFIX_MAX);
        return NGX_POLYCARD_ERROR;
    }

    if (o->prefix[0]) {
        polycard_say("the market is given twice");
        return NGX_POLYCARD_ERROR;
    }

    memcpy(o->prefix, prefix, text.len + 1);

    return NGX_POLYCARD_OK;
}


int
polycard_options_database(polycard_options_t *o, const char *number)
{
    char           *end;
    unsigned long   n;

    n = strtoul(number, &end, 10);

    if (*number < '0' || *number > '9' || *end || n > OPTIONS_DATABASE_MAX) {
        polycard_say("--database must be a number of 0 to %d",
                     OPTIONS_DATABASE_MAX);
        return NGX_POLYCARD_ERROR;
    }

    o->database = n;

    return NGX_POLYCARD_OK;
}


int
polycard_options_format(polycard_options_t *o, const char *format)
{
    if (strcmp(format, "csv") == 0) {
        o->format = POLYCARD_FORMAT_CSV;

    } else if (strcmp(format, "jsonl") == 0) {
        o->format = POLYCARD_FORMAT_JSONL;

    } else {
        polycard_say("--format must be csv or jsonl");
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


int
polycard_options_delimiter(polycard_options_t *o, const char *delimiter)
{
    if (strcmp(delimiter, "tab") == 0) {
        delimiter = "\t";
    }

    if (*delimiter == '\0' || strchr(",;|\t", *delimiter) == NULL
        || delimiter[1])
    {
        polycard_say("--delimiter must be \",\", \";\", \"|\" or \"tab\"");
        return NGX_POLYCARD_ERROR;
    }

    o->delimiter = *delimiter;

    return NGX_POLYCARD_OK;
}


int
polycard_options_map(polycard_options_t *o, const char *map)
{
    const char  *sign;

    sign = strrchr(map, '=');

    if (sign == NULL || sign == map) {
        polycard_say("--map must be TITLE=ATTRIBUTE");
        return NGX_POLYCARD_ERROR;
    }

    if (o->maps == POLYCARD_MAPS_MAX) {
        polycard_say("there are more than %d --map", POLYCARD_MAPS_MAX);
        return NGX_POLYCARD_ERROR;
    }

    o->map_kept[o->maps] = o->in_profile;
    o->map[o->maps++] = map;

    return NGX_POLYCARD_OK;
}


int
polycard_options_sex(polycard_options_t *o, const char *sex)
{
    const char  *sign;

    sign = strrchr(sex, '=');

    if (sign == NULL || sign == sex
        || (sign[1] && strcmp(sign + 1, "male") != 0
            && strcmp(sign + 1, "female") != 0))
    {
        polycard_say("--sex must be WORD=male, WORD=female or WORD=");
        return NGX_POLYCARD_ERROR;
    }

    if (o->sexes == POLYCARD_SEXES_MAX) {
        polycard_say("there are more than %d --sex", POLYCARD_SEXES_MAX);
        return NGX_POLYCARD_ERROR;
    }

    o->sex[o->sexes++] = sex;

    return NGX_POLYCARD_OK;
}


int
polycard_options_date(polycard_options_t *o, const char *order)
{
    if (strcmp(order, "dmy") == 0) {
        o->date = POLYCARD_DATE_DMY;

    } else if (strcmp(order, "mdy") == 0) {
        o->date = POLYCARD_DATE_MDY;

    } else {
        polycard_say("--date must be dmy or mdy");
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


/* dates with the year first need no option */

int
polycard_options_date_export(polycard_options_t *o, const char *order)
{
    if (strcmp(order, "ymd") == 0) {
        o->date = POLYCARD_DATE_YMD;
        return NGX_POLYCARD_OK;
    }

    if (strcmp(order, "dmy") == 0 || strcmp(order, "mdy") == 0) {
        return polycard_options_date(o, order);
    }

    polycard_say("--date must be dmy, mdy or ymd");

    return NGX_POLYCARD_ERROR;
}


int
polycard_options_phone(polycard_options_t *o, const char *form)
{
    if (strcmp(form, "plus") == 0) {
        o->phone = POLYCARD_PHONE_PLUS;

    } else if (strcmp(form, "national") == 0) {
        o->phone = POLYCARD_PHONE_NATIONAL;

    } else if (strcmp(form, "signs") == 0) {
        o->phone = POLYCARD_PHONE_SIGNS;

    } else {
        polycard_say("--phone must be plus, national or signs");
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


int
polycard_options_decimal(polycard_options_t *o, const char *sign)
{
    if (strcmp(sign, "comma") == 0 || strcmp(sign, ",") == 0) {
        o->decimal = ',';

    } else if (strcmp(sign, "point") == 0 || strcmp(sign, ".") == 0) {
        o->decimal = '.';

    } else {
        polycard_say("--decimal must be comma or point");
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


int
polycard_options_money(polycard_options_t *o, const char *unit)
{
    if (strcmp(unit, "hryvnia") == 0) {
        o->money = POLYCARD_MONEY_HRYVNIA;

    } else if (strcmp(unit, "kopeck") == 0) {
        o->money = POLYCARD_MONEY_KOPECK;

    } else {
        polycard_say("--money must be hryvnia or kopeck");
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}
