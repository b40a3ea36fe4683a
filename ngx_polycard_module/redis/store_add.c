
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
static size_t ngx_polycard_store_cards_size(ngx_polycard_market_t *market);
static u_char *ngx_polycard_store_cards_args(u_char *p,
    ngx_polycard_market_t *market, const ngx_polycard_given_t *given);


ngx_int_t
ngx_polycard_store_add_client(ngx_polycard_store_added_t *added,
    const ngx_polycard_str_t *attributes)
{
    u_char                          *p;
    size_t                           i, size;
    ngx_str_t                       *prefix;
    ngx_uint_t                       fields;
    ngx_polycard_op_t               *op;
    ngx_polycard_given_t             given;
    const ngx_polycard_attribute_t  *a;

    added->attributes = attributes;
    added->again = ngx_polycard_store_add_again;

    size = ngx_polycard_store_add_size(added, &fields);

    op = ngx_polycard_store_op(&added->call, NGX_POLYCARD_REDIS_WRITES, size,
                               ngx_polycard_store_added_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    prefix = &added->call.market->key_prefix;
    a = ngx_polycard_client.attribute;

    ngx_polycard_given_read(added->call.market, &given);

    p = ngx_polycard_command_start(op->last, 13 + 2 * fields);
    p = ngx_polycard_command_arg(p, "FCALL", 5);
    p = ngx_polycard_command_arg(p, "polycard_add_client", 19);
    p = ngx_polycard_command_arg(p, "1", 1);
    p = ngx_polycard_command_arg(p, prefix->data, prefix->len);
    p = ngx_polycard_command_arg(p, attributes[NGX_POLYCARD_CLIENT_PHONE].data,
                                 attributes[NGX_POLYCARD_CLIENT_PHONE].len);
    p = ngx_polycard_store_cards_args(p, added->call.market, &given);
    p = ngx_polycard_command_arg(p, "known_id", 8);
    p = ngx_polycard_command_number(p, given.id);

    for (i = 1; i < ngx_polycard_client.n; i++) {
        if (attributes[i].data) {
            p = ngx_polycard_command_arg(p, a[i].name.data, a[i].name.len);
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
    size_t  i, size;

    size = ngx_polycard_store_cards_size(added->call.market)
           + 2 * ngx_polycard_command_size(NGX_INT64_LEN);

    *fields = 0;

    for (i = 0; i < ngx_polycard_client.n; i++) {
        if (added->attributes[i].data == NULL) {
            continue;
        }

        size += ngx_polycard_command_size(
                                 ngx_polycard_client.attribute[i].name.len)
                + ngx_polycard_command_size(added->attributes[i].len);

        *fields += (i > 0);
    }

    return size;
}


ngx_int_t
ngx_polycard_store_issue_card(ngx_polycard_store_added_t *added,
    const ngx_polycard_str_t *phone, const ngx_str_t *condition)
{
    u_char                *p;
    ngx_str_t             *prefix;
    ngx_polycard_op_t     *op;
    ngx_polycard_given_t   given;

    added->phone = phone;
    added->condition = condition;
    added->again = ngx_polycard_store_issue_again;

    op = ngx_polycard_store_op(&added->call, NGX_POLYCARD_REDIS_WRITES,
                         ngx_polycard_store_cards_size(added->call.market)
                         + ngx_polycard_command_size(phone->len)
                         + ngx_polycard_command_size(condition->len),
                         ngx_polycard_store_added_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    prefix = &added->call.market->key_prefix;

    ngx_polycard_given_read(added->call.market, &given);

    p = ngx_polycard_command_start(op->last, 12);
    p = ngx_polycard_command_arg(p, "FCALL", 5);
    p = ngx_polycard_command_arg(p, "polycard_issue_card", 19);
    p = ngx_polycard_command_arg(p, "1", 1);
    p = ngx_polycard_command_arg(p, prefix->data, prefix->len);
    p = ngx_polycard_command_arg(p, phone->data, phone->len);
    p = ngx_polycard_store_cards_args(p, added->call.market, &given);
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


/* a command's head and what the function below writes */

static size_t
ngx_polycard_store_cards_size(ngx_polycard_market_t *market)
{
    ngx_polycard_cards_conf_t  *cards;

    cards = &market->cards;

    return NGX_POLYCARD_COMMAND_HEAD
           + 6 * ngx_polycard_command_size(32)
           + ngx_polycard_command_size(market->key_prefix.len)
           + ngx_polycard_command_size(cards->prefix.len)
           + ngx_polycard_command_size(cards->from.len)
           + ngx_polycard_command_size(cards->to.len);
}


/* six: where card numbers come from, and the greatest that was seen issued */

static u_char *
ngx_polycard_store_cards_args(u_char *p, ngx_polycard_market_t *market,
    const ngx_polycard_given_t *given)
{
    ngx_polycard_cards_conf_t  *cards;

    static ngx_str_t  modes[] = {
        ngx_null_string,
        ngx_string("ean13"),
        ngx_string("pool"),
        ngx_string("phone")
    };

    cards = &market->cards;

    p = ngx_polycard_command_arg(p, modes[cards->mode].data,
                                 modes[cards->mode].len);
    p = ngx_polycard_command_arg(p, cards->prefix.data, cards->prefix.len);
    p = ngx_polycard_command_arg(p, cards->from.data, cards->from.len);
    p = ngx_polycard_command_arg(p, cards->to.data, cards->to.len);
    p = ngx_polycard_command_arg(p, "known_card", 10);

    return ngx_polycard_command_number(p, given->card);
}
