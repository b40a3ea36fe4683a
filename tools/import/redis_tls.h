
/*
 * TLS to Redis by OpenSSL, whatever hiredis is installed: a thread stands
 * between hiredis, which knows of none, and the server.
 */


#ifndef _POLYCARD_REDIS_TLS_H_INCLUDED_
#define _POLYCARD_REDIS_TLS_H_INCLUDED_


#include "import/options.h"


/*
 * The handshake on fd, a socket that is connected to the server whose
 * certificate must be for name, where the options name nobody.  Returns another
 * socket, to talk to it without TLS; -1: it was said why not.  fd is taken in
 * any case.
 */
int polycard_redis_tls_open(const polycard_options_t *o, int fd,
    const char *name);

/* after hiredis' end was closed; nothing where there is none */
void polycard_redis_tls_close(void);

/* why TLS has ended the connection; NULL: it has not */
const char *polycard_redis_tls_failure(void);


#endif /* _POLYCARD_REDIS_TLS_H_INCLUDED_ */
