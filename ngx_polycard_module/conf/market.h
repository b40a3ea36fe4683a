
/* "polycard_market NAME { ... }": parsing and the checks of nginx -t. */


#ifndef _NGX_POLYCARD_CONF_MARKET_H_INCLUDED_
#define _NGX_POLYCARD_CONF_MARKET_H_INCLUDED_


#include "market/market.h"


/*
 * The directive's handler: reads the block into a new market of the main
 * configuration.  Mistakes within the block are reported with their line.
 */
char *ngx_polycard_conf_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_POLYCARD_CONF_MARKET_H_INCLUDED_ */
