
/*
 * Protects the location of "polycard_hook" from what it inherits: whatever
 * http {} and server {} configure for visitors, a hook reaches the gateway once
 * per attempt, and its answer is the gateway's (contract, B13).
 */


#ifndef _NGX_POLYCARD_CONF_CARRIER_H_INCLUDED_
#define _NGX_POLYCARD_CONF_CARRIER_H_INCLUDED_


#include "market/market.h"


/* when such a location, or an "if" in it, is merged; NGX_ERROR: no memory */
ngx_int_t ngx_polycard_carrier_add(ngx_conf_t *cf,
    ngx_polycard_loc_conf_t *plcf, ngx_http_core_loc_conf_t *clcf);

/*
 * After merging: sets what can be set.  What cannot is rejected with one
 * emerg line that has file and line of "polycard_hook".
 */
ngx_int_t ngx_polycard_carrier_check(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf);


#endif /* _NGX_POLYCARD_CONF_CARRIER_H_INCLUDED_ */
