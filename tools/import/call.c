
#include "import/call.h"

#include <stdio.h>
#include <string.h>


static const char *const  call_counts[] = {
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"
};


static void polycard_call_add(polycard_call_t *call, const char *text,
    size_t len);
static void polycard_call_begin(polycard_call_t *call, const char *function,
    const char *prefix);


static void
polycard_call_add(polycard_call_t *call, const char *text, size_t len)
{
    call->argv[call->argc] = text;
    call->lens[call->argc++] = len;
}


static void
polycard_call_begin(polycard_call_t *call, const char *function,
    const char *prefix)
{
    call->argc = 0;

    polycard_call_add(call, "FCALL", 5);
    polycard_call_add(call, function, strlen(function));
    polycard_call_add(call, "1", 1);
    polycard_call_add(call, prefix, strlen(prefix));
}


void
polycard_call_put(polycard_call_t *call, const char *prefix, unsigned groups)
{
    polycard_call_begin(call, groups ? "polycard_put_group"
                                     : "polycard_put_clients", prefix);
    call->groups = groups;
}


void
polycard_call_record(polycard_call_t *call, const char **args,
    const size_t *lens, size_t n)
{
    size_t       i;
    const char  *count;

    polycard_call_add(call, args[0], lens[0]);

    if (!call->groups) {
        count = call_counts[n / 2];
        polycard_call_add(call, count, strlen(count));
    }

    for (i = 1; i < n; i++) {
        polycard_call_add(call, args[i], lens[i]);
    }
}


void
polycard_call_import(polycard_call_t *call, const char *prefix,
    const polycard_record_t *record, uint32_t given)
{
    size_t                     i, n;
    const ngx_polycard_str_t  *name;

    n = 0;

    for (i = 1; i < record->table.n; i++) {
        n += (given >> i) & 1;
    }

    polycard_call_begin(call, "polycard_import_clients", prefix);
    polycard_call_add(call, call_counts[n], strlen(call_counts[n]));

    for (i = 1; i < record->table.n; i++) {
        if (given & (uint32_t) 1 << i) {
            name = &record->attribute[i].name;
            polycard_call_add(call, (char *) name->data, name->len);
        }
    }
}


/* the identity, and a value for each name: both are in the table's order */

void
polycard_call_row(polycard_call_t *call, const polycard_record_t *record,
    uint32_t given, const polycard_row_t *row)
{
    size_t                     i, k, lens[POLYCARD_RECORD_ARGS];
    const char                *args[POLYCARD_RECORD_ARGS];
    const ngx_polycard_str_t  *name;

    (void) polycard_row_args(row, args, lens);

    polycard_call_add(call, args[0], lens[0]);

    for (i = 1, k = 1; i < record->table.n; i++) {
        if (!(given & (uint32_t) 1 << i)) {
            continue;
        }

        name = &record->attribute[i].name;

        if (k < row->args && lens[k] == name->len
            && memcmp(args[k], name->data, name->len) == 0)
        {
            polycard_call_add(call, args[k + 1], lens[k + 1]);
            k += 2;

        } else {
            polycard_call_add(call, "", 1);     /* a byte 0: not given */
        }
    }
}


void
polycard_call_move(polycard_call_t *call, const char *prefix,
    const char *from, const char *to)
{
    polycard_call_begin(call, "polycard_move_client", prefix);
    polycard_call_add(call, from, strlen(from));
    polycard_call_add(call, to, strlen(to));
}


void
polycard_call_get(polycard_call_t *call, const char *prefix, unsigned groups,
    const ngx_polycard_table_t *table, const ngx_polycard_str_t *identity)
{
    int     n;
    size_t  i;

    call->argc = 0;

    n = snprintf(call->key, sizeof(call->key), "%s%s:%.*s", prefix,
                 groups ? "group" : "client", (int) identity->len,
                 (char *) identity->data);

    polycard_call_add(call, "HMGET", 5);
    polycard_call_add(call, call->key, n);

    for (i = 1; i < table->n; i++) {
        polycard_call_add(call, (char *) table->attribute[i].name.data,
                          table->attribute[i].name.len);
    }
}


/* redis-scripts/keys.lua: barcodes:<last 3 bytes> */

void
polycard_call_holder(polycard_call_t *call, const char *prefix,
    const ngx_polycard_str_t *card)
{
    size_t  n, tail;

    call->argc = 0;

    n = snprintf(call->key, sizeof(call->key), "%sbarcodes:", prefix);
    tail = (card->len < 3) ? card->len : 3;
    memcpy(call->key + n, card->data + card->len - tail, tail);

    polycard_call_add(call, "HGET", 4);
    polycard_call_add(call, call->key, n + tail);
    polycard_call_add(call, (char *) card->data, card->len);
}


int
polycard_call_send(polycard_call_t *call, polycard_redis_t *redis,
    uint64_t tag)
{
    return polycard_redis_send(redis, call->argc, call->argv, call->lens, tag);
}


redisReply *
polycard_call_ask(polycard_call_t *call, polycard_redis_t *redis)
{
    return polycard_redis_ask_argv(redis, call->argc, call->argv, call->lens);
}


int
polycard_call_ask_holder(polycard_redis_t *redis, const char *prefix,
    const ngx_polycard_str_t *card, char phone[NGX_POLYCARD_PHONE_LEN + 1])
{
    redisReply  *reply;

    static polycard_call_t  call;

    phone[0] = '\0';

    polycard_call_holder(&call, prefix, card);

    reply = polycard_call_ask(&call, redis);

    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    if (reply->type == REDIS_REPLY_STRING
        && reply->len == NGX_POLYCARD_PHONE_LEN)
    {
        memcpy(phone, reply->str, NGX_POLYCARD_PHONE_LEN + 1);
    }

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}


int
polycard_call_ask_client(polycard_redis_t *redis, const char *prefix,
    const char *phone, unsigned *there)
{
    redisReply  *reply;

    reply = polycard_redis_expect(redis, REDIS_REPLY_INTEGER,
                                  "EXISTS %sclient:%s", prefix, phone);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    *there = (reply->integer != 0);

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}
