
/*
 * TLS to Redis by OpenSSL, whatever hiredis is installed: a thread relays
 * between hiredis, which has no TLS, and the server.
 */


#ifndef _POLYCARD_REDIS_TLS_H_INCLUDED_
#define _POLYCARD_REDIS_TLS_H_INCLUDED_


#include "import/redis_conf.h"


/*
 * The handshake on fd, a socket connected to the server, whose certificate
 * must be valid for name, unless conf has one.  Returns another socket, to talk
 * to it without TLS; -1: failure, of POLYCARD_FAILURE_MAX bytes, says why.  fd
 * is owned from now on in any case.
 */
int polycard_redis_tls_open(const polycard_redis_conf_t *conf, int fd,
    const char *name, char *failure);

/* after hiredis' end was closed; does nothing without TLS */
void polycard_redis_tls_close(void);

/* why TLS has ended the connection; NULL: it has not */
const char *polycard_redis_tls_failure(void);


#endif /* _POLYCARD_REDIS_TLS_H_INCLUDED_ */
