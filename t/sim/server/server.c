
/* The server's process: its data, clock, life and end. */

#include "server/server_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>


server_t  server;


static void server_start(ks_functions_t *functions);
static void server_notify(void *data, const char *event,
    const ks_str_t *key);


const char *
server_library(const char *text, size_t len)
{
    const char  *error;

    error = NULL;
    server.library.own = ks_functions_load(text, len, &error);

    return error;
}


const char *
server_older_library(const char *text, size_t len)
{
    const char  *error;

    error = NULL;
    server.library.older = ks_functions_load(text, len, &error);

    return error;
}


void
server_free_libraries(void)
{
    ks_functions_free(server.library.own);

    if (server.library.older) {
        ks_functions_free(server.library.older);
    }
}


void
server_begin(void)
{
    ks_functions_t  *own, *older;

    own = server.library.own;
    older = server.library.older;
    memset(&server, 0, sizeof(server));
    server.library.own = own;
    server.library.older = older;

    server.ks = ks_create(sim_below(1000000));
    server.ks->notify = server_notify;
    server.run = 1;
    server.history = 1;
    server.loaded = older != NULL;
    server_tick();
    server_start(older ? older : own);
}


void
server_end(void)
{
    server_free_replies();
    ks_destroy(server.ks);
    server.ks = NULL;
}


int64_t
server_time(void)
{
    return SERVER_EPOCH + sim.now + server.skew;
}


/* Of the calls in one millisecond each second one has the microsecond of that
 * before it, as those of a transaction have. */

void
server_tick(void)
{
    int64_t  now;

    now = server_time() * 1000;

    if (now / 1000 == server.ks->now / 1000) {
        now += server.ks->now % 1000;

        if (server.ticks++ % 2 && now % 1000 < 999) {
            now++;
        }
    }

    server.ks->now = now;
}


/* a process begins */

static void
server_start(ks_functions_t *functions)
{
    server.functions = functions;

    if (ks_functions_begin(functions)) {
        abort();
    }
}


static void
server_notify(void *data, const char *event, const ks_str_t *key)
{
    server_tell(event, key);
}


redisReply *
server_call(const ks_arg_t *arg, size_t n)
{
    redisReply  *reply;

    if (server.dead || sim.now < server.hangs) {
        return NULL;
    }

    server_tick();

    reply = server_execute(arg, n);

    if (server.after) {
        server.after(arg, n, reply);
    }

    return reply;
}


/* words with a "%" for each argument that may hold spaces are not needed: an
 * empty word is written as _ */

redisReply *
server_callf(const char *format, ...)
{
    char      text[4096], *p;
    size_t    n;
    va_list   args;
    ks_arg_t  arg[SERVER_ARGS];

    va_start(args, format);
    (void) vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    n = 0;

    for (p = strtok(text, " "); p && n < SERVER_ARGS; p = strtok(NULL, " ")) {
        arg[n].data = p;
        arg[n].len = strcmp(p, "_") == 0 ? 0 : strlen(p);

        if (arg[n].len == 0) {
            *p = '\0';
        }

        n++;
    }

    return server_call(arg, n);
}


void
server_show(void)
{
    size_t        i, n;
    ks_arg_t      arg[5];
    ks_key_t    **keys;
    redisReply   *reply;

    static const char *const  reads[][4] = {
        { NULL }, { "GET" }, { "HGETALL" },
        { "ZRANGE", "0", "-1", "WITHSCORES" }, { "LRANGE", "0", "-1" },
        { "XRANGE", "-", "+" }
    };

    keys = ks_sorted(server.ks);

    for (i = 0; i < server.ks->n; i++) {
        for (n = 0; n < 4 && reads[keys[i]->value->type][n]; n++) {
            arg[n ? n + 1 : 0].data = reads[keys[i]->value->type][n];
            arg[n ? n + 1 : 0].len = strlen(arg[n ? n + 1 : 0].data);
        }

        arg[1].data = keys[i]->name->data;
        arg[1].len = keys[i]->name->len;

        reply = ks_call(server.ks, arg, n + 1);
        printf("%s: ", arg[1].data);
        ks_reply_print(stdout, reply);
        printf("\n");
        ks_reply_free(reply);
    }

    free(keys);
}


void
server_cut(void)
{
    server_link_t  *link;

    sim_say("redis: all connections are cut");

    for (link = server.links; link; link = link->next) {
        server_break(link, "connection reset by peer");
    }
}


void
server_die(void)
{
    if (server.dead) {
        return;
    }

    sim_say("redis: dies");

    server.dead = 1;

    server_cut();
}


/* what waits on a connection is not overtaken: the end is never put forward */

void
server_hang(int64_t ms)
{
    sim_say("redis: hangs for %lld ms", (long long) ms);

    if (server.hangs < sim.now + ms) {
        server.hangs = sim.now + ms;
    }
}


ks_t *
server_dump(void)
{
    return ks_copy(server.ks);
}


void
server_forget_dump(ks_t *dump)
{
    ks_destroy(dump);
}


void
server_rise(const ks_t *dump, unsigned history)
{
    sim_say("redis: run %u begins, history %u", server.run + 1, history);

    if (!server.dead) {
        server_cut();
    }

    if (dump) {
        ks_restore(server.ks, dump);
    }

    server.dead = 0;
    server.hangs = 0;
    server.run++;
    server.history = history;
    server.events[0] = '\0';

    server_start(server.library.older && server.run % 2
                 ? server.library.older : server.library.own);
}
