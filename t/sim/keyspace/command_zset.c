
#include "keyspace/command.h"

#include <string.h>


static redisReply *
zset_add(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    int          absent, present, count_changed, is_new;
    size_t       i, first;
    double       score;
    ptrdiff_t    rank;
    long long    added;
    redisReply  *reply;
    ks_value_t  *zset;

    absent = present = count_changed = 0;

    for (first = 2; first < n; first++) {
        if (ks_arg_is(&arg[first], "nx")) {
            absent = 1;
        } else if (ks_arg_is(&arg[first], "xx")) {
            present = 1;
        } else if (ks_arg_is(&arg[first], "ch")) {
            count_changed = 1;
        } else {
            break;
        }
    }

    if ((n - first) % 2 || first == n) {
        return ks_error(KS_SYNTAX);
    }

    for (i = first; i < n; i += 2) {
        if (!ks_arg_double(&arg[i], &score)) {
            return ks_error("ERR value is not a valid float");
        }
    }

    zset = present ? ks_open(ks, &arg[1], KS_ZSET, &reply)
                   : ks_create_value(ks, &arg[1], KS_ZSET, &reply);

    if (zset == NULL) {
        return reply ? reply : ks_integer(0);
    }

    for (i = first, added = 0; i < n; i += 2) {
        (void) ks_arg_double(&arg[i], &score);
        rank = ks_zset_rank(zset, arg[i + 1].data, arg[i + 1].len);

        if ((absent && rank >= 0) || (present && rank < 0)) {
            continue;
        }

        is_new = rank < 0 || (count_changed
                              && zset->score[rank].score != score);
        (void) ks_zset_set(zset, score, arg[i + 1].data, arg[i + 1].len);
        added += is_new;
    }

    return ks_integer(added);
}


static redisReply *
zset_rem(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t       i;
    ptrdiff_t    rank;
    long long    removed;
    redisReply  *reply;
    ks_value_t  *zset;

    zset = ks_open(ks, &arg[1], KS_ZSET, &reply);

    if (zset == NULL) {
        return reply ? reply : ks_integer(0);
    }

    for (i = 2, removed = 0; i < n; i++) {
        rank = ks_zset_rank(zset, arg[i].data, arg[i].len);

        if (rank >= 0) {
            ks_zset_remove(zset, rank);
            removed++;
        }
    }

    if (removed) {
        ks_close(ks, &arg[1], zset);
    }

    return ks_integer(removed);
}


static redisReply *
zset_card(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    redisReply  *reply;
    ks_value_t  *zset;

    zset = ks_open(ks, &arg[1], KS_ZSET, &reply);

    return reply ? reply : ks_integer(zset ? zset->n : 0);
}


/* the rank of the member arg[2], -1: there is none */

static ks_value_t *
zset_of_member(ks_t *ks, const ks_arg_t *arg, ptrdiff_t *rank,
    redisReply **reply)
{
    ks_value_t  *zset;

    zset = ks_open(ks, &arg[1], KS_ZSET, reply);
    *rank = zset ? ks_zset_rank(zset, arg[2].data, arg[2].len) : -1;

    return zset;
}


static redisReply *
zset_score(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    ptrdiff_t    rank;
    redisReply  *reply;
    ks_value_t  *zset;

    zset = zset_of_member(ks, arg, &rank, &reply);

    if (reply) {
        return reply;
    }

    return rank < 0 ? ks_nil() : ks_double(zset->score[rank].score);
}


static redisReply *
zset_mscore(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t       i;
    ptrdiff_t    rank;
    redisReply  *reply;
    ks_value_t  *zset;

    zset = ks_open(ks, &arg[1], KS_ZSET, &reply);

    if (reply) {
        return reply;
    }

    reply = ks_array(n - 2);

    for (i = 2; i < n; i++) {
        rank = zset ? ks_zset_rank(zset, arg[i].data, arg[i].len) : -1;
        reply->element[i - 2] = rank < 0 ? ks_nil()
                                : ks_double(zset->score[rank].score);
    }

    return reply;
}


static redisReply *
zset_rank(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    ptrdiff_t    rank;
    redisReply  *reply;

    (void) zset_of_member(ks, arg, &rank, &reply);

    if (reply) {
        return reply;
    }

    return rank < 0 ? ks_nil() : ks_integer(rank);
}


const ks_command_t  ks_zset_commands[] = {
    { "zadd", -4, KS_WRITE|KS_DENYOOM, zset_add },
    { "zrem", -3, KS_WRITE, zset_rem },
    { "zcard", 2, 0, zset_card },
    { "zscore", 3, 0, zset_score },
    { "zmscore", -3, 0, zset_mscore },
    { "zrank", 3, 0, zset_rank },
    { NULL, 0, 0, NULL }
};
