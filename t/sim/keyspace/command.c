
#include "keyspace/command.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


/* words of ks_callf() */
#define KS_WORDS  64


static const ks_command_t  *const command_tables[] = {
    ks_key_commands, ks_string_commands, ks_hash_commands, ks_list_commands,
    ks_zset_commands, ks_range_commands, ks_stream_commands, NULL
};


const ks_command_t *
ks_command(const ks_arg_t *name)
{
    size_t               i;
    const ks_command_t  *command;

    for (i = 0; command_tables[i]; i++) {
        for (command = command_tables[i]; command->name; command++) {
            if (ks_arg_is(name, command->name)) {
                return command;
            }
        }
    }

    return NULL;
}


redisReply *
ks_call(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    const ks_command_t  *command;

    command = ks_command(&arg[0]);

    if (ks->refusal && (strncmp(ks->refusal, "LOADING", 7) == 0
                        || (command && (command->flags & KS_WRITE))))
    {
        return ks_error("%s", ks->refusal);
    }

    if (command == NULL) {
        return ks_error("ERR unknown command '%s'", arg[0].data);
    }

    if (command->arity > 0 ? (size_t) command->arity != n
                           : n < (size_t) -command->arity)
    {
        return ks_error("ERR wrong number of arguments for '%s' command",
                        command->name);
    }

    if (ks->denied && strcmp(ks->denied, command->name) == 0) {
        return ks_error("NOPERM this user has no permissions to run the '%s' "
                        "command", command->name);
    }

    if (ks->full && (command->flags & KS_DENYOOM)) {
        return ks_error("OOM command not allowed when used memory > "
                        "'maxmemory'.");
    }

    ks->moves += command->flags & KS_MOVES ? 1 : 0;

    return command->handler(ks, arg, n);
}


redisReply *
ks_callf(ks_t *ks, const char *format, ...)
{
    int       len;
    char     *p, text[4096];
    size_t    n;
    va_list   args;
    ks_arg_t  arg[KS_WORDS];

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    if (len >= (int) sizeof(text)) {
        abort();
    }

    n = 0;

    for (p = strtok(text, " "); p && n < KS_WORDS; p = strtok(NULL, " ")) {
        arg[n].data = p;
        arg[n++].len = strlen(p);
    }

    return ks_call(ks, arg, n);
}


ks_value_t *
ks_open(ks_t *ks, const ks_arg_t *name, ks_type_e type, redisReply **reply)
{
    ks_key_t  *key;

    *reply = NULL;
    key = ks_find(ks, name->data, name->len);

    if (key == NULL) {
        return NULL;
    }

    if (key->value->type != type) {
        *reply = ks_error("WRONGTYPE Operation against a key holding the "
                          "wrong kind of value");
        return NULL;
    }

    return key->value;
}


ks_value_t *
ks_create_value(ks_t *ks, const ks_arg_t *name, ks_type_e type,
    redisReply **reply)
{
    ks_value_t  *value;

    value = ks_open(ks, name, type, reply);

    if (value || *reply) {
        return value;
    }

    return ks_put(ks, name->data, name->len, ks_value(type))->value;
}


void
ks_close(ks_t *ks, const ks_arg_t *name, const ks_value_t *value)
{
    if (value->n == 0) {
        (void) ks_remove(ks, name->data, name->len);
        ks_notify(ks, "del", name->data, name->len);
    }
}


int
ks_arg_is(const ks_arg_t *arg, const char *word)
{
    return arg->len == strlen(word)
           && strncasecmp(arg->data, word, arg->len) == 0;
}


/* the one way to write it: no sign "+", no zeros or spaces before */

int
ks_arg_integer(const ks_arg_t *arg, long long *integer)
{
    int    len;
    char   text[32], *end;

    if (arg->len == 0 || arg->len >= sizeof(text)) {
        return 0;
    }

    errno = 0;
    *integer = strtoll(arg->data, &end, 10);
    len = snprintf(text, sizeof(text), "%lld", *integer);

    return errno == 0 && (size_t) (end - arg->data) == arg->len
           && (size_t) len == arg->len && memcmp(text, arg->data, len) == 0;
}


int
ks_arg_double(const ks_arg_t *arg, double *number)
{
    char  *end;

    if (arg->len == 0 || arg->data[0] == ' ') {
        return 0;
    }

    *number = strtod(arg->data, &end);

    return (size_t) (end - arg->data) == arg->len && !isnan(*number);
}
