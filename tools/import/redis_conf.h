
/* How one connects to a Redis, or to Sentinels. */


#ifndef _POLYCARD_REDIS_CONF_H_INCLUDED_
#define _POLYCARD_REDIS_CONF_H_INCLUDED_


#include "import/failure.h"


/* an address as text, bytes with the zero */
#define POLYCARD_ADDRESS_MAX  320


/* the strings are those of argv; NULL: none */

typedef struct {

    /*
     * Of Redis: HOST[:PORT] or unix:PATH, or several of the former, separated
     * by commas: servers of one cluster.  Of Sentinels: MASTER@HOST[:PORT],
     * and more of them.
     */
    const char   *address;

    const char   *user;
    const char   *password_file;

    const char   *tls_name;           /* NULL: the host's */
    const char   *cacert;             /* NULL: the system's */
    const char   *cert;
    const char   *key;

    u_char        tls;
    u_char        insecure;
} polycard_redis_conf_t;


#endif /* _POLYCARD_REDIS_CONF_H_INCLUDED_ */
