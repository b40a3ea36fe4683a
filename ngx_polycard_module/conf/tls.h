
/* The directives of a market about TLS to Redis. */


#ifndef _NGX_POLYCARD_CONF_TLS_H_INCLUDED_
#define _NGX_POLYCARD_CONF_TLS_H_INCLUDED_


#include "conf/values.h"


/* a part of the block's table, a null name at its end */
extern ngx_polycard_directive_t  ngx_polycard_conf_tls_directives[];


/* directive is the prefix of all their names: "redis_ssl" */
void ngx_polycard_conf_tls_init(ngx_polycard_tls_conf_t *conf,
    char *directive);

/*
 * At the end of a block: checks how they fit together, and reads all files.
 * url is that of the connections.  NGX_ERROR after one emerg line.
 */
ngx_int_t ngx_polycard_conf_tls_check_block(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_tls_conf_t *conf,
    ngx_url_t *url);


#endif /* _NGX_POLYCARD_CONF_TLS_H_INCLUDED_ */
