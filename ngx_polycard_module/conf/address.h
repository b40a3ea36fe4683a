
/* Addresses of Redis and of Sentinels, as the configuration has them. */


#ifndef _NGX_POLYCARD_CONF_ADDRESS_H_INCLUDED_
#define _NGX_POLYCARD_CONF_ADDRESS_H_INCLUDED_


#include "market/market.h"


/*
 * "host[:port]" or "unix:PATH" into address and url of the server.  NGX_ERROR
 * after an emerg line, which shows no password that may stand there.
 */
ngx_int_t ngx_polycard_conf_read_address(ngx_conf_t *cf, ngx_str_t *address,
    in_port_t port, ngx_polycard_redis_conf_t *server);

/* the same of several, which are of a cluster then */
ngx_int_t ngx_polycard_conf_read_seeds(ngx_conf_t *cf, ngx_str_t *addresses,
    ngx_uint_t n, ngx_polycard_redis_conf_t *redis);

/* do both lead to the same server, in whatever place? */
ngx_uint_t ngx_polycard_conf_same_seeds(ngx_polycard_redis_conf_t *one,
    ngx_polycard_redis_conf_t *other);

/* names of hosts are the same in any case, those of sockets are not */
ngx_uint_t ngx_polycard_conf_same_server(ngx_url_t *one, ngx_url_t *other);


#endif /* _NGX_POLYCARD_CONF_ADDRESS_H_INCLUDED_ */
