
/*
 * A thread that stands between hiredis, which knows of no TLS, and the server.
 * A program has one at a time.
 */


#ifndef _POLYCARD_REDIS_TLS_RELAY_H_INCLUDED_
#define _POLYCARD_REDIS_TLS_RELAY_H_INCLUDED_


#include <openssl/ssl.h>


/*
 * After the handshake on fd: the end of hiredis, a socket without TLS; ssl and
 * fd are the thread's from then on.  -1: failure says why not, they stay
 * the caller's.
 */
int polycard_tls_relay_start(SSL *ssl, int fd, char *failure);

/* after the end of hiredis was closed: waits for the thread, if there is one,
 * and closes fd */
void polycard_tls_relay_end(void);

/* why TLS has ended the connection; NULL: it has not */
const char *polycard_tls_relay_failure(void);

/* what OpenSSL calls the first error since it was asked last; never NULL */
const char *polycard_tls_error(void);


#endif /* _POLYCARD_REDIS_TLS_RELAY_H_INCLUDED_ */
