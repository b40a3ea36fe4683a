
/* addClient: one function inside Redis does it all or nothing */


#include "counters/given.h"
#include "redis/connection.h"
#include "redis/error.h"
#include "redis/library.h"
#include "redis/store_emitter.h"
#include "redis/store_internal.h"


/*
 * A call of the function tries 100 card numbers at most, so that Redis is not
 * held up; this many calls are made before the caller is told to come again.
 */
#define NGX_POLYCARD_STORE_TRIES  64

#define NGX_POLYCARD_STORE_EAN13  13


typedef struct {
    const char                  *word;
    ngx_polycard_store_added_e   added;
} ngx_polycard_store_answer_t;


static size_t ngx_polycard_store_add_size(ngx_polycard_store_added_t *added,
    ngx_uint_t *fields);
static void ngx_polycard_store_add_handler(ngx_polycard_op_t *op,
    redisReply *reply);
static ngx_int_t ngx_polycard_store_add_result(
    ngx_polycard_store_added_t *added, redisReply *reply);
static unsigned ngx_polycard_store_says(const redisReply *reply, size_t i,
    const char *word);
static ngx_int_t ngx_polycard_store_issued(ngx_polycard_store_added_t *added,
    redisReply *id, redisReply *code);
static void ngx_polycard_store_note(ngx_polycard_store_added_t *added,
    const char *word);


static ngx_polycard_store_answer_t  ngx_polycard_store_answers[] = {
    { "created", NGX_POLYCARD_STORE_ADDED },
    { "carded", NGX_POLYCARD_STORE_ADDED },
    { "repeated", NGX_POLYCARD_STORE_ADDED },
    { "exists", NGX_POLYCARD_STORE_EXISTS },
    { "nocards", NGX_POLYCARD_STORE_NO_CARDS },
    { "noids", NGX_POLYCARD_STORE_NO_IDS },
    { "syncing", NGX_POLYCARD_STORE_SYNCING },
    { "taken", NGX_POLYCARD_STORE_TAKEN },
    { "unreadable", NGX_POLYCARD_STORE_UNREADABLE },
    { NULL, 0 }
};


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
    ngx_polycard_cards_conf_t       *cards;
    const ngx_polycard_attribute_t  *a;

    static ngx_str_t  modes[] = {
        ngx_null_string,
        ngx_string("ean13"),
        ngx_string("pool"),
        ngx_string("phone")
    };

    added->attributes = attributes;

    size = ngx_polycard_store_add_size(added, &fields);

    op = ngx_polycard_store_op(&added->call, size,
                               ngx_polycard_store_add_handler);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    prefix = &added->call.market->key_prefix;
    cards = &added->call.market->cards;
    a = ngx_polycard_client.attribute;

    ngx_polycard_given_read(added->call.market, &given);

    p = ngx_polycard_command_start(op->last, 13 + 2 * fields);
    p = ngx_polycard_command_arg(p, "FCALL", 5);
    p = ngx_polycard_command_arg(p, "polycard_add_client", 19);
    p = ngx_polycard_command_arg(p, "1", 1);
    p = ngx_polycard_command_arg(p, prefix->data, prefix->len);
    p = ngx_polycard_command_arg(p, attributes[NGX_POLYCARD_CLIENT_PHONE].data,
                                 attributes[NGX_POLYCARD_CLIENT_PHONE].len);
    p = ngx_polycard_command_arg(p, modes[cards->mode].data,
                                 modes[cards->mode].len);
    p = ngx_polycard_command_arg(p, cards->prefix.data, cards->prefix.len);
    p = ngx_polycard_command_arg(p, cards->from.data, cards->from.len);
    p = ngx_polycard_command_arg(p, cards->to.data, cards->to.len);
    p = ngx_polycard_command_arg(p, "known_card", 10);
    p = ngx_polycard_command_number(p, given.card);
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


static size_t
ngx_polycard_store_add_size(ngx_polycard_store_added_t *added,
    ngx_uint_t *fields)
{
    size_t                      i, size;
    ngx_polycard_cards_conf_t  *cards;

    cards = &added->call.market->cards;

    size = NGX_POLYCARD_COMMAND_HEAD
           + 8 * ngx_polycard_command_size(32)
           + ngx_polycard_command_size(added->call.market->key_prefix.len)
           + ngx_polycard_command_size(cards->prefix.len)
           + ngx_polycard_command_size(cards->from.len)
           + ngx_polycard_command_size(cards->to.len);

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


static void
ngx_polycard_store_add_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_int_t                    rc;
    ngx_polycard_store_call_t   *call;
    ngx_polycard_store_added_t  *added;

    call = op->data;
    added = op->data;

    if (reply && ngx_polycard_error_no_function(reply) && added->tries == 0) {

        /* somebody has flushed the functions: load them, and once more */

        ngx_polycard_library_load(op->redis);
        rc = NGX_AGAIN;
        call->op = NULL;

    } else if (ngx_polycard_store_reply(call, op, reply, "add a client")
               != NGX_OK)
    {
        call->handler(call);
        return;

    } else {
        rc = ngx_polycard_store_add_result(added, reply);
    }

    if (rc == NGX_AGAIN
        && ++added->tries < NGX_POLYCARD_STORE_TRIES
        && ngx_polycard_store_add_client(added, added->attributes) == NGX_OK)
    {
        return;
    }

    if (rc == NGX_ERROR) {
        ngx_polycard_error_log(op->redis, "add a client", reply);

    } else if (rc == NGX_OK) {
        ngx_polycard_error_clear(op->redis, "add a client");
    }

    call->status = (rc == NGX_OK) ? NGX_OK : NGX_HTTP_SERVICE_UNAVAILABLE;
    call->handler(call);
}


/* an array: a word, and where a card was issued the id and the number */

static ngx_int_t
ngx_polycard_store_add_result(ngx_polycard_store_added_t *added,
    redisReply *reply)
{
    redisReply                   *word;
    ngx_polycard_store_answer_t  *answer;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements == 0
        || reply->element[0]->type != REDIS_REPLY_STRING)
    {
        return NGX_ERROR;
    }

    word = reply->element[0];

    if (ngx_strcmp(word->str, "again") == 0) {

        if (reply->elements > 1) {
            added->unfit = ngx_polycard_store_integer(reply->element[1]);
        }

        return NGX_AGAIN;
    }

    for (answer = ngx_polycard_store_answers; answer->word; answer++) {
        if (ngx_strcmp(word->str, answer->word) != 0) {
            continue;
        }

        added->added = answer->added;

        if (answer->added == NGX_POLYCARD_STORE_SYNCING
            && ngx_polycard_store_says(reply, 1, "lost"))
        {
            added->added = NGX_POLYCARD_STORE_LOST;
        }

        if (answer->added != NGX_POLYCARD_STORE_ADDED) {
            return NGX_OK;
        }

        if (reply->elements != 3) {
            return NGX_ERROR;
        }

        if (ngx_polycard_store_issued(added, reply->element[1],
                                      reply->element[2])
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        ngx_polycard_store_note(added, answer->word);

        return NGX_OK;
    }

    return NGX_ERROR;
}


/* what was given now; a client who was there had a number of the market's
 * own */

static void
ngx_polycard_store_note(ngx_polycard_store_added_t *added, const char *word)
{
    int64_t                     serial;
    ngx_polycard_cards_conf_t  *cards;

    if (ngx_strcmp(word, "repeated") == 0) {
        return;
    }

    cards = &added->call.market->cards;
    serial = 0;

    /* thirteen digits: prefix, serial, check digit */

    if (cards->mode == NGX_POLYCARD_CARDS_EAN13
        && added->code.len == NGX_POLYCARD_STORE_EAN13)
    {
        serial = ngx_atoof((u_char *) added->code.data + cards->prefix.len,
                           NGX_POLYCARD_STORE_EAN13 - 1 - cards->prefix.len);
    }

    ngx_polycard_given_note(added->call.market, ngx_max(serial, 0),
                            ngx_strcmp(word, "created") == 0 ? added->id : 0);
}


/* is the i-th part of the array this word? */

static unsigned
ngx_polycard_store_says(const redisReply *reply, size_t i, const char *word)
{
    return reply->elements > i
           && reply->element[i]->type == REDIS_REPLY_STRING
           && ngx_strcmp(reply->element[i]->str, word) == 0;
}


static ngx_int_t
ngx_polycard_store_issued(ngx_polycard_store_added_t *added, redisReply *id,
    redisReply *code)
{
    ngx_polycard_str_t  text;

    if (id->type == REDIS_REPLY_INTEGER
        && id->integer >= 0 && id->integer <= NGX_POLYCARD_INTEGER_MAX)
    {
        added->id = id->integer;

    } else {
        text.data = (u_char *) id->str;
        text.len = id->len;

        if (id->type != REDIS_REPLY_STRING
            || ngx_polycard_number_parse_integer(&text, &added->id)
               != NGX_POLYCARD_OK)
        {
            return NGX_ERROR;
        }
    }

    if (code->type != REDIS_REPLY_STRING) {
        return NGX_ERROR;
    }

    added->code.data = (u_char *) code->str;
    added->code.len = code->len;

    return NGX_OK;
}
