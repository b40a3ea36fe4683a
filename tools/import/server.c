
#include "import/role.h"
#include "import/server.h"
#include "import/terminal.h"

#include <stdio.h>
#include <string.h>


#define REDIS_PORT      6379

/* seconds: to connect, and to wait for the end of a failover */
#define SERVER_TIMEOUT  10

/* seconds for a reply */
#define SERVER_REPLY    60

/* ms between two attempts */
#define SERVER_PAUSE    250

/* at most so many MOVED in a row: the servers do not agree */
#define SERVER_HOPS     5


static int polycard_server_parse(polycard_server_t *server,
    const polycard_options_t *o);
static int polycard_server_by_sentinels(polycard_server_t *server,
    const polycard_options_t *o);
static int polycard_server_by_seeds(polycard_server_t *server,
    const polycard_options_t *o);
static int polycard_server_try(polycard_server_t *server,
    const polycard_options_t *o, const char *address, char *said);
static int polycard_server_greet(polycard_server_t *server,
    const polycard_options_t *o, char *said);
static int polycard_server_call(polycard_server_t *server, char *said,
    const char *command, unsigned number);
static unsigned polycard_server_is_passing(const polycard_server_t *server,
    const polycard_options_t *o);
static unsigned polycard_server_begins(const char *text,
    const char *const *words);
static void polycard_server_tell(const polycard_server_t *server,
    const polycard_options_t *o);


int
polycard_server_open(polycard_server_t *server, const polycard_options_t *o)
{
    int     rc;
    double  start;

    if (polycard_server_parse(server, o) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    start = polycard_terminal_seconds();

    for ( ;; ) {
        rc = o->sentinel.address ? polycard_server_by_sentinels(server, o)
                                 : polycard_server_by_seeds(server, o);

        if (rc == NGX_POLYCARD_OK) {
            return NGX_POLYCARD_OK;
        }

        if (polycard_stopped || !polycard_server_is_passing(server, o)
            || polycard_terminal_seconds() - start > SERVER_TIMEOUT)
        {
            polycard_server_tell(server, o);
            return NGX_POLYCARD_ERROR;
        }

        polycard_role_pause(SERVER_PAUSE);
    }
}


void
polycard_server_close(polycard_server_t *server)
{
    polycard_redis_disconnect(server->context);
    server->context = NULL;
}


static int
polycard_server_parse(polycard_server_t *server, const polycard_options_t *o)
{
    memset(server, 0, sizeof(polycard_server_t));

    if (o->sentinel.address) {
        server->fails_over = 1;
        server->seeds.n = 1;

        return polycard_sentinels_parse(&server->sentinels,
                                        o->sentinel.address);
    }

    /* the name of a socket may have commas */

    if (strncmp(o->redis.address, "unix:", 5) == 0) {
        server->seeds.n = 1;
        (void) snprintf(server->seeds.place[0].address, POLYCARD_ADDRESS_MAX,
                        "%s", o->redis.address);
        return NGX_POLYCARD_OK;
    }

    return polycard_places_parse(&server->seeds, o->redis.address);
}


/* the only seed is the server that they name */

static int
polycard_server_by_sentinels(polycard_server_t *server,
    const polycard_options_t *o)
{
    polycard_place_t  *place;

    place = &server->seeds.place[0];
    place->address[0] = '\0';

    if (polycard_sentinels_ask(&server->sentinels, &o->sentinel)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    memcpy(place->address, server->sentinels.master, POLYCARD_ADDRESS_MAX);

    return polycard_server_try(server, o, place->address, place->said);
}


static int
polycard_server_by_seeds(polycard_server_t *server,
    const polycard_options_t *o)
{
    size_t             i;
    polycard_place_t  *place;

    for (i = 0; i < server->seeds.n && !polycard_stopped; i++) {
        place = &server->seeds.place[i];

        if (polycard_server_try(server, o, place->address, place->said)
            == NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_OK;
        }
    }

    return NGX_POLYCARD_ERROR;
}


static int
polycard_server_try(polycard_server_t *server, const polycard_options_t *o,
    const char *address, char *said)
{
    unsigned  hops;

    memcpy(server->address, address, POLYCARD_ADDRESS_MAX);

    for (hops = 0; hops <= SERVER_HOPS; hops++) {
        server->context = polycard_redis_connect(&o->redis, server->address,
                                                 REDIS_PORT, SERVER_TIMEOUT,
                                                 said);
        if (server->context == NULL) {
            return NGX_POLYCARD_ERROR;
        }

        if (polycard_server_greet(server, o, said) == NGX_POLYCARD_OK) {
            return NGX_POLYCARD_OK;
        }

        polycard_server_close(server);

        if (polycard_place_follow(server->address, said) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }

        server->cluster = 1;
        server->fails_over = 1;
    }

    return polycard_failed(said, "the servers of the cluster name each "
                                 "other as the market's");
}


static int
polycard_server_greet(polycard_server_t *server, const polycard_options_t *o,
    char *said)
{
    struct timeval  timeout = { SERVER_REPLY, 0 };

    (void) redisSetTimeout(server->context, timeout);

    if ((o->database && polycard_server_call(server, said, "SELECT %u",
                                             o->database)
                        != NGX_POLYCARD_OK)
        || polycard_server_call(server, said, "PING", 0) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (o->sentinel.address) {
        return polycard_role_master(server->context, said);
    }

    /* the owner of the slot names no other */

    server->cluster |= server->seeds.n > 1
                       || polycard_role_cluster(server->context);
    server->fails_over |= server->cluster;

    return polycard_role_market(server->context, o->prefix, said);
}


static int
polycard_server_call(polycard_server_t *server, char *said,
    const char *command, unsigned number)
{
    redisReply  *reply;

    reply = polycard_redis_call(server->context, said, command, number);

    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}


/* what a failover ends: an address that is given is not waited for */

static unsigned
polycard_server_is_passing(const polycard_server_t *server,
    const polycard_options_t *o)
{
    size_t             i;
    static const char  *const  passing[] = {
        "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", NULL
    };
    static const char  *const  lasting[] = {
        "NOAUTH", "WRONGPASS", "NOPERM", "ERR", "TLS: ", "cannot read", "\"",
        NULL
    };

    if (o->sentinel.address) {
        return server->seeds.place[0].address[0]
               && !polycard_server_begins(server->seeds.place[0].said,
                                          lasting);
    }

    for (i = 0; i < server->seeds.n; i++) {
        if (polycard_server_begins(server->seeds.place[i].said, passing)) {
            return 1;
        }
    }

    return 0;
}


static unsigned
polycard_server_begins(const char *text, const char *const *words)
{
    for ( /* void */ ; *words; words++) {
        if (strncmp(text, *words, strlen(*words)) == 0) {
            return 1;
        }
    }

    return 0;
}


static void
polycard_server_tell(const polycard_server_t *server,
    const polycard_options_t *o)
{
    size_t                   i;
    const polycard_place_t  *place;

    if (o->sentinel.address) {
        polycard_sentinels_tell(&server->sentinels);

        if (server->seeds.place[0].address[0] == '\0') {
            polycard_say("no Sentinel has named a master \"%s\"",
                         server->sentinels.name);
            return;
        }
    }

    for (i = 0; i < server->seeds.n; i++) {
        place = &server->seeds.place[i];

        polycard_say("cannot connect to redis \"%s\": %s%s", place->address,
                     place->said, polycard_redis_hint(place->said));
    }
}
