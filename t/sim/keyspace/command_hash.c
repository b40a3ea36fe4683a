
#include "keyspace/command.h"

#include <stdlib.h>
#include <string.h>


static redisReply *
hash_get(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    ks_field_t  *field;
    redisReply  *reply;
    ks_value_t  *hash;

    hash = ks_open(ks, &arg[1], KS_HASH, &reply);

    if (reply) {
        return reply;
    }

    field = hash ? ks_hash_find(hash, arg[2].data, arg[2].len) : NULL;

    return field ? ks_string(field->value->data, field->value->len)
                 : ks_nil();
}


static redisReply *
hash_mget(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t       i;
    ks_field_t  *field;
    redisReply  *reply;
    ks_value_t  *hash;

    hash = ks_open(ks, &arg[1], KS_HASH, &reply);

    if (reply) {
        return reply;
    }

    reply = ks_array(n - 2);

    for (i = 2; i < n; i++) {
        field = hash ? ks_hash_find(hash, arg[i].data, arg[i].len) : NULL;
        reply->element[i - 2] = field ? ks_string(field->value->data,
                                                  field->value->len)
                                      : ks_nil();
    }

    return reply;
}


static redisReply *
hash_getall(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t       i;
    ks_field_t  *field;
    redisReply  *reply;
    ks_value_t  *hash;

    hash = ks_open(ks, &arg[1], KS_HASH, &reply);

    if (reply) {
        return reply;
    }

    reply = ks_array(hash ? 2 * hash->n : 0);

    for (i = 0; hash && i < hash->n; i++) {
        field = &hash->field[i];
        reply->element[2 * i] = ks_string(field->name->data,
                                          field->name->len);
        reply->element[2 * i + 1] = ks_string(field->value->data,
                                              field->value->len);
    }

    return reply;
}


static redisReply *
hash_len(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    redisReply  *reply;
    ks_value_t  *hash;

    hash = ks_open(ks, &arg[1], KS_HASH, &reply);

    return reply ? reply : ks_integer(hash ? hash->n : 0);
}


static redisReply *
hash_exists(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    redisReply  *reply;
    ks_value_t  *hash;

    hash = ks_open(ks, &arg[1], KS_HASH, &reply);

    return reply ? reply
           : ks_integer(hash && ks_hash_find(hash, arg[2].data, arg[2].len));
}


static redisReply *
hash_set(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t       i;
    long long    added;
    redisReply  *reply;
    ks_value_t  *hash;

    if (n % 2) {
        return ks_error("ERR wrong number of arguments for 'hset' command");
    }

    hash = ks_create_value(ks, &arg[1], KS_HASH, &reply);

    if (reply) {
        return reply;
    }

    for (i = 2, added = 0; i < n; i += 2) {
        added += ks_hash_set(hash, arg[i].data, arg[i].len, arg[i + 1].data,
                             arg[i + 1].len);
    }

    ks_notify(ks, "hset", arg[1].data, arg[1].len);

    return ks_integer(added);
}


static redisReply *
hash_setnx(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    redisReply  *reply;
    ks_value_t  *hash;

    hash = ks_create_value(ks, &arg[1], KS_HASH, &reply);

    if (reply) {
        return reply;
    }

    if (ks_hash_find(hash, arg[2].data, arg[2].len)) {
        return ks_integer(0);
    }

    (void) ks_hash_set(hash, arg[2].data, arg[2].len, arg[3].data,
                       arg[3].len);
    ks_notify(ks, "hset", arg[1].data, arg[1].len);

    return ks_integer(1);
}


static redisReply *
hash_del(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t       i;
    long long    removed;
    redisReply  *reply;
    ks_value_t  *hash;

    hash = ks_open(ks, &arg[1], KS_HASH, &reply);

    if (hash == NULL) {
        return reply ? reply : ks_integer(0);
    }

    for (i = 2, removed = 0; i < n; i++) {
        removed += ks_hash_remove(hash, arg[i].data, arg[i].len);
    }

    if (removed) {
        ks_notify(ks, "hdel", arg[1].data, arg[1].len);
        ks_close(ks, &arg[1], hash);
    }

    return ks_integer(removed);
}


/* the field that is to be increased, "0" where there is none */

static ks_value_t *
hash_number(ks_t *ks, const ks_arg_t *arg, ks_arg_t *stored,
    redisReply **reply)
{
    ks_field_t  *field;
    ks_value_t  *hash;

    hash = ks_create_value(ks, &arg[1], KS_HASH, reply);

    if (*reply) {
        return NULL;
    }

    field = ks_hash_find(hash, arg[2].data, arg[2].len);

    stored->data = field ? field->value->data : "0";
    stored->len = field ? field->value->len : 1;

    return hash;
}


static redisReply *
hash_incrby(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    int          len;
    char         text[32];
    ks_arg_t     stored;
    long long    number, by;
    redisReply  *reply;
    ks_value_t  *hash;

    if (!ks_arg_integer(&arg[3], &by)) {
        return ks_error(KS_NO_INTEGER);
    }

    hash = hash_number(ks, arg, &stored, &reply);

    if (reply) {
        return reply;
    }

    if (!ks_arg_integer(&stored, &number)) {
        return ks_error("ERR hash value is not an integer");
    }

    if (__builtin_add_overflow(number, by, &number)) {
        return ks_error("ERR increment or decrement would overflow");
    }

    len = snprintf(text, sizeof(text), "%lld", number);
    (void) ks_hash_set(hash, arg[2].data, arg[2].len, text, len);

    ks_notify(ks, "hincrby", arg[1].data, arg[1].len);

    return ks_integer(number);
}


/* with the noise of Redis' long double */

static redisReply *
hash_incrbyfloat(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    int          len;
    char         text[128];
    double       by, before;
    ks_arg_t     stored;
    redisReply  *reply;
    ks_value_t  *hash;
    long double  number;

    if (!ks_arg_double(&arg[3], &by)) {
        return ks_error("ERR value is not a valid float");
    }

    hash = hash_number(ks, arg, &stored, &reply);

    if (reply) {
        return reply;
    }

    if (!ks_arg_double(&stored, &before)) {
        return ks_error("ERR hash value is not a float");
    }

    number = strtold(stored.data, NULL) + strtold(arg[3].data, NULL);

    /* 17 decimals, less the zeros at their end */

    len = snprintf(text, sizeof(text), "%.17Lf", number);

    while (text[len - 1] == '0') {
        len--;
    }

    len -= text[len - 1] == '.';

    if (len == 2 && memcmp(text, "-0", 2) == 0) {
        text[0] = '0';
        len = 1;
    }

    (void) ks_hash_set(hash, arg[2].data, arg[2].len, text, len);
    ks_notify(ks, "hincrbyfloat", arg[1].data, arg[1].len);

    return ks_string(text, len);
}


const ks_command_t  ks_hash_commands[] = {
    { "hget", 3, 0, hash_get },
    { "hmget", -3, 0, hash_mget },
    { "hgetall", 2, 0, hash_getall },
    { "hlen", 2, 0, hash_len },
    { "hexists", 3, 0, hash_exists },
    { "hset", -4, KS_WRITE|KS_DENYOOM, hash_set },
    { "hsetnx", 4, KS_WRITE|KS_DENYOOM, hash_setnx },
    { "hdel", -3, KS_WRITE, hash_del },
    { "hincrby", 4, KS_WRITE|KS_DENYOOM, hash_incrby },
    { "hincrbyfloat", 4, KS_WRITE|KS_DENYOOM, hash_incrbyfloat },
    { NULL, 0, 0, NULL }
};
