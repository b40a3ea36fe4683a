
#include "core/input.h"
#include "core/number.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>


static int ngx_polycard_input_normalise(ngx_polycard_input_t *in, size_t i);


void
ngx_polycard_input_init(ngx_polycard_input_t *in,
    const ngx_polycard_table_t *table, u_char *scratch, size_t size)
{
    memset(in, 0, offsetof(ngx_polycard_input_t, error));
    in->error[0] = '\0';

    in->table = table;
    in->pos = scratch;
    in->end = scratch + size;
}


int
ngx_polycard_input_index(ngx_polycard_input_t *in, const u_char *name,
    size_t len)
{
    int  index;

    if (in->find) {
        return in->find(in->find_data, name, len);
    }

    index = ngx_polycard_input_find(in, name, len);

    if (index == -1) {
        in->unknown++;
    }

    return index;
}


int
ngx_polycard_input_find(ngx_polycard_input_t *in, const u_char *name,
    size_t len)
{
    size_t                           i, n;
    const ngx_polycard_attribute_t  *a;

    /* most come in the table's order: behind the last one */

    i = in->next;

    for (n = 0; n < in->table->n; n++, i++) {

        if (i >= in->table->n) {
            i = 0;
        }

        a = &in->table->attribute[i];

        if (a->name.len == len && memcmp(a->name.data, name, len) == 0) {
            in->next = i + 1;
            return (int) i;
        }
    }

    return -1;
}


int
ngx_polycard_input_set(ngx_polycard_input_t *in, size_t index, u_char *value,
    size_t len)
{
    if (in->value[index].data) {
        return ngx_polycard_input_fail(in, (int) index, "is given twice");
    }

    in->value[index].data = value;
    in->value[index].len = len;

    if (in->table->attribute[index].type == NGX_POLYCARD_TYPE_CARD) {
        ngx_polycard_text_trim(&in->value[index]);
    }

    return NGX_POLYCARD_OK;
}


u_char *
ngx_polycard_input_copy(ngx_polycard_input_t *in, const u_char *data,
    size_t len)
{
    u_char  *p;

    if (len > (size_t) (in->end - in->pos)) {
        (void) ngx_polycard_input_fail(in, -1, "the request is too large");
        return NULL;
    }

    p = memcpy(in->pos, data, len);
    in->pos += len;

    return p;
}


int
ngx_polycard_input_fail(ngx_polycard_input_t *in, int index, const char *what)
{
    char                      *p;
    size_t                     size;
    const char                *between;
    const ngx_polycard_str_t  *name;

    p = in->error + (in->all ? strlen(in->error) : 0);
    size = in->error + sizeof(in->error) - p;
    between = (p > in->error) ? "; " : "";

    if (index == -1) {
        (void) snprintf(p, size, "%s%s", between, what);
        return NGX_POLYCARD_ERROR;
    }

    name = &in->table->attribute[index].name;
    in->wrong |= (uint32_t) 1 << index;

    (void) snprintf(p, size, "%s%.*s %s", between, (int) name->len, name->data,
                    what);

    return NGX_POLYCARD_ERROR;
}


int
ngx_polycard_input_check(ngx_polycard_input_t *in, unsigned required)
{
    size_t                           i;
    const char                      *what;
    const ngx_polycard_attribute_t  *a;

    for (i = 0; i < in->table->n; i++) {
        a = &in->table->attribute[i];

        what = NULL;

        if (in->all && (in->wrong & (uint32_t) 1 << i)) {
            continue;
        }

        if (in->value[i].len == 0) {

            if (!in->all) {
                in->value[i].data = NULL;
            }

            if (required && a->required && a->type != NGX_POLYCARD_TYPE_CARD) {
                what = "is missing";
            }

        } else {
            what = ngx_polycard_attribute_check(a, &in->value[i]);
        }

        if (what) {
            (void) ngx_polycard_input_fail(in, (int) i, what);

        } else if (in->value[i].len) {
            (void) ngx_polycard_input_normalise(in, i);
        }

        if (in->error[0] && !in->all) {
            return NGX_POLYCARD_ERROR;
        }
    }

    return in->error[0] ? NGX_POLYCARD_ERROR : NGX_POLYCARD_OK;
}


/* the normal form of amounts and flags, which can be written in several ways */

static int
ngx_polycard_input_normalise(ngx_polycard_input_t *in, size_t i)
{
    u_char              *last, buf[NGX_POLYCARD_NUMBER_LEN];
    int64_t              amount;
    ngx_polycard_str_t  *value;

    value = &in->value[i];

    switch (in->table->attribute[i].type) {

    case NGX_POLYCARD_TYPE_AMOUNT:
        (void) ngx_polycard_number_parse_amount(value, &amount);
        last = ngx_polycard_number_print_amount(buf, amount);
        break;

    case NGX_POLYCARD_TYPE_FLAG:
        last = ngx_polycard_attribute_flag(value)
               ? (u_char *) memcpy(buf, "true", 4) + 4
               : (u_char *) memcpy(buf, "false", 5) + 5;
        break;

    default:
        return NGX_POLYCARD_OK;
    }

    if (value->len == (size_t) (last - buf)
        && memcmp(value->data, buf, value->len) == 0)
    {
        return NGX_POLYCARD_OK;
    }

    value->len = last - buf;
    value->data = ngx_polycard_input_copy(in, buf, value->len);

    return value->data ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}
