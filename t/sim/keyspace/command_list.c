
#include "keyspace/command.h"

#include <string.h>


static redisReply *list_push(ks_t *ks, const ks_arg_t *arg, size_t n,
    int at_end);
static redisReply *list_pop(ks_t *ks, const ks_arg_t *arg, size_t n,
    int at_end);


static redisReply *
list_push(ks_t *ks, const ks_arg_t *arg, size_t n, int at_end)
{
    size_t       i;
    redisReply  *reply;
    ks_value_t  *list;

    list = ks_create_value(ks, &arg[1], KS_LIST, &reply);

    if (reply) {
        return reply;
    }

    for (i = 2; i < n; i++) {
        ks_list_insert(list, at_end ? list->n : 0, arg[i].data, arg[i].len);
    }

    return ks_integer(list->n);
}


static redisReply *
list_rpush(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    return list_push(ks, arg, n, 1);
}


static redisReply *
list_lpush(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    return list_push(ks, arg, n, 0);
}


static redisReply *
list_pop(ks_t *ks, const ks_arg_t *arg, size_t n, int at_end)
{
    size_t       i;
    ks_str_t    *item;
    long long    count;
    redisReply  *reply;
    ks_value_t  *list;

    count = 1;

    if (n > 3) {
        return ks_error("ERR wrong number of arguments for '%s' command",
                        at_end ? "rpop" : "lpop");
    }

    if (n == 3 && (!ks_arg_integer(&arg[2], &count) || count < 0)) {
        return ks_error("ERR value is out of range, must be positive");
    }

    list = ks_open(ks, &arg[1], KS_LIST, &reply);

    if (list == NULL) {
        return reply ? reply : ks_nil();
    }

    reply = ks_array(0);

    for ( /* void */ ; count && list->n; count--) {
        i = at_end ? list->n - 1 : 0;
        item = list->item[i];
        ks_append(reply, ks_string(item->data, item->len));
        ks_list_remove(list, i);
    }

    ks_close(ks, &arg[1], list);

    if (n == 2) {
        redisReply  *one;

        one = ks_reply_copy(reply->element[0]);
        ks_reply_free(reply);
        return one;
    }

    return reply;
}


static redisReply *
list_lpop(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    return list_pop(ks, arg, n, 0);
}


static redisReply *
list_rpop(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    return list_pop(ks, arg, n, 1);
}


static redisReply *
list_len(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    redisReply  *reply;
    ks_value_t  *list;

    list = ks_open(ks, &arg[1], KS_LIST, &reply);

    return reply ? reply : ks_integer(list ? list->n : 0);
}


static redisReply *
list_index(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    ks_str_t    *item;
    long long    i;
    redisReply  *reply;
    ks_value_t  *list;

    list = ks_open(ks, &arg[1], KS_LIST, &reply);

    if (list == NULL) {
        return reply ? reply : ks_nil();
    }

    if (!ks_arg_integer(&arg[2], &i)) {
        return ks_error(KS_NO_INTEGER);
    }

    i += i < 0 ? (long long) list->n : 0;

    if (i < 0 || i >= (long long) list->n) {
        return ks_nil();
    }

    item = list->item[i];

    return ks_string(item->data, item->len);
}


static redisReply *
list_range(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    ks_str_t    *item;
    long long    first, last;
    redisReply  *reply;
    ks_value_t  *list;

    if (!ks_arg_integer(&arg[2], &first) || !ks_arg_integer(&arg[3], &last)) {
        return ks_error(KS_NO_INTEGER);
    }

    list = ks_open(ks, &arg[1], KS_LIST, &reply);

    if (reply) {
        return reply;
    }

    reply = ks_array(0);

    if (list == NULL) {
        return reply;
    }

    first += first < 0 ? (long long) list->n : 0;
    last += last < 0 ? (long long) list->n : 0;
    first = first < 0 ? 0 : first;

    for ( /* void */ ; first <= last && first < (long long) list->n; first++) {
        item = list->item[first];
        ks_append(reply, ks_string(item->data, item->len));
    }

    return reply;
}


static redisReply *
list_insert(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t       i;
    redisReply  *reply;
    ks_value_t  *list;

    if (!ks_arg_is(&arg[2], "before") && !ks_arg_is(&arg[2], "after")) {
        return ks_error(KS_SYNTAX);
    }

    list = ks_open(ks, &arg[1], KS_LIST, &reply);

    if (list == NULL) {
        return reply ? reply : ks_integer(0);
    }

    for (i = 0; i < list->n; i++) {
        if (ks_str_is(list->item[i], arg[3].data, arg[3].len)) {
            i += ks_arg_is(&arg[2], "after");
            ks_list_insert(list, i, arg[4].data, arg[4].len);

            return ks_integer(list->n);
        }
    }

    return ks_integer(-1);
}


static redisReply *
list_remove(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t       i;
    long long    count, removed;
    redisReply  *reply;
    ks_value_t  *list;

    if (!ks_arg_integer(&arg[2], &count)) {
        return ks_error(KS_NO_INTEGER);
    }

    list = ks_open(ks, &arg[1], KS_LIST, &reply);

    if (list == NULL) {
        return reply ? reply : ks_integer(0);
    }

    removed = 0;

    /* the last ones */

    for (i = list->n; count < 0 && i > 0 && removed < -count; i--) {
        if (ks_str_is(list->item[i - 1], arg[3].data, arg[3].len)) {
            ks_list_remove(list, i - 1);
            removed++;
        }
    }

    for (i = 0; i < list->n && count >= 0 && (count == 0 || removed < count);
         /* void */)
    {
        if (ks_str_is(list->item[i], arg[3].data, arg[3].len)) {
            ks_list_remove(list, i);
            removed++;

        } else {
            i++;
        }
    }

    ks_close(ks, &arg[1], list);

    return ks_integer(removed);
}


static redisReply *
list_set(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    long long    i;
    redisReply  *reply;
    ks_value_t  *list;

    list = ks_open(ks, &arg[1], KS_LIST, &reply);

    if (list == NULL) {
        return reply ? reply : ks_error("ERR no such key");
    }

    if (!ks_arg_integer(&arg[2], &i)) {
        return ks_error(KS_NO_INTEGER);
    }

    i += i < 0 ? (long long) list->n : 0;

    if (i < 0 || i >= (long long) list->n) {
        return ks_error("ERR index out of range");
    }

    ks_str_free(list->item[i]);
    list->item[i] = ks_str(arg[3].data, arg[3].len);

    return ks_status("OK");
}


const ks_command_t  ks_list_commands[] = {
    { "rpush", -3, KS_WRITE|KS_MOVES|KS_DENYOOM, list_rpush },
    { "lpush", -3, KS_WRITE|KS_MOVES|KS_DENYOOM, list_lpush },
    { "lpop", -2, KS_WRITE|KS_MOVES, list_lpop },
    { "rpop", -2, KS_WRITE|KS_MOVES, list_rpop },
    { "llen", 2, 0, list_len },
    { "lindex", 3, 0, list_index },
    { "lrange", 4, 0, list_range },
    { "linsert", 5, KS_WRITE|KS_MOVES|KS_DENYOOM, list_insert },
    { "lrem", 4, KS_WRITE|KS_MOVES, list_remove },
    { "lset", 4, KS_WRITE|KS_MOVES|KS_DENYOOM, list_set },
    { NULL, 0, 0, NULL }
};
