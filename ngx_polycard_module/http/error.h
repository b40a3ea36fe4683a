
/*
 * Every error in our locations has the contract's form (B2): a filter replaces
 * nginx's own pages by {"status":"NOK","error":"..."}, for the errors that our
 * handlers return and for those that nginx raises.
 */


#ifndef _NGX_POLYCARD_HTTP_ERROR_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_ERROR_H_INCLUDED_


#include "market/market.h"


/* installs the filter, at the end of reading the configuration */
void ngx_polycard_error_init(void);


#endif /* _NGX_POLYCARD_HTTP_ERROR_H_INCLUDED_ */
