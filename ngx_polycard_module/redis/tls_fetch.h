
/* Algorithms of OpenSSL that are loaded before the workers are started. */


#ifndef _NGX_POLYCARD_REDIS_TLS_FETCH_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_TLS_FETCH_H_INCLUDED_


#include "nginx/base.h"


/*
 * OpenSSL 3 loads all algorithms of a kind when the first one of them is used.
 * A process in which this fails for lack of memory does not try it again, and
 * has no TLS until it ends.  So the master, or whoever reads the configuration,
 * does it.
 */
void ngx_polycard_tls_fetch(void);


#endif /* _NGX_POLYCARD_REDIS_TLS_FETCH_H_INCLUDED_ */
