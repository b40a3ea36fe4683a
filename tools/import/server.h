
/*
 * The server that has the market: the one at the address that is given, or
 * that Sentinels or the servers of a cluster name.
 */


#ifndef _POLYCARD_SERVER_H_INCLUDED_
#define _POLYCARD_SERVER_H_INCLUDED_


#include "import/options.h"
#include "import/redis_connect.h"
#include "import/sentinel.h"


typedef struct {
    redisContext          *context;
    char                   address[POLYCARD_ADDRESS_MAX];

    polycard_places_t      seeds;         /* the addresses that are given */
    polycard_sentinels_t   sentinels;

    unsigned               cluster:1;
    unsigned               fails_over:1;  /* another may take its place */
} polycard_server_t;


/*
 * Connects, logs in, chooses the database.  While a failover is going on it
 * tries again for some seconds.  NGX_POLYCARD_ERROR after a message.
 */
int polycard_server_open(polycard_server_t *server,
    const polycard_options_t *o);
void polycard_server_close(polycard_server_t *server);

/*
 * At the end, before anybody is told that it is done: is the server still the
 * one that has the market, and has a replica, if there is any, received what
 * was written?  NGX_POLYCARD_ERROR after a message: it may be lost.  The
 * connection may be closed afterwards.
 */
int polycard_server_confirm(polycard_server_t *server,
    const polycard_options_t *o);


#endif /* _POLYCARD_SERVER_H_INCLUDED_ */
