
#include "core/answer.h"
#include "core/outbox.h"

#include <string.h>


typedef struct {
    ngx_polycard_str_t           object;
    const ngx_polycard_table_t  *table;
} ngx_polycard_outbox_object_t;


/* table 3; a change may be of the bonus or of the discount */

static const ngx_polycard_attribute_t  ngx_polycard_outbox_amount[] = {
    { ngx_polycard_string("client_phone"), NGX_POLYCARD_TYPE_PHONE, 1 },
    { ngx_polycard_string("change"), NGX_POLYCARD_TYPE_AMOUNT, 1 },
    { ngx_polycard_string("total"), NGX_POLYCARD_TYPE_AMOUNT, 1 }
};


static const ngx_polycard_table_t  ngx_polycard_outbox_bonuses = {
    ngx_polycard_outbox_amount, 3
};


static const ngx_polycard_outbox_object_t  ngx_polycard_outbox_objects[] = {
    { ngx_polycard_string("clients"), &ngx_polycard_client },
    { ngx_polycard_string("bonuses"), &ngx_polycard_outbox_bonuses },
    { ngx_polycard_string("loyalty_groups"), &ngx_polycard_group }
};


static int ngx_polycard_outbox_same(const ngx_polycard_str_t *one,
    const ngx_polycard_str_t *other);


int
ngx_polycard_outbox_init(ngx_polycard_outbox_t *record,
    const ngx_polycard_str_t *object, const ngx_polycard_str_t *id)
{
    size_t  i;

    memset(record, 0, sizeof(ngx_polycard_outbox_t));

    for (i = 0; i < 3; i++) {
        if (ngx_polycard_outbox_same(&ngx_polycard_outbox_objects[i].object,
                                     object))
        {
            record->table = ngx_polycard_outbox_objects[i].table;
            record->value[0] = *id;

            return NGX_POLYCARD_OK;
        }
    }

    return NGX_POLYCARD_ERROR;
}


void
ngx_polycard_outbox_set(ngx_polycard_outbox_t *record,
    const ngx_polycard_str_t *name, const ngx_polycard_str_t *value)
{
    size_t  i;

    for (i = 1; i < record->table->n; i++) {
        if (ngx_polycard_outbox_same(&record->table->attribute[i].name, name))
        {
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


static int
ngx_polycard_outbox_same(const ngx_polycard_str_t *one,
    const ngx_polycard_str_t *other)
{
    return one->len == other->len
           && memcmp(one->data, other->data, one->len) == 0;
}
