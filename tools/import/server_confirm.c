
/* server.h: whether what was written stays */


#include "import/role.h"
#include "import/server.h"
#include "import/terminal.h"

#include <string.h>


/* seconds until one of the replicas has received it */
#define CONFIRM_TIMEOUT  10


static int polycard_server_confirm_sentinels(polycard_server_t *server,
    const polycard_options_t *o);


int
polycard_server_confirm(polycard_server_t *server,
    const polycard_options_t *o)
{
    int   rc;
    char  failure[POLYCARD_FAILURE_MAX];

    if (!server->fails_over) {
        return NGX_POLYCARD_OK;
    }

    rc = polycard_role_copied(server->context, server->sentinels.replicas,
                              CONFIRM_TIMEOUT, failure);

    if (rc == NGX_POLYCARD_OK) {
        rc = server->cluster
             ? polycard_role_market(server->context, o->prefix, failure)
             : polycard_role_master(server->context, failure);
    }

    if (rc != NGX_POLYCARD_OK) {
        polycard_say("redis \"%s\": %s%s", server->address, failure,
                     polycard_redis_hint(failure));

        /* they may know why */

        if (!server->cluster && !polycard_stopped) {
            (void) polycard_server_confirm_sentinels(server, o);
        }

        return NGX_POLYCARD_ERROR;
    }

    return server->cluster ? NGX_POLYCARD_OK
                           : polycard_server_confirm_sentinels(server, o);
}


/* an old master does not know for some seconds that there is another */

static int
polycard_server_confirm_sentinels(polycard_server_t *server,
    const polycard_options_t *o)
{
    polycard_sentinels_t  *sentinels;

    sentinels = &server->sentinels;

    polycard_server_close(server);

    if (polycard_sentinels_ask(sentinels, &o->sentinel) != NGX_POLYCARD_OK) {
        polycard_sentinels_tell(sentinels);
        polycard_say("no Sentinel tells whether redis \"%s\" is still the "
                     "master", server->address);
        return NGX_POLYCARD_ERROR;
    }

    if (strcmp(sentinels->master, server->address) != 0) {
        polycard_say("a failover has taken place: the master is \"%s\" now, "
                     "not \"%s\"", sentinels->master, server->address);
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}
