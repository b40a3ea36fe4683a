
/* "redis_sentinel": the Sentinels that know where the Redis of a market is. */


#ifndef _NGX_POLYCARD_CONF_SENTINEL_H_INCLUDED_
#define _NGX_POLYCARD_CONF_SENTINEL_H_INCLUDED_


#include "conf/values.h"


/* for the table */
char *ngx_polycard_conf_set_sentinel(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);

/*
 * At the end of a block: checks how they fit together, and sets what all
 * Sentinels share.  NGX_ERROR after one emerg line.
 */
ngx_int_t ngx_polycard_conf_sentinel_check_block(ngx_conf_t *cf,
    ngx_polycard_market_t *market);

/* do both have a Sentinel in common, with the same name of the master? */
ngx_uint_t ngx_polycard_conf_same_sentinels(ngx_polycard_sentinels_t *one,
    ngx_polycard_sentinels_t *other);


#endif /* _NGX_POLYCARD_CONF_SENTINEL_H_INCLUDED_ */
