
/* Commands that are no reading or writing of keys. */

#include "server/server_internal.h"

#include <stdlib.h>
#include <string.h>


/* ids of hooks begin with 24 bits of the history, which are far from others' */
#define EXECUTE_APART  256


static redisReply *execute_fcall(const ks_arg_t *arg, size_t n);
static redisReply *execute_function(const ks_arg_t *arg, size_t n);
static void execute_describe(void);
static redisReply *execute_config(const ks_arg_t *arg, size_t n);


redisReply *
server_execute(const ks_arg_t *arg, size_t n)
{
    execute_describe();

    if (ks_arg_is(&arg[0], "fcall") && n >= 4) {
        return execute_fcall(arg, n);
    }

    if (ks_arg_is(&arg[0], "function")) {
        return execute_function(arg, n);
    }

    if (ks_arg_is(&arg[0], "config")) {
        return execute_config(arg, n);
    }

    return ks_call(server.ks, arg, n);
}


static redisReply *
execute_fcall(const ks_arg_t *arg, size_t n)
{
    if (!server.loaded) {
        return ks_error("ERR Function not found");
    }

    return ks_functions_call(server.functions, server.ks, arg[1].data,
                             &arg[3], n - 3);
}


/* FUNCTION LOAD [REPLACE] text: it is our own */

static redisReply *
execute_function(const ks_arg_t *arg, size_t n)
{
    if (server.ks->full) {
        return ks_error("OOM command not allowed when used memory > "
                        "'maxmemory'.");
    }

    if (server.loaded && !ks_arg_is(&arg[2], "replace")) {
        return ks_error("ERR Library 'polycard' already exists");
    }

    server.loaded = 1;
    server.functions = server.library.own;

    if (ks_functions_begin(server.functions)) {
        abort();
    }

    return ks_string("polycard", 8);
}


/* which process it is, and which history its data have: mostly as before */

static void
execute_describe(void)
{
    unsigned  slave;

    slave = server.ks->refusal
            && strncmp(server.ks->refusal, "READONLY", 8) == 0;

    if (server.described.run == server.run
        && server.described.history == server.history
        && server.described.slave == slave)
    {
        return;
    }

    server.described.run = server.run;
    server.described.history = server.history;
    server.described.slave = slave;

    snprintf(server.ks->info, sizeof(server.ks->info),
             "# Server\r\nredis_version:7.0.15\r\nrun_id:%040x\r\n"
             "# Replication\r\nrole:%s\r\nmaster_replid:%06x%034x\r\n"
             "# Persistence\r\naof_enabled:1\r\n"
             "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n",
             server.run, slave ? "slave" : "master",
             server.history * EXECUTE_APART, 0);
}


/* of notify-keyspace-events alone */

static redisReply *
execute_config(const ks_arg_t *arg, size_t n)
{
    redisReply  *reply;

    if (n == 4) {
        snprintf(server.events, sizeof(server.events), "%s", arg[3].data);
        return ks_status("OK");
    }

    reply = ks_array(2);
    reply->element[0] = ks_string(arg[2].data, arg[2].len);
    reply->element[1] = ks_string(server.events, strlen(server.events));

    return reply;
}
