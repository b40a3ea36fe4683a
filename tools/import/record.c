
#include "core/json.h"
#include "import/members.h"
#include "import/record.h"

#include <stdio.h>
#include <string.h>
#include <time.h>


static const char *polycard_record_value(polycard_record_t *record, size_t i);
static void polycard_record_blame(polycard_record_t *record, size_t i,
    const char *what);
static uint32_t polycard_record_today(void);
static void polycard_record_add(polycard_record_t *record, const void *data,
    size_t len);


const ngx_polycard_str_t  polycard_record_id = ngx_polycard_string("id");


void
polycard_record_init(polycard_record_t *record, unsigned groups)
{
    size_t                       n;
    const ngx_polycard_table_t  *table;

    memset(record, 0, offsetof(polycard_record_t, scratch));

    table = groups ? &ngx_polycard_group : &ngx_polycard_client;
    n = table->n;

    memcpy(record->attribute, table->attribute,
           n * sizeof(ngx_polycard_attribute_t));

    if (!groups) {
        record->attribute[n].name = polycard_record_id;
        record->attribute[n].type = NGX_POLYCARD_TYPE_ID;
        record->attribute[n].required = 0;
        n++;
    }

    record->table.attribute = record->attribute;
    record->table.n = n;
    record->values.today = polycard_record_today();

    polycard_record_begin(record);
}


static uint32_t
polycard_record_today(void)
{
    time_t      now;
    struct tm   tm;

    now = time(NULL);

    return localtime_r(&now, &tm)
           ? (tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday
           : 0;
}


static void
polycard_record_add(polycard_record_t *record, const void *data, size_t len)
{
    record->argv[record->argc] = data;
    record->lens[record->argc++] = len;
}


void
polycard_record_begin(polycard_record_t *record)
{
    record->argc = 0;
    record->error = NULL;

    ngx_polycard_input_init(&record->in, &record->table, record->scratch,
                            sizeof(record->scratch));

    if (record->members) {
        polycard_members_begin(record->members);

        record->in.find = polycard_members_find;
        record->in.find_data = record->members;
    }
}


int
polycard_record_set(polycard_record_t *record, int index,
    const ngx_polycard_str_t *value)
{
    u_char  *copy;

    copy = ngx_polycard_input_copy(&record->in, value->data, value->len);

    return copy ? ngx_polycard_input_set(&record->in, index, copy, value->len)
                : NGX_POLYCARD_ERROR;
}


int
polycard_record_read_json(polycard_record_t *record,
    const ngx_polycard_str_t *text)
{
    polycard_members_t    *members;
    ngx_polycard_input_t  *in;

    in = &record->in;

    if (ngx_polycard_json_read(in, text) != NGX_POLYCARD_OK) {

        /* core/json speaks of the body of a request */

        if (memcmp(in->error, "the body", 8) == 0) {
            memcpy(in->error, "the line", 8);
        }

        record->error = in->error;
        return NGX_POLYCARD_ERROR;
    }

    members = record->members;

    if (members && members->unknown) {
        (void) snprintf(record->reasons, sizeof(record->reasons),
                        members->text[0] ? "unknown attribute %s"
                                         : "there is an unknown attribute",
                        members->text);
        record->error = record->reasons;
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


int
polycard_record_finish(polycard_record_t *record)
{
    size_t                     i;
    ngx_polycard_str_t        *value;
    ngx_polycard_attribute_t  *a;

    value = record->in.value;
    record->reasons[0] = '\0';
    record->given = 0;

    for (i = 0; i < record->table.n; i++) {
        polycard_record_blame(record, i, polycard_record_value(record, i));

        if (record->attribute[i].type == NGX_POLYCARD_TYPE_CARD
            ? value[i].len != 0 : value[i].data != NULL)
        {
            record->given |= (uint32_t) 1 << i;
        }
    }

    if (record->reasons[0]) {
        record->error = record->reasons;
        return NGX_POLYCARD_ERROR;
    }

    record->error = record->in.error;

    if (ngx_polycard_input_check(&record->in, 0) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    record->error = NULL;
    polycard_record_add(record, value[0].data, value[0].len);

    for (i = 1; i < record->table.n; i++) {
        if (record->given & (uint32_t) 1 << i) {
            a = &record->attribute[i];

            polycard_record_add(record, a->name.data, a->name.len);
            polycard_record_add(record, value[i].data ? value[i].data
                                                      : (u_char *) "",
                                value[i].len);
        }
    }

    return NGX_POLYCARD_OK;
}


/* NULL, or the error */

static const char *
polycard_record_value(polycard_record_t *record, size_t i)
{
    const char                *what;
    ngx_polycard_str_t        *value;
    ngx_polycard_attribute_t  *a;

    a = &record->attribute[i];
    value = &record->in.value[i];

    what = polycard_values_read(&record->values, a, value, record->room[i]);

    if (what) {
        return what;
    }

    if (value->len) {
        return ngx_polycard_attribute_check(a, value);
    }

    if (i == 0) {
        return "is missing";
    }

    return (value->data && a->required && a->type != NGX_POLYCARD_TYPE_CARD)
           ? "is empty" : NULL;
}


static void
polycard_record_blame(polycard_record_t *record, size_t i, const char *what)
{
    size_t               len;
    ngx_polycard_str_t  *name;

    if (what == NULL) {
        return;
    }

    len = strlen(record->reasons);
    name = &record->attribute[i].name;

    (void) snprintf(record->reasons + len, sizeof(record->reasons) - len,
                    "%s%.*s %s", len ? "; " : "", (int) name->len, name->data,
                    what);
}


ngx_polycard_str_t
polycard_record_identity(polycard_record_t *record)
{
    ngx_polycard_str_t  value;

    value = record->in.value[0];

    if (value.data
        && ngx_polycard_attribute_check(&record->attribute[0], &value) != NULL)
    {
        value.data = NULL;
    }

    return value;
}


void
polycard_record_names(polycard_record_t *record, char *buf, size_t size)
{
    size_t               i, len;
    ngx_polycard_str_t  *name;

    len = 0;
    *buf = '\0';

    for (i = 0; i < record->table.n && len < size; i++) {
        name = &record->attribute[i].name;

        len += snprintf(buf + len, size - len, "%s%.*s", i ? ", " : "",
                        (int) name->len, name->data);
    }
}
