
/*
 * TLS to Redis by nginx's own ngx_ssl_*: its configuration, read by the
 * master, and the handshake of a connection.  In an nginx without TLS
 * tls_none.c replaces tls.c and tls_ear.c.
 */


#ifndef _NGX_POLYCARD_REDIS_TLS_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_TLS_H_INCLUDED_


#include "market/market.h"
#include "redis/tls_ear.h"


/* of hosts, and their names in certificates */
#define NGX_POLYCARD_TLS_HOST    255


/*
 * Reads the files, and keeps what is needed in memory of cf->pool.  The file
 * of trusted certificates must be set if certificates are verified.  NULL
 * after one emerg line, which names the place of the directive.
 */
ngx_polycard_tls_t *ngx_polycard_tls_load(ngx_conf_t *cf,
    ngx_polycard_tls_conf_t *conf);

/*
 * Begins the handshake on a connected socket: c->log is the ear's.
 * The certificate must be valid for host, unless the configuration has a name;
 * also used for SNI.  NGX_AGAIN: the handler is called when the handshake ends;
 * else it has ended, and the handler is not called.
 */
ngx_int_t ngx_polycard_tls_start(ngx_polycard_tls_t *tls, ngx_connection_t *c,
    ngx_str_t *host, ngx_connection_handler_pt handler);

/*
 * After the handshake: NULL if it succeeded and the certificate is valid for
 * this host, else why not; valid as long as the ear.
 */
const char *ngx_polycard_tls_refusal(ngx_polycard_tls_t *tls,
    ngx_connection_t *c, ngx_str_t *host, ngx_polycard_tls_ear_t *ear);

/* before the connection is closed; c->pool is the caller's then */
void ngx_polycard_tls_end(ngx_connection_t *c);


#endif /* _NGX_POLYCARD_REDIS_TLS_H_INCLUDED_ */
