
#include "core/answer.h"
#include "core/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>


typedef struct {
    ngx_polycard_str_t           object;
    const ngx_polycard_table_t  *table;
    ngx_polycard_str_t           prefix;   /* of its key, before the id */
} ngx_polycard_outbox_object_t;


/* table 3; a change may be of the bonus or of the discount */

static const ngx_polycard_attribute_t  ngx_polycard_outbox_amount[] = {
    { ngx_polycard_string("client_phone"), NGX_POLYCARD_TYPE_PHONE, 1 },
    { ngx_polycard_string("change"), NGX_POLYCARD_TYPE_CHANGE, 1 },
    { ngx_polycard_string("total"), NGX_POLYCARD_TYPE_AMOUNT, 1 }
};


static const ngx_polycard_table_t  ngx_polycard_outbox_bonuses = {
    ngx_polycard_outbox_amount, 3
};


static const ngx_polycard_outbox_object_t  ngx_polycard_outbox_objects[] = {
    { ngx_polycard_string("clients"), &ngx_polycard_client,
      ngx_polycard_string("") },
    { ngx_polycard_string("bonuses"), &ngx_polycard_outbox_bonuses,
      ngx_polycard_string("") },
    { ngx_polycard_string("loyalty_groups"), &ngx_polycard_group,
      ngx_polycard_string("group:") }
};


static const u_char *ngx_polycard_outbox_number(const u_char *p,
    const u_char *last, uint64_t *n);


int
ngx_polycard_outbox_parse_id(const ngx_polycard_str_t *text,
    ngx_polycard_dispatch_id_t *id)
{
    const u_char  *p, *last;

    last = text->data + text->len;
    p = ngx_polycard_outbox_number(text->data, last, &id->ms);

    if (p == NULL || p == last || *p != '-') {
        return NGX_POLYCARD_ERROR;
    }

    return ngx_polycard_outbox_number(p + 1, last, &id->seq) == last
           ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


/* the end of the digits at p; NULL: none, or too many for a number */

static const u_char *
ngx_polycard_outbox_number(const u_char *p, const u_char *last, uint64_t *n)
{
    unsigned       digit;
    const u_char  *start;

    start = p;

    for (*n = 0; p < last && *p >= '0' && *p <= '9'; p++) {
        digit = *p - '0';

        if (*n > (UINT64_MAX - digit) / 10) {
            return NULL;
        }

        *n = *n * 10 + digit;
    }

    return p == start ? NULL : p;
}


u_char *
ngx_polycard_outbox_print_id(u_char *p, const ngx_polycard_dispatch_id_t *id)
{
    int   n;
    char  text[NGX_POLYCARD_OUTBOX_ID_LEN + 1];

    n = snprintf(text, sizeof(text), "%" PRIu64 "-%" PRIu64, id->ms, id->seq);

    return (u_char *) memcpy(p, text, n) + n;
}


int
ngx_polycard_outbox_init(ngx_polycard_outbox_t *record,
    const ngx_polycard_str_t *object, const ngx_polycard_str_t *key)
{
    size_t                               i;
    const ngx_polycard_outbox_object_t  *o;

    memset(record, 0, sizeof(ngx_polycard_outbox_t));

    for (i = 0; i < 3; i++) {
        o = &ngx_polycard_outbox_objects[i];

        if (!ngx_polycard_str_is(&o->object, object)
            || key->len < o->prefix.len
            || memcmp(key->data, o->prefix.data, o->prefix.len) != 0)
        {
            continue;
        }

        record->table = o->table;
        record->value[0].data = key->data + o->prefix.len;
        record->value[0].len = key->len - o->prefix.len;

        return NGX_POLYCARD_OK;
    }

    return NGX_POLYCARD_ERROR;
}


void
ngx_polycard_outbox_set(ngx_polycard_outbox_t *record,
    const ngx_polycard_str_t *name, const ngx_polycard_str_t *value)
{
    size_t  i;

    for (i = 1; i < record->table->n; i++) {
        if (ngx_polycard_str_is(&record->table->attribute[i].name, name)) {
            record->value[i] = *value;
            return;
        }
    }
}


size_t
ngx_polycard_outbox_size(const ngx_polycard_outbox_t *record)
{
    return ngx_polycard_answer_size(record->table, record->value);
}


u_char *
ngx_polycard_outbox_print(u_char *p, const ngx_polycard_outbox_t *record)
{
    unsigned  flaws = 0;

    return ngx_polycard_answer_record(p, record->table, record->value, &flaws);
}
