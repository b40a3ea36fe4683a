
/* What each method does with each resource (docs/office.md) */


#include "office/answer.h"
#include "office/office.h"


static ngx_uint_t ngx_polycard_office_args_get(ngx_polycard_office_t *office,
    ngx_str_t *argument);
static ngx_uint_t ngx_polycard_office_args_put(ngx_polycard_office_t *office,
    ngx_str_t *argument);
static ngx_uint_t ngx_polycard_office_args_id(ngx_polycard_office_t *office,
    ngx_str_t *argument);
static ngx_uint_t ngx_polycard_office_args_bonus(
    ngx_polycard_office_t *office, ngx_str_t *argument);
static ngx_str_t ngx_polycard_office_str(const ngx_polycard_str_t *s);


static const ngx_polycard_attribute_t  ngx_polycard_office_bonus[] = {
    { ngx_polycard_string("change"), NGX_POLYCARD_TYPE_AMOUNT, 1 },
    { ngx_polycard_string("floor"), NGX_POLYCARD_TYPE_AMOUNT, 0 }
};

static const ngx_polycard_table_t  ngx_polycard_office_bonus_table = {
    ngx_polycard_office_bonus, 2
};


const ngx_polycard_office_operation_t  ngx_polycard_office_operations[] = {

    { NGX_POLYCARD_OFFICE_CLIENTS, NGX_HTTP_GET|NGX_HTTP_HEAD,
      "get_client", NGX_POLYCARD_OFFICE_NO_BODY, NULL, 0,
      ngx_polycard_office_args_get, ngx_polycard_office_answer_record },

    { NGX_POLYCARD_OFFICE_CLIENT, NGX_HTTP_GET|NGX_HTTP_HEAD,
      "get_client", NGX_POLYCARD_OFFICE_NO_BODY, NULL, 0,
      ngx_polycard_office_args_get, ngx_polycard_office_answer_record },

    { NGX_POLYCARD_OFFICE_CLIENT, NGX_HTTP_PUT,
      "replace_client", NGX_POLYCARD_OFFICE_RECORD, NULL, 1,
      ngx_polycard_office_args_put, ngx_polycard_office_answer_put },

    { NGX_POLYCARD_OFFICE_CLIENT, NGX_HTTP_PATCH,
      "patch_client", NGX_POLYCARD_OFFICE_RECORD, NULL, 1,
      ngx_polycard_office_args_put, ngx_polycard_office_answer_put },

    { NGX_POLYCARD_OFFICE_CLIENT, NGX_HTTP_DELETE,
      "delete_client", NGX_POLYCARD_OFFICE_NO_BODY, NULL, 1,
      ngx_polycard_office_args_id, ngx_polycard_office_answer_deleted },

    { NGX_POLYCARD_OFFICE_BONUS, NGX_HTTP_POST,
      "change_bonus", NGX_POLYCARD_OFFICE_FIELDS,
      &ngx_polycard_office_bonus_table, 0,
      ngx_polycard_office_args_bonus, ngx_polycard_office_answer_total },

    { NGX_POLYCARD_OFFICE_NONE, 0, NULL, NGX_POLYCARD_OFFICE_NO_BODY, NULL, 0,
      NULL, NULL }
};


static ngx_str_t
ngx_polycard_office_str(const ngx_polycard_str_t *s)
{
    ngx_str_t  str;

    str.len = s->len;
    str.data = s->data;

    return str;
}


static ngx_uint_t
ngx_polycard_office_args_get(ngx_polycard_office_t *office,
    ngx_str_t *argument)
{
    static const ngx_str_t  by_card = ngx_string("barcode");

    if (office->operation->resource == NGX_POLYCARD_OFFICE_CLIENTS) {
        argument[0] = by_card;
        argument[1] = ngx_polycard_office_str(&office->barcode);
        return 2;
    }

    argument[0] = ngx_polycard_office_str(&office->id);

    return 1;
}


static ngx_uint_t
ngx_polycard_office_args_put(ngx_polycard_office_t *office,
    ngx_str_t *argument)
{
    size_t                 i;
    ngx_uint_t             n;
    ngx_polycard_input_t  *in;

    in = &office->in;

    argument[0] = ngx_polycard_office_str(&office->id);
    argument[1] = office->condition;
    n = 2;

    for (i = 1; i < in->table->n; i++) {
        if (in->value[i].data) {
            argument[n++] =
                       ngx_polycard_office_str(&in->table->attribute[i].name);
            argument[n++] = ngx_polycard_office_str(&in->value[i]);
        }
    }

    return n;
}


static ngx_uint_t
ngx_polycard_office_args_id(ngx_polycard_office_t *office, ngx_str_t *argument)
{
    argument[0] = ngx_polycard_office_str(&office->id);
    argument[1] = office->condition;

    return 2;
}


static ngx_uint_t
ngx_polycard_office_args_bonus(ngx_polycard_office_t *office,
    ngx_str_t *argument)
{
    argument[0] = ngx_polycard_office_str(&office->id);
    argument[1] = ngx_polycard_office_str(&office->in.value[0]);
    argument[2] = ngx_polycard_office_str(&office->in.value[1]);
    argument[3] = office->key;

    return office->key.len ? 4 : 3;
}
