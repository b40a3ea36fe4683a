
/*
 * TLS to Redis by OpenSSL, whatever hiredis is installed: a thread relays
 * between hiredis, which has no TLS, and the server.
 */


#ifndef _POLYCARD_REDIS_TLS_H_INCLUDED_
#define _POLYCARD_REDIS_TLS_H_INCLUDED_


#include "import/options.h"


/*
 * The handshake on fd, a socket connected to the server, whose
 * certificate must be valid for name, unless the options have one.  Returns
 * another socket, to talk to it without TLS; -1 after a message.  fd is owned
 * from now on in any case.
 */
int polycard_redis_tls_open(const polycard_options_t *o, int fd,
    const char *name);

/* after hiredis' end was closed; does nothing without TLS */
void polycard_redis_tls_close(void);

/* why TLS has ended the connection; NULL: it has not */
const char *polycard_redis_tls_failure(void);


#endif /* _POLYCARD_REDIS_TLS_H_INCLUDED_ */
