
/* The operations: each method of each resource (docs/office.md) */


#include "office/answer.h"
#include "office/office.h"


static ngx_uint_t ngx_polycard_office_args_get(ngx_polycard_office_act_t *act,
    ngx_str_t *argument);
static ngx_uint_t ngx_polycard_office_args_put(ngx_polycard_office_act_t *act,
    ngx_str_t *argument);
static ngx_uint_t ngx_polycard_office_args_id(ngx_polycard_office_act_t *act,
    ngx_str_t *argument);
static ngx_uint_t ngx_polycard_office_args_bonus(
    ngx_polycard_office_act_t *act, ngx_str_t *argument);
static ngx_uint_t ngx_polycard_office_args_field(
    ngx_polycard_office_act_t *act, ngx_str_t *argument);
static ngx_uint_t ngx_polycard_office_args_card(
    ngx_polycard_office_act_t *act, ngx_str_t *argument);
static ngx_uint_t ngx_polycard_office_args_page(
    ngx_polycard_office_act_t *act, ngx_str_t *argument);
static ngx_uint_t ngx_polycard_office_args_read(
    ngx_polycard_office_act_t *act, ngx_str_t *argument);
static ngx_uint_t ngx_polycard_office_args_forget(
    ngx_polycard_office_act_t *act, ngx_str_t *argument);
static ngx_str_t ngx_polycard_office_str(const ngx_polycard_str_t *s);


static const ngx_polycard_attribute_t  ngx_polycard_office_bonus[] = {
    { ngx_polycard_string("change"), NGX_POLYCARD_TYPE_AMOUNT, 1 },
    { ngx_polycard_string("floor"), NGX_POLYCARD_TYPE_AMOUNT, 0 }
};

static const ngx_polycard_table_t  ngx_polycard_office_bonus_table = {
    ngx_polycard_office_bonus, 2
};

static const ngx_polycard_attribute_t  ngx_polycard_office_move[] = {
    { ngx_polycard_string("phone"), NGX_POLYCARD_TYPE_PHONE, 1 }
};

static const ngx_polycard_table_t  ngx_polycard_office_move_table = {
    ngx_polycard_office_move, 1
};

static const ngx_polycard_attribute_t  ngx_polycard_office_merge[] = {
    { ngx_polycard_string("from"), NGX_POLYCARD_TYPE_PHONE, 1 }
};

static const ngx_polycard_table_t  ngx_polycard_office_merge_table = {
    ngx_polycard_office_merge, 1
};

static const ngx_polycard_attribute_t  ngx_polycard_office_card[] = {
    { ngx_polycard_string("barcode"), NGX_POLYCARD_TYPE_TEXT, 0 }
};

static const ngx_polycard_table_t  ngx_polycard_office_card_table = {
    ngx_polycard_office_card, 1
};

static const ngx_polycard_attribute_t  ngx_polycard_office_upto[] = {
    { ngx_polycard_string("upto"), NGX_POLYCARD_TYPE_TEXT, 1 }
};

static const ngx_polycard_table_t  ngx_polycard_office_read_table = {
    ngx_polycard_office_upto, 1
};


const ngx_polycard_office_operation_t  ngx_polycard_office_operations[] = {

    { NGX_POLYCARD_OFFICE_CLIENTS, NGX_HTTP_GET|NGX_HTTP_HEAD,
      "list_clients", NGX_POLYCARD_OFFICE_NO_BODY, NULL, 0,
      ngx_polycard_office_list_arguments, ngx_polycard_office_answer_list },

    { NGX_POLYCARD_OFFICE_BARCODE, NGX_HTTP_GET|NGX_HTTP_HEAD,
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

    { NGX_POLYCARD_OFFICE_MOVE, NGX_HTTP_POST,
      "move_client", NGX_POLYCARD_OFFICE_FIELDS,
      &ngx_polycard_office_move_table, 1,
      ngx_polycard_office_args_field, ngx_polycard_office_answer_moved },

    { NGX_POLYCARD_OFFICE_MERGE, NGX_HTTP_POST,
      "merge_clients", NGX_POLYCARD_OFFICE_FIELDS,
      &ngx_polycard_office_merge_table, 1,
      ngx_polycard_office_args_field, ngx_polycard_office_answer_merged },

    { NGX_POLYCARD_OFFICE_CARD, NGX_HTTP_POST,
      "set_card", NGX_POLYCARD_OFFICE_FIELDS,
      &ngx_polycard_office_card_table, 1,
      ngx_polycard_office_args_card, ngx_polycard_office_answer_card },

    { NGX_POLYCARD_OFFICE_CARD, NGX_HTTP_DELETE,
      "close_card", NGX_POLYCARD_OFFICE_NO_BODY, NULL, 1,
      ngx_polycard_office_args_id, ngx_polycard_office_answer_closed },

    { NGX_POLYCARD_OFFICE_FORGET, NGX_HTTP_POST,
      "forget_client", NGX_POLYCARD_OFFICE_NO_BODY, NULL, 0,
      ngx_polycard_office_args_forget, ngx_polycard_office_answer_forgotten },

    { NGX_POLYCARD_OFFICE_GROUPS, NGX_HTTP_GET|NGX_HTTP_HEAD,
      "list_groups", NGX_POLYCARD_OFFICE_NO_BODY, NULL, 0,
      ngx_polycard_office_list_arguments, ngx_polycard_office_answer_list },

    { NGX_POLYCARD_OFFICE_GROUP, NGX_HTTP_GET|NGX_HTTP_HEAD,
      "get_group", NGX_POLYCARD_OFFICE_NO_BODY, NULL, 0,
      ngx_polycard_office_args_get, ngx_polycard_office_answer_record },

    { NGX_POLYCARD_OFFICE_GROUP, NGX_HTTP_PUT,
      "replace_group", NGX_POLYCARD_OFFICE_RECORD, &ngx_polycard_group, 1,
      ngx_polycard_office_args_put, ngx_polycard_office_answer_put },

    { NGX_POLYCARD_OFFICE_GROUP, NGX_HTTP_PATCH,
      "patch_group", NGX_POLYCARD_OFFICE_RECORD, &ngx_polycard_group, 1,
      ngx_polycard_office_args_put, ngx_polycard_office_answer_put },

    { NGX_POLYCARD_OFFICE_GROUP, NGX_HTTP_DELETE,
      "delete_group", NGX_POLYCARD_OFFICE_NO_BODY, NULL, 1,
      ngx_polycard_office_args_id, ngx_polycard_office_answer_deleted },

    { NGX_POLYCARD_OFFICE_REGISTERED, NGX_HTTP_GET|NGX_HTTP_HEAD,
      "registered", NGX_POLYCARD_OFFICE_NO_BODY, NULL, 0,
      ngx_polycard_office_args_page, ngx_polycard_office_answer_registered },

    { NGX_POLYCARD_OFFICE_READ, NGX_HTTP_POST,
      "read", NGX_POLYCARD_OFFICE_FIELDS,
      &ngx_polycard_office_read_table, 0,
      ngx_polycard_office_args_read, ngx_polycard_office_answer_read },

    { NGX_POLYCARD_OFFICE_BATCH, NGX_HTTP_POST, NULL,
      NGX_POLYCARD_OFFICE_LINES, NULL, 0, NULL, NULL },

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
ngx_polycard_office_args_get(ngx_polycard_office_act_t *act,
    ngx_str_t *argument)
{
    static const ngx_str_t  by_card = ngx_string("barcode");

    if (act->operation->resource == NGX_POLYCARD_OFFICE_BARCODE) {
        argument[0] = by_card;
        argument[1] = ngx_polycard_office_str(&act->barcode);
        return 2;
    }

    argument[0] = ngx_polycard_office_str(&act->id);

    return 1;
}


static ngx_uint_t
ngx_polycard_office_args_put(ngx_polycard_office_act_t *act,
    ngx_str_t *argument)
{
    size_t                 i;
    ngx_uint_t             n;
    ngx_polycard_input_t  *in;

    in = &act->in;

    argument[0] = ngx_polycard_office_str(&act->id);
    argument[1] = act->condition;
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
ngx_polycard_office_args_id(ngx_polycard_office_act_t *act, ngx_str_t *argument)
{
    argument[0] = ngx_polycard_office_str(&act->id);
    argument[1] = act->condition;

    return 2;
}


/* the only field of the body */

static ngx_uint_t
ngx_polycard_office_args_field(ngx_polycard_office_act_t *act,
    ngx_str_t *argument)
{
    argument[0] = ngx_polycard_office_str(&act->id);
    argument[1] = ngx_polycard_office_str(&act->in.value[0]);
    argument[2] = act->condition;

    return 3;
}


/* without one the next number is meant */

static ngx_uint_t
ngx_polycard_office_args_card(ngx_polycard_office_act_t *act,
    ngx_str_t *argument)
{
    return act->in.value[0].data
           ? ngx_polycard_office_args_field(act, argument) : 0;
}


static ngx_uint_t
ngx_polycard_office_args_page(ngx_polycard_office_act_t *act,
    ngx_str_t *argument)
{
    static const ngx_str_t  all = ngx_string("100");

    argument[0] = ngx_polycard_office_str(&act->after);
    argument[1] = act->limit.len ? ngx_polycard_office_str(&act->limit) : all;

    return 2;
}


static ngx_uint_t
ngx_polycard_office_args_read(ngx_polycard_office_act_t *act,
    ngx_str_t *argument)
{
    argument[0] = ngx_polycard_office_str(&act->in.value[0]);

    return 1;
}


static ngx_uint_t
ngx_polycard_office_args_forget(ngx_polycard_office_act_t *act,
    ngx_str_t *argument)
{
    argument[0] = ngx_polycard_office_str(&act->id);

    return 1;
}


static ngx_uint_t
ngx_polycard_office_args_bonus(ngx_polycard_office_act_t *act,
    ngx_str_t *argument)
{
    argument[0] = ngx_polycard_office_str(&act->id);
    argument[1] = ngx_polycard_office_str(&act->in.value[0]);
    argument[2] = ngx_polycard_office_str(&act->in.value[1]);
    argument[3] = act->key;

    return (act->key.len && act->line.len == 0) ? 4 : 3;
}
