
#include "keyspace/command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>


/* words of ks_callf() */
#define KS_WORDS  64

/* several times the number of commands */
#define COMMAND_BUCKETS  512


static const ks_command_t  *const command_tables[] = {
    ks_key_commands, ks_string_commands, ks_hash_commands, ks_list_commands,
    ks_zset_commands, ks_range_commands, ks_stream_commands, NULL
};


static const ks_command_t  *command_bucket[COMMAND_BUCKETS];


/* by length, first letter and last one, whatever their case; after a place
 * that is taken comes the next one */

static unsigned
command_place(const char *name, size_t len)
{
    return (len * 37 + (name[0] & 0x1f) * 11 + (name[len - 1] & 0x1f) * 3)
           % COMMAND_BUCKETS;
}


static void
command_sort(void)
{
    size_t               i;
    unsigned             place;
    const ks_command_t  *command;

    for (i = 0; command_tables[i]; i++) {
        for (command = command_tables[i]; command->name; command++) {
            place = command_place(command->name, strlen(command->name));

            while (command_bucket[place]) {
                place = (place + 1) % COMMAND_BUCKETS;
            }

            command_bucket[place] = command;
        }
    }
}


const ks_command_t *
ks_command(const ks_arg_t *name)
{
    unsigned         place;

    static unsigned  sorted;

    if (!sorted) {
        command_sort();
        sorted = 1;
    }

    if (name->len == 0) {
        return NULL;
    }

    for (place = command_place(name->data, name->len); command_bucket[place];
         place = (place + 1) % COMMAND_BUCKETS)
    {
        if (ks_arg_is(name, command_bucket[place]->name)) {
            return command_bucket[place];
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
