
/* The directives of a market that tell of TLS to Redis. */


#ifndef _NGX_POLYCARD_CONF_TLS_H_INCLUDED_
#define _NGX_POLYCARD_CONF_TLS_H_INCLUDED_


#include "conf/values.h"


/* of the block's table, a null name at its end */
extern ngx_polycard_directive_t  ngx_polycard_conf_tls_directives[];


/* directive is what the names of all begin with: "redis_ssl" */
void ngx_polycard_conf_tls_init(ngx_polycard_tls_conf_t *conf,
    char *directive);

/*
 * At the end of a block: what goes together, and all files are read.  url is
 * where the connections go.  NGX_ERROR after one emerg line.
 */
ngx_int_t ngx_polycard_conf_tls_check_block(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_tls_conf_t *conf,
    ngx_url_t *url);


#endif /* _NGX_POLYCARD_CONF_TLS_H_INCLUDED_ */
