
/* Parts of a sorted set: by rank or by score, from either end. */

#include "keyspace/command.h"

#include <string.h>


typedef struct {
    int                   scores;       /* WITHSCORES */
    int                   reverse;
    long long             offset;       /* LIMIT */
    long long             count;        /* below 0: all */
} range_t;


static int range_options(range_t *range, const ks_arg_t *arg, size_t n);
static int range_bound(const ks_arg_t *arg, double *score, int *open);
static redisReply *range_by_score(ks_t *ks, const ks_arg_t *arg,
    const range_t *range);
static redisReply *range_by_rank(ks_t *ks, const ks_arg_t *arg,
    const range_t *range);
static redisReply *range_reply(const ks_value_t *zset, long long first,
    long long last, const range_t *range);


static int
range_options(range_t *range, const ks_arg_t *arg, size_t n)
{
    size_t  i;

    for (i = 4; i < n; i++) {
        if (ks_arg_is(&arg[i], "withscores")) {
            range->scores = 1;

        } else if (ks_arg_is(&arg[i], "rev")) {
            range->reverse = 1;

        } else if (ks_arg_is(&arg[i], "limit") && i + 2 < n
                   && ks_arg_integer(&arg[i + 1], &range->offset)
                   && ks_arg_integer(&arg[i + 2], &range->count))
        {
            i += 2;

        } else {
            return 0;
        }
    }

    return 1;
}


/* "(1" is open: 1 itself is not in it */

static int
range_bound(const ks_arg_t *arg, double *score, int *open)
{
    ks_arg_t  number;

    number = *arg;
    *open = number.len > 0 && number.data[0] == '(';
    number.data += *open;
    number.len -= *open;

    return ks_arg_double(&number, score);
}


static redisReply *
range_by_score(ks_t *ks, const ks_arg_t *arg, const range_t *range)
{
    int          low_open, high_open;
    double       low, high;
    long long    first, last;
    redisReply  *reply;
    ks_value_t  *zset;

    if (!range_bound(&arg[range->reverse ? 3 : 2], &low, &low_open)
        || !range_bound(&arg[range->reverse ? 2 : 3], &high, &high_open))
    {
        return ks_error("ERR min or max is not a float");
    }

    zset = ks_open(ks, &arg[1], KS_ZSET, &reply);

    if (zset == NULL) {
        return reply ? reply : ks_array(0);
    }

    first = ks_zset_below(zset, low, low_open);
    last = (long long) ks_zset_below(zset, high, !high_open) - 1;

    return range_reply(zset, first, last, range);
}


static redisReply *
range_by_rank(ks_t *ks, const ks_arg_t *arg, const range_t *range)
{
    long long    first, last, swap;
    redisReply  *reply;
    ks_value_t  *zset;

    if (!ks_arg_integer(&arg[2], &first) || !ks_arg_integer(&arg[3], &last)) {
        return ks_error(KS_NO_INTEGER);
    }

    zset = ks_open(ks, &arg[1], KS_ZSET, &reply);

    if (zset == NULL) {
        return reply ? reply : ks_array(0);
    }

    first += first < 0 ? (long long) zset->n : 0;
    last += last < 0 ? (long long) zset->n : 0;
    first = first < 0 ? 0 : first;
    last = last >= (long long) zset->n ? (long long) zset->n - 1 : last;

    if (range->reverse && first <= last) {
        swap = zset->n - 1 - first;
        first = zset->n - 1 - last;
        last = swap;
    }

    return range_reply(zset, first, last, range);
}


static redisReply *
range_reply(const ks_value_t *zset, long long first, long long last,
    const range_t *range)
{
    long long          i, n;
    redisReply        *reply;
    const ks_score_t  *score;

    reply = ks_array(0);
    n = last - first + 1;

    for (i = range->offset; i >= 0 && i < n; i++) {
        if (range->count >= 0 && i - range->offset == range->count) {
            break;
        }

        score = &zset->score[range->reverse ? last - i : first + i];
        ks_append(reply, ks_string(score->member->data, score->member->len));

        if (range->scores) {
            ks_append(reply, ks_double(score->score));
        }
    }

    return reply;
}


static redisReply *
range_zrange(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    range_t  range = { 0, 0, 0, -1 };

    if (!range_options(&range, arg, n)) {
        return ks_error(KS_SYNTAX);
    }

    return range_by_rank(ks, arg, &range);
}


static redisReply *
range_zrevrange(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    range_t  range = { 0, 1, 0, -1 };

    if (!range_options(&range, arg, n)) {
        return ks_error(KS_SYNTAX);
    }

    return range_by_rank(ks, arg, &range);
}


static redisReply *
range_zrangebyscore(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    range_t  range = { 0, 0, 0, -1 };

    if (!range_options(&range, arg, n)) {
        return ks_error(KS_SYNTAX);
    }

    return range_by_score(ks, arg, &range);
}


static redisReply *
range_zrevrangebyscore(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    range_t  range = { 0, 1, 0, -1 };

    if (!range_options(&range, arg, n)) {
        return ks_error(KS_SYNTAX);
    }

    return range_by_score(ks, arg, &range);
}


static redisReply *
range_zcount(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    long long    count;
    redisReply  *reply;
    range_t      range = { 0, 0, 0, -1 };

    reply = range_by_score(ks, arg, &range);

    if (reply->type != REDIS_REPLY_ARRAY) {
        return reply;
    }

    count = reply->elements;
    ks_reply_free(reply);

    return ks_integer(count);
}


static redisReply *
range_zremrangebyscore(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t       i;
    ptrdiff_t    rank;
    long long    count;
    redisReply  *reply;
    ks_value_t  *zset;
    range_t      range = { 0, 0, 0, -1 };

    reply = range_by_score(ks, arg, &range);

    if (reply->type != REDIS_REPLY_ARRAY) {
        return reply;
    }

    count = reply->elements;

    if (count) {
        zset = ks_find(ks, arg[1].data, arg[1].len)->value;

        for (i = 0; i < reply->elements; i++) {
            rank = ks_zset_rank(zset, reply->element[i]->str,
                                reply->element[i]->len);
            ks_zset_remove(zset, rank);
        }

        ks_close(ks, &arg[1], zset);
    }

    ks_reply_free(reply);

    return ks_integer(count);
}


const ks_command_t  ks_range_commands[] = {
    { "zrange", -4, 0, range_zrange },
    { "zrevrange", -4, 0, range_zrevrange },
    { "zrangebyscore", -4, 0, range_zrangebyscore },
    { "zrevrangebyscore", -4, 0, range_zrevrangebyscore },
    { "zcount", 4, 0, range_zcount },
    { "zremrangebyscore", 4, KS_WRITE, range_zremrangebyscore },
    { NULL, 0, 0, NULL }
};
