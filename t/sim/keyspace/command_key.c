
/* Commands for keys of any type, and those of the server. */

#include "keyspace/command.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    redisReply           *names;
    const ks_arg_t       *pattern;
    long long             seen;
    ks_t                 *ks;
} key_scan_t;


static void key_scan_each(void *data, ks_key_t *key);
static int key_matches(const char *p, const char *pattern_end, const char *s,
    const char *end);
static unsigned key_microseconds(int64_t now);
static redisReply *key_expire(ks_t *ks, const ks_arg_t *arg, long long ms);


static redisReply *
key_del(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t     i;
    long long  removed;

    for (i = 1, removed = 0; i < n; i++) {
        if (ks_remove(ks, arg[i].data, arg[i].len)) {
            ks_notify(ks, "del", arg[i].data, arg[i].len);
            removed++;
        }
    }

    return ks_integer(removed);
}


static redisReply *
key_exists(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t     i;
    long long  there;

    for (i = 1, there = 0; i < n; i++) {
        there += ks_find(ks, arg[i].data, arg[i].len) != NULL;
    }

    return ks_integer(there);
}


static redisReply *
key_expire(ks_t *ks, const ks_arg_t *arg, long long ms)
{
    ks_key_t  *key;

    key = ks_find(ks, arg[1].data, arg[1].len);

    if (key == NULL) {
        return ks_integer(0);
    }

    if (ms <= 0) {
        (void) ks_remove(ks, arg[1].data, arg[1].len);
        ks_notify(ks, "del", arg[1].data, arg[1].len);
        return ks_integer(1);
    }

    key->expires = ks->now / 1000 + ms;
    ks_notify(ks, "expire", arg[1].data, arg[1].len);

    return ks_integer(1);
}


static redisReply *
key_expire_seconds(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    long long  seconds;

    if (!ks_arg_integer(&arg[2], &seconds)) {
        return ks_error(KS_NO_INTEGER);
    }

    return key_expire(ks, arg, seconds * 1000);
}


static redisReply *
key_pexpire(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    long long  ms;

    if (!ks_arg_integer(&arg[2], &ms)) {
        return ks_error(KS_NO_INTEGER);
    }

    return key_expire(ks, arg, ms);
}


static redisReply *
key_persist(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    ks_key_t  *key;

    key = ks_find(ks, arg[1].data, arg[1].len);

    if (key == NULL || key->expires < 0) {
        return ks_integer(0);
    }

    key->expires = -1;
    ks_notify(ks, "persist", arg[1].data, arg[1].len);

    return ks_integer(1);
}


static redisReply *
key_pttl(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    ks_key_t  *key;

    key = ks_find(ks, arg[1].data, arg[1].len);

    return ks_integer(key == NULL ? -2 : key->expires < 0 ? -1
                      : key->expires - ks->now / 1000);
}


static redisReply *
key_rename(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    int64_t      expires;
    ks_key_t    *key;
    ks_value_t  *value;

    key = ks_find(ks, arg[1].data, arg[1].len);

    if (key == NULL) {
        return ks_error("ERR no such key");
    }

    if (arg[1].len == arg[2].len
        && memcmp(arg[1].data, arg[2].data, arg[1].len) == 0)
    {
        return ks_status("OK");
    }

    value = ks_value_copy(key->value);
    expires = key->expires;
    (void) ks_remove(ks, arg[1].data, arg[1].len);

    /* whatever was there goes, with its end */
    (void) ks_remove(ks, arg[2].data, arg[2].len);

    ks_put(ks, arg[2].data, arg[2].len, value)->expires = expires;

    ks_notify(ks, "rename_from", arg[1].data, arg[1].len);
    ks_notify(ks, "rename_to", arg[2].data, arg[2].len);

    return ks_status("OK");
}


static redisReply *
key_type(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    ks_key_t  *key;

    static const char *const  names[] = {
        "none", "string", "hash", "zset", "list", "stream"
    };

    key = ks_find(ks, arg[1].data, arg[1].len);

    return ks_status(names[key ? key->value->type : KS_NONE]);
}


static redisReply *
key_scan(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    char         text[32];
    size_t       i;
    uint64_t     cursor;
    long long    count, left;
    redisReply  *reply;
    key_scan_t   scan;

    cursor = strtoull(arg[1].data, NULL, 10);
    count = 10;

    scan.ks = ks;
    scan.pattern = NULL;
    scan.names = ks_array(0);

    for (i = 2; i + 1 < n; i += 2) {
        if (ks_arg_is(&arg[i], "match")) {
            scan.pattern = &arg[i + 1];

        } else if (!ks_arg_integer(&arg[i + 1], &count) || count < 1) {
            ks_reply_free(scan.names);
            return ks_error(KS_SYNTAX);
        }
    }

    /* COUNT is of keys that are seen, whether or not they match */

    scan.seen = 0;
    left = 10 * count;

    do {
        cursor = ks_scan(ks, cursor, key_scan_each, &scan);
    } while (cursor && left-- && scan.seen < count);

    reply = ks_array(2);
    reply->element[0] = ks_string(text, snprintf(text, sizeof(text), "%llu",
                                              (unsigned long long) cursor));
    reply->element[1] = scan.names;

    return reply;
}


static void
key_scan_each(void *data, ks_key_t *key)
{
    key_scan_t  *scan;
    const char  *p;

    scan = data;
    scan->seen++;

    if (key->expires >= 0 && key->expires <= scan->ks->now / 1000) {
        return;
    }

    if (scan->pattern) {
        p = scan->pattern->data;

        if (!key_matches(p, p + scan->pattern->len, key->name->data,
                         key->name->data + key->name->len))
        {
            return;
        }
    }

    ks_append(scan->names, ks_string(key->name->data, key->name->len));
}


/* "*", "?", "[abc]", "\" before any of these */

static int
key_matches(const char *p, const char *pattern_end, const char *s,
    const char *end)
{
    const char  *close;

    for ( /* void */ ; p < pattern_end; p++, s++) {

        if (*p == '*') {
            for ( /* void */ ; s <= end; s++) {
                if (key_matches(p + 1, pattern_end, s, end)) {
                    return 1;
                }
            }

            return 0;
        }

        if (s == end) {
            return 0;
        }

        if (*p == '[' && (close = memchr(p, ']', pattern_end - p))) {
            if (memchr(p + 1, *s, close - p - 1) == NULL) {
                return 0;
            }

            p = close;
            continue;
        }

        if (*p == '\\' && p + 1 < pattern_end) {
            p++;

        } else if (*p == '?') {
            continue;
        }

        if (*p != *s) {
            return 0;
        }
    }

    return s == end;
}


static redisReply *
key_time(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    char         text[KS_PRINT_MAX];
    redisReply  *reply;

    reply = ks_array(2);

    reply->element[0] = ks_string(text, ks_print(text, ks->now / 1000000));
    reply->element[1] = ks_string(text,
                                  ks_print(text, ks->now % 1000000
                                           + key_microseconds(ks->now)));

    return reply;
}


/* the run has whole milliseconds; below these is no pattern */

static unsigned
key_microseconds(int64_t now)
{
    return ((uint64_t) now / 1000 * 0x9e3779b97f4a7c15u >> 40) % 1000;
}


/* no event, as from Redis */

static redisReply *
key_flush(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    ks_flush(ks);

    return ks_status("OK");
}


static redisReply *
key_size(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    return ks_integer(ks->n);
}


static redisReply *
key_info(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    return ks_string(ks->info, strlen(ks->info));
}


static redisReply *
key_ping(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    return ks_status("PONG");
}


const ks_command_t  ks_key_commands[] = {
    { "del", -2, KS_WRITE|KS_MOVES, key_del },
    { "unlink", -2, KS_WRITE|KS_MOVES, key_del },
    { "exists", -2, 0, key_exists },
    { "expire", 3, KS_WRITE, key_expire_seconds },
    { "pexpire", 3, KS_WRITE, key_pexpire },
    { "persist", 2, KS_WRITE, key_persist },
    { "pttl", 2, 0, key_pttl },
    { "rename", 3, KS_WRITE|KS_MOVES, key_rename },
    { "type", 2, 0, key_type },
    { "scan", -2, 0, key_scan },
    { "time", 1, 0, key_time },
    { "flushall", -1, KS_WRITE|KS_MOVES, key_flush },
    { "flushdb", -1, KS_WRITE|KS_MOVES, key_flush },
    { "dbsize", 1, 0, key_size },
    { "info", -1, 0, key_info },
    { "ping", 1, 0, key_ping },
    { NULL, 0, 0, NULL }
};
