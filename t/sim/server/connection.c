
/* Bytes to the server and replies back, in their order, each in its time. */

#include "server/server_internal.h"

#include <stdlib.h>
#include <string.h>


typedef struct message_s  message_t;

struct message_s {
    message_t                *next;     /* of those with a reply */
    message_t               **place;
    server_link_t            *link;
    redisReply               *reply;
    const char               *reason;
    size_t                    len;
    char                      bytes[];
};


static message_t  *connection_replies;


static int64_t connection_delay(void);
static void connection_arrives(void *data, uint64_t tag);
static size_t connection_command(server_link_t *link, const char *p,
    const char *end);
static void connection_subscribe(server_link_t *link, const ks_arg_t *arg,
    size_t n);
static void connection_delivers(void *data, uint64_t tag);
static void connection_free(message_t *message);
static void connection_breaks(void *data, uint64_t tag);
static int connection_waits(server_link_t *link, sim_handler_pt handler,
    void *data);


static int64_t
connection_delay(void)
{
    return sim_chance(server.slow) ? sim_below(800) : sim_below(3);
}


server_link_t *
server_connect(const server_client_t *client, void *data)
{
    server_link_t  *link;

    if (server.dead) {
        return NULL;
    }

    link = sim_alloc(sizeof(server_link_t));
    link->client = client;
    link->data = data;
    link->open = 1;
    link->run = server.run;
    link->next = server.links;
    server.links = link;

    return link;
}


void
server_send(server_link_t *link, const void *bytes, size_t len)
{
    int64_t     time;
    message_t  *message;

    message = sim_alloc(sizeof(message_t) + len);
    message->link = link;
    message->len = len;
    memcpy(message->bytes, bytes, len);

    time = sim.now + connection_delay();
    link->there = time > link->there ? time : link->there;

    sim_later(link->there - sim.now, connection_arrives, message, 0);
}


/* what was sent before may be carried out yet */

void
server_close(server_link_t *link)
{
    link->open = 0;
    link->listens = 0;
}


static void
connection_arrives(void *data, uint64_t tag)
{
    size_t       used;
    message_t   *message;
    const char  *p, *end;

    message = data;

    if (message->link->cut || message->link->run != server.run
        || server.dead)
    {
        return;
    }

    if (sim.now < server.hangs) {
        sim_later(server.hangs - sim.now, connection_arrives, message, 0);
        return;
    }

    p = message->bytes;
    end = p + message->len;

    while (p < end) {
        used = connection_command(message->link, p, end);
        p += used;
    }
}


/* "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n": whole, as the module sends it */

static size_t
connection_command(server_link_t *link, const char *p, const char *end)
{
    size_t       i, n;
    char        *text, *next;
    ks_arg_t     arg[SERVER_ARGS];
    const char  *begin;
    redisReply  *reply;

    begin = p;
    n = strtoul(p + 1, &next, 10);
    p = next + 2;

    if (*begin != '*' || n > SERVER_ARGS) {
        sim_wrong("no command of Redis", "%.20s", begin);
        return end - begin;
    }

    for (i = 0; i < n; i++) {
        arg[i].len = strtoul(p + 1, &next, 10);
        text = sim_alloc(arg[i].len + 1);
        memcpy(text, next + 2, arg[i].len);
        arg[i].data = text;
        p = next + 2 + arg[i].len + 2;
    }

    if (ks_arg_is(&arg[0], "psubscribe") || ks_arg_is(&arg[0], "subscribe")) {
        connection_subscribe(link, arg, n);

    } else {
        reply = server_call(arg, n);

        if (reply) {
            server_answer(link, reply);
        }
    }

    return p - begin;
}


static void
connection_subscribe(server_link_t *link, const ks_arg_t *arg, size_t n)
{
    size_t       i;
    redisReply  *reply;

    for (i = 1; i < n; i++) {
        reply = ks_array(3);
        reply->element[0] = ks_string(arg[0].data[0] == 'P' ? "psubscribe"
                                      : "subscribe",
                                      arg[0].data[0] == 'P' ? 10 : 9);
        reply->element[1] = ks_string(arg[i].data, arg[i].len);
        reply->element[2] = ks_integer(i);
        server_answer(link, reply);
    }

    link->listens = 1;
}


void
server_answer(server_link_t *link, redisReply *reply)
{
    int64_t     time;
    message_t  *message;

    message = sim_alloc(sizeof(message_t));
    message->link = link;
    message->reply = reply;
    message->next = connection_replies;
    message->place = &connection_replies;
    connection_replies = message;

    if (message->next) {
        message->next->place = &message->next;
    }

    time = sim.now + connection_delay();
    link->back = time > link->back ? time : link->back;

    sim_later(link->back - sim.now, connection_delivers, message, 0);
}


static void
connection_delivers(void *data, uint64_t tag)
{
    message_t  *message;

    message = data;

    if (message->link->open && !message->link->cut) {

        if (connection_waits(message->link, connection_delivers, message)) {
            return;
        }

        message->link->client->reply(message->link->data, message->reply);
    }

    connection_free(message);
}


static void
connection_free(message_t *message)
{
    *message->place = message->next;

    if (message->next) {
        message->next->place = message->place;
    }

    ks_reply_free(message->reply);
}


void
server_free_replies(void)
{
    while (connection_replies) {
        connection_free(connection_replies);
    }
}


void
server_break(server_link_t *link, const char *reason)
{
    message_t  *message;

    if (link->cut) {
        return;
    }

    link->cut = 1;
    link->listens = 0;

    if (link->open) {
        message = sim_alloc(sizeof(message_t));
        message->link = link;
        message->reason = reason;

        sim_later(sim_below(3), connection_breaks, message, 0);
    }
}


static void
connection_breaks(void *data, uint64_t tag)
{
    message_t  *message;

    message = data;

    if (message->link->open
        && !connection_waits(message->link, connection_breaks, message))
    {
        message->link->client->broken(message->link->data, message->reason);
    }
}


static int
connection_waits(server_link_t *link, sim_handler_pt handler, void *data)
{
    int64_t  deaf;

    deaf = link->client->deaf(link->data);

    if (deaf <= 0) {
        return 0;
    }

    sim_later(deaf, handler, data, 0);

    return 1;
}


/* only of keys of clients and groups, and of the canary */

void
server_tell(const char *event, const ks_str_t *key)
{
    int             i, len;
    char            channel[512];
    const char     *name;
    redisReply     *reply;
    server_link_t  *link;

    name = strchr(key->data, '}');

    if (name == NULL || strchr(server.events, 'K') == NULL
        || (strncmp(name, "}:client:", 9) && strncmp(name, "}:group:", 8)
            && strcmp(name, "}:canary")))
    {
        return;
    }

    len = snprintf(channel, sizeof(channel), "__keyspace@0__:%s", key->data);

    for (link = server.links; link; link = link->next) {
        if (!link->listens || link->cut || sim_chance(server.deaf)) {
            continue;
        }

        for (i = sim_chance(server.deaf) ? 2 : 1; i; i--) {
            reply = ks_array(3);
            reply->element[0] = ks_string("message", 7);
            reply->element[1] = ks_string(channel, len);
            reply->element[2] = ks_string(event, strlen(event));
            server_answer(link, reply);
        }
    }
}
