
/* Replies of the functions that issue card numbers, and repeated calls */


#include "counters/given.h"
#include "redis/copies.h"
#include "redis/error.h"
#include "redis/library.h"
#include "redis/store_emitter.h"
#include "redis/store_internal.h"


/*
 * A call of the function tries 100 card numbers at most, so that Redis is not
 * blocked; this many calls are made before the caller must try again.
 */
#define NGX_POLYCARD_STORE_TRIES  64

#define NGX_POLYCARD_STORE_EAN13  13


typedef struct {
    const char                  *word;
    ngx_polycard_store_added_e   added;
} ngx_polycard_store_answer_t;


static ngx_int_t ngx_polycard_store_added_result(
    ngx_polycard_store_added_t *added, redisReply *reply);
static void ngx_polycard_store_added_end(ngx_polycard_store_added_t *added,
    ngx_polycard_op_t *op, ngx_int_t rc);
static unsigned ngx_polycard_store_says(const redisReply *reply, size_t i,
    const char *word);
static ngx_int_t ngx_polycard_store_given(ngx_polycard_store_added_t *added,
    redisReply *reply);
static void ngx_polycard_store_note(ngx_polycard_store_added_t *added,
    ngx_uint_t created);


static ngx_polycard_store_answer_t  ngx_polycard_store_answers[] = {
    { "created", NGX_POLYCARD_STORE_ADDED },
    { "carded", NGX_POLYCARD_STORE_ADDED },
    { "repeated", NGX_POLYCARD_STORE_ADDED },
    { "issued", NGX_POLYCARD_STORE_ADDED },
    { "exists", NGX_POLYCARD_STORE_EXISTS },
    { "nocards", NGX_POLYCARD_STORE_NO_CARDS },
    { "noids", NGX_POLYCARD_STORE_NO_IDS },
    { "syncing", NGX_POLYCARD_STORE_SYNCING },
    { "taken", NGX_POLYCARD_STORE_TAKEN },
    { "unreadable", NGX_POLYCARD_STORE_UNREADABLE },
    { NULL, 0 }
};


void
ngx_polycard_store_added_handler(ngx_polycard_op_t *op, redisReply *reply)
{
    ngx_int_t                    rc;
    const char                  *subject;
    ngx_polycard_store_call_t   *call;
    ngx_polycard_store_added_t  *added;

    call = op->data;
    added = op->data;
    subject = call->office ? NGX_POLYCARD_STORE_OFFICE : "add a client";

    call->reply = reply;

    if (reply && call->office && ngx_polycard_store_refused(reply)) {
        call->op = NULL;
        call->status = NGX_POLYCARD_STORE_REFUSED;
        call->handler(call);
        return;
    }

    if (reply && ngx_polycard_error_no_function(reply) && added->tries == 0) {

        /* somebody has flushed the functions: load them, and call again */

        ngx_polycard_library_load(op->redis);
        rc = NGX_AGAIN;
        call->op = NULL;

    } else if (ngx_polycard_store_reply(call, op, reply, subject) != NGX_OK)
    {
        call->handler(call);
        return;

    } else {
        rc = ngx_polycard_store_added_result(added, reply);
    }

    if (rc == NGX_AGAIN
        && ++added->tries < NGX_POLYCARD_STORE_TRIES
        && added->again(added) == NGX_OK)
    {
        return;
    }

    if (rc == NGX_ERROR) {
        ngx_polycard_error_log(op->redis, subject, reply);

    } else if (rc == NGX_OK) {
        ngx_polycard_error_clear(op->redis, subject);
    }

    ngx_polycard_store_added_end(added, op, rc);
}


/* an issued number is waited for, by "redis_replicas" */

static void
ngx_polycard_store_added_end(ngx_polycard_store_added_t *added,
    ngx_polycard_op_t *op, ngx_int_t rc)
{
    ngx_polycard_store_call_t  *call;

    call = &added->call;

    if (rc == NGX_OK
        && added->added == NGX_POLYCARD_STORE_ADDED
        && call->market->replicas)
    {
        rc = ngx_polycard_copies_wait(added, &op->redis->server);

        if (rc == NGX_OK) {
            return;
        }
    }

    call->status = (rc == NGX_OK) ? NGX_OK : NGX_HTTP_SERVICE_UNAVAILABLE;
    call->handler(call);
}


/* an array: a word, and where a card was issued the id and the number */

static ngx_int_t
ngx_polycard_store_added_result(ngx_polycard_store_added_t *added,
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

        if (ngx_polycard_store_given(added, reply) != NGX_OK) {
            return NGX_ERROR;
        }

        added->repeated = (ngx_strcmp(answer->word, "repeated") == 0);

        if (!added->repeated) {
            ngx_polycard_store_note(added,
                                    ngx_strcmp(answer->word, "created") == 0);
        }

        return NGX_OK;
    }

    return NGX_ERROR;
}


/* notes what was issued now: before it may have been of another range, and an
 * existing client had a number of the market's own */

static void
ngx_polycard_store_note(ngx_polycard_store_added_t *added, ngx_uint_t created)
{
    int64_t                     serial;
    ngx_polycard_cards_conf_t  *cards;

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
                            created ? added->id : 0);
}


/* is the i-th part of the array this word? */

static unsigned
ngx_polycard_store_says(const redisReply *reply, size_t i, const char *word)
{
    return reply->elements > i
           && reply->element[i]->type == REDIS_REPLY_STRING
           && ngx_strcmp(reply->element[i]->str, word) == 0;
}


/* id and card number of a new client, or card number and ETag of one that is
 * there */

static ngx_int_t
ngx_polycard_store_given(ngx_polycard_store_added_t *added, redisReply *reply)
{
    ngx_polycard_str_t  text;

    if (reply->elements != 3) {
        return NGX_ERROR;
    }

    if (added->attributes == NULL) {
        ngx_polycard_store_text(reply->element[1], &added->code);
        ngx_polycard_store_text(reply->element[2], &added->etag);

        /* with a key it may be an answer that was kept without */

        return (added->code.len && (added->etag.len || added->key))
               ? NGX_OK : NGX_ERROR;
    }

    ngx_polycard_store_text(reply->element[2], &added->code);

    if (reply->element[1]->type == REDIS_REPLY_INTEGER) {
        added->id = reply->element[1]->integer;

    } else {
        ngx_polycard_store_text(reply->element[1], &text);

        if (ngx_polycard_number_parse_integer(&text, &added->id)
            != NGX_POLYCARD_OK)
        {
            return NGX_ERROR;
        }
    }

    return (added->code.len && added->id >= 0
            && added->id <= NGX_POLYCARD_INTEGER_MAX)
           ? NGX_OK : NGX_ERROR;
}
