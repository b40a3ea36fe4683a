
/*
 * Each location of a service needs tokens, and the office none of the
 * gateway's.
 */


#ifndef _NGX_POLYCARD_CONF_TOKENS_H_INCLUDED_
#define _NGX_POLYCARD_CONF_TOKENS_H_INCLUDED_


#include "market/market.h"


/*
 * NGX_ERROR after an emerg line: the market of a service's location has neither
 * the tokens that it needs nor their "off", or one that is the gateway's too,
 * or, of an operator, one of the office.
 */
ngx_int_t ngx_polycard_conf_check_tokens(ngx_conf_t *cf,
    ngx_polycard_loc_conf_t *plcf);


#endif /* _NGX_POLYCARD_CONF_TOKENS_H_INCLUDED_ */
