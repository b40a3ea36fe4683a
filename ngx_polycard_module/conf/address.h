
/* Addresses of Redis and of Sentinels, as the configuration has them. */


#ifndef _NGX_POLYCARD_CONF_ADDRESS_H_INCLUDED_
#define _NGX_POLYCARD_CONF_ADDRESS_H_INCLUDED_


#include "market/market.h"


/*
 * "host[:port]" or "unix:PATH" into address and url of the server.  NGX_ERROR
 * after an emerg line, which shows no password that may be in it.
 */
ngx_int_t ngx_polycard_conf_read_address(ngx_conf_t *cf, ngx_str_t *address,
    in_port_t port, ngx_polycard_redis_conf_t *server);

/* the same for several addresses, which are those of a cluster */
ngx_int_t ngx_polycard_conf_read_seeds(ngx_conf_t *cf, ngx_str_t *addresses,
    ngx_uint_t n, ngx_polycard_redis_conf_t *redis);

/* do both contain the same server, at any position? */
ngx_uint_t ngx_polycard_conf_same_seeds(ngx_polycard_redis_conf_t *one,
    ngx_polycard_redis_conf_t *other);

/* names of hosts are compared without regard to case, those of sockets with */
ngx_uint_t ngx_polycard_conf_same_server(ngx_url_t *one, ngx_url_t *other);


#endif /* _NGX_POLYCARD_CONF_ADDRESS_H_INCLUDED_ */
