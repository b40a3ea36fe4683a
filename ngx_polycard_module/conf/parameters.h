
/* Directives of a market that have parameters of their own. */


#ifndef _NGX_POLYCARD_CONF_PARAMETERS_H_INCLUDED_
#define _NGX_POLYCARD_CONF_PARAMETERS_H_INCLUDED_


#include "conf/values.h"


/* for the tables: "card_numbers", "page_limit" and "redis_replicas" */
char *ngx_polycard_conf_set_cards(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
char *ngx_polycard_conf_set_page(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
char *ngx_polycard_conf_set_replicas(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);


#endif /* _NGX_POLYCARD_CONF_PARAMETERS_H_INCLUDED_ */
