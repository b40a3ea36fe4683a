
/* A card for a client, new or not: one function inside Redis does it */


#include "counters/given.h"
#include "redis/connection.h"
#include "redis/store_internal.h"


static ngx_int_t ngx_polycard_store_add_again(
    ngx_polycard_store_added_t *added);
static ngx_int_t ngx_polycard_store_issue_again(
    ngx_polycard_store_added_t *added);
static size_t ngx_polycard_store_add_size(ngx_polycard_store_added_t *added,
    ngx_uint_t *fields);
static size_t ngx_polycard_store_issue_size(ngx_polycard_store_added_t *added);
static u_char *ngx_polycard_store_issue_head(ngx_polycard_store_added_t *added,
    u_char *p, ngx_uint_t arguments);
static u_char *ngx_polycard_store_copy(u_char *p, const ngx_str_t *arguments);


ngx_int_t
ngx_polycard_store_add_client(ngx_polycard_store_added_t *added,
    const ngx_polycard_str_t *attributes)
{
    u_char                     *p;
    size_t                      i, size;
    ngx_uint_t                  fields;
    ngx_polycard_op_t          *op;
    ngx_polycard_given_t        given;
    ngx_polycard_store_conf_t  *conf;

    added->attributes = attributes;
    added->again = ngx_polycard_store_add_again;

    conf = added->call.market->store;
    size = ngx_polycard_store_add_size(added, &fields);

    op = ngx_polycard_store_op(&added->call, NGX_POLYCARD_REDIS_WRITES, size,
                               ngx_polycard_store_added_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    ngx_polycard_given_read(added->call.market, &given);

    p = ngx_polycard_command_start(op->last, 13 + 2 * fields);
    p = ngx_polycard_store_copy(p, &conf->add_client);
    p = ngx_polycard_command_arg(p, attributes[NGX_POLYCARD_CLIENT_PHONE].data,
                                 attributes[NGX_POLYCARD_CLIENT_PHONE].len);
    p = ngx_polycard_store_copy(p, &conf->cards);
    p = ngx_polycard_command_number(p, given.card);
    p = ngx_polycard_command_arg(p, "known_id", 8);
    p = ngx_polycard_command_number(p, given.id);

    for (i = 1; i < ngx_polycard_client.n; i++) {
        if (attributes[i].data) {
            p = ngx_polycard_store_copy(p, &conf->client.field[i]);
            p = ngx_polycard_command_arg(p, attributes[i].data,
                                         attributes[i].len);
        }
    }

    ngx_polycard_op_add(op, p);

    return ngx_polycard_store_submit(&added->call, op);
}


static ngx_int_t
ngx_polycard_store_add_again(ngx_polycard_store_added_t *added)
{
    return ngx_polycard_store_add_client(added, added->attributes);
}


static size_t
ngx_polycard_store_add_size(ngx_polycard_store_added_t *added,
    ngx_uint_t *fields)
{
    size_t                      i, size;
    ngx_polycard_store_conf_t  *conf;

    conf = added->call.market->store;

    size = NGX_POLYCARD_COMMAND_HEAD + conf->add_client.len + conf->cards.len
           + 3 * ngx_polycard_command_size(NGX_INT64_LEN);

    *fields = 0;

    for (i = 0; i < ngx_polycard_client.n; i++) {
        if (added->attributes[i].data == NULL) {
            continue;
        }

        size += conf->client.field[i].len
                + ngx_polycard_command_size(added->attributes[i].len);

        *fields += (i > 0);
    }

    return size;
}


ngx_int_t
ngx_polycard_store_issue_card(ngx_polycard_store_added_t *added,
    const ngx_polycard_str_t *phone, const ngx_str_t *condition)
{
    u_char                     *p;
    ngx_polycard_op_t          *op;
    ngx_polycard_given_t        given;
    ngx_polycard_store_conf_t  *conf;

    added->phone = phone;
    added->condition = condition;
    added->again = ngx_polycard_store_issue_again;

    conf = added->call.market->store;

    op = ngx_polycard_store_op(&added->call, NGX_POLYCARD_REDIS_WRITES,
                               ngx_polycard_store_issue_size(added),
                               ngx_polycard_store_added_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    ngx_polycard_given_read(added->call.market, &given);

    p = ngx_polycard_store_issue_head(added, op->last, 12);
    p = ngx_polycard_command_arg(p, phone->data, phone->len);
    p = ngx_polycard_store_copy(p, &conf->cards);
    p = ngx_polycard_command_number(p, given.card);
    p = ngx_polycard_command_arg(p, condition->data, condition->len);

    ngx_polycard_op_add(op, p);

    return ngx_polycard_store_submit(&added->call, op);
}


static ngx_int_t
ngx_polycard_store_issue_again(ngx_polycard_store_added_t *added)
{
    return ngx_polycard_store_issue_card(added, added->phone,
                                         added->condition);
}


static size_t
ngx_polycard_store_issue_size(ngx_polycard_store_added_t *added)
{
    size_t                      size;
    ngx_polycard_store_conf_t  *conf;

    conf = added->call.market->store;

    size = NGX_POLYCARD_COMMAND_HEAD + conf->issue_card.len + conf->cards.len
           + ngx_polycard_command_size(NGX_INT64_LEN)
           + ngx_polycard_command_size(added->phone->len)
           + ngx_polycard_command_size(added->condition->len);

    if (added->key) {
        size += conf->once.len + ngx_polycard_command_size(added->key->len)
                + ngx_polycard_command_size(added->line->len);
    }

    return size;
}


/* the command up to the phone, where with a key it has three arguments more */

static u_char *
ngx_polycard_store_issue_head(ngx_polycard_store_added_t *added, u_char *p,
    ngx_uint_t arguments)
{
    ngx_polycard_store_conf_t  *conf;

    conf = added->call.market->store;

    if (added->key == NULL) {
        p = ngx_polycard_command_start(p, arguments);

        return ngx_polycard_store_copy(p, &conf->issue_card);
    }

    p = ngx_polycard_command_start(p, arguments + 3);
    p = ngx_polycard_store_copy(p, &conf->once);
    p = ngx_polycard_command_arg(p, added->key->data, added->key->len);
    p = ngx_polycard_command_arg(p, added->line->data, added->line->len);

    return ngx_polycard_command_arg(p, "issue_card", 10);
}


static u_char *
ngx_polycard_store_copy(u_char *p, const ngx_str_t *arguments)
{
    return ngx_cpymem(p, arguments->data, arguments->len);
}
