
#include "keyspace/command.h"

#include <string.h>


static redisReply *string_add(ks_t *ks, const ks_arg_t *arg, long long by);


static redisReply *
string_get(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    redisReply  *reply;
    ks_value_t  *value;

    value = ks_open(ks, &arg[1], KS_STRING, &reply);

    if (value == NULL) {
        return reply ? reply : ks_nil();
    }

    return ks_string(value->string->data, value->string->len);
}


/* SET key value [PX ms] [NX] [KEEPTTL] */

static redisReply *
string_set(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    int          absent, keep;
    size_t       i;
    int64_t      expires;
    ks_key_t    *key;
    long long    ms;
    ks_value_t  *value;

    ms = 0;
    absent = 0;
    keep = 0;

    for (i = 3; i < n; i++) {
        if (ks_arg_is(&arg[i], "nx")) {
            absent = 1;

        } else if (ks_arg_is(&arg[i], "keepttl")) {
            keep = 1;

        } else if ((ks_arg_is(&arg[i], "px") || ks_arg_is(&arg[i], "ex"))
                   && i + 1 < n)
        {
            if (!ks_arg_integer(&arg[i + 1], &ms)) {
                return ks_error(KS_NO_INTEGER);
            }

            if (ms <= 0) {
                return ks_error("ERR invalid expire time in 'set' command");
            }

            ms *= ks_arg_is(&arg[i], "ex") ? 1000 : 1;
            i++;

        } else {
            return ks_error(KS_SYNTAX);
        }
    }

    key = ks_find(ks, arg[1].data, arg[1].len);

    if (absent && key) {
        return ks_nil();
    }

    expires = (keep && key) ? key->expires : -1;

    value = ks_value(KS_STRING);
    value->string = ks_str(arg[2].data, arg[2].len);

    key = ks_put(ks, arg[1].data, arg[1].len, value);
    key->expires = ms ? ks->now / 1000 + ms : expires;

    ks_notify(ks, "set", arg[1].data, arg[1].len);

    if (ms) {
        ks_notify(ks, "expire", arg[1].data, arg[1].len);
    }

    return ks_status("OK");
}


static redisReply *
string_add(ks_t *ks, const ks_arg_t *arg, long long by)
{
    char         text[32];
    ks_arg_t     stored;
    long long    number;
    redisReply  *reply;
    ks_value_t  *value;

    value = ks_open(ks, &arg[1], KS_STRING, &reply);

    if (reply) {
        return reply;
    }

    number = 0;

    if (value) {
        stored.data = value->string->data;
        stored.len = value->string->len;

        if (!ks_arg_integer(&stored, &number)) {
            return ks_error(KS_NO_INTEGER);
        }
    }

    if (__builtin_add_overflow(number, by, &number)) {
        return ks_error("ERR increment or decrement would overflow");
    }

    if (value == NULL) {
        value = ks_value(KS_STRING);
        (void) ks_put(ks, arg[1].data, arg[1].len, value);

    } else {
        ks_str_free(value->string);
    }

    value->string = ks_str(text, snprintf(text, sizeof(text), "%lld",
                                          number));

    ks_notify(ks, "incrby", arg[1].data, arg[1].len);

    return ks_integer(number);
}


static redisReply *
string_incr(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    return string_add(ks, arg, 1);
}


static redisReply *
string_incrby(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    long long  by;

    if (!ks_arg_integer(&arg[2], &by)) {
        return ks_error(KS_NO_INTEGER);
    }

    return string_add(ks, arg, by);
}


const ks_command_t  ks_string_commands[] = {
    { "get", 2, 0, string_get },
    { "set", -3, KS_WRITE|KS_MOVES|KS_DENYOOM, string_set },
    { "incr", 2, KS_WRITE|KS_DENYOOM, string_incr },
    { "incrby", 3, KS_WRITE|KS_DENYOOM, string_incrby },
    { NULL, 0, 0, NULL }
};
