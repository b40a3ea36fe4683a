
/* "polycard_market NAME { ... }": parsing and the checks of nginx -t. */


#ifndef _NGX_POLYCARD_MARKET_H_INCLUDED_
#define _NGX_POLYCARD_MARKET_H_INCLUDED_


#include "ngx_polycard_module.h"


/*
 * The directive's handler: reads the block into a new market of the main
 * configuration.  Every mistake that the block alone shows is reported at its
 * line.
 */
char *ngx_polycard_market_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * After all of http {} is read: finds each location's market, and the mistakes
 * that only the whole shows.  NGX_ERROR after one emerg line with file and
 * line.
 */
ngx_int_t ngx_polycard_market_check(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf);

/* remembers where the directive that is being read stands */
void ngx_polycard_market_place(ngx_conf_t *cf, ngx_polycard_place_t *place);


#endif /* _NGX_POLYCARD_MARKET_H_INCLUDED_ */
