
/*
 * $polycard_hook_id, _object, _action, _attempt and _status: for the access log
 * and for headers in a polycard_hook location.
 */


#ifndef _NGX_POLYCARD_HOOK_VARIABLES_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_VARIABLES_H_INCLUDED_


#include "market/market.h"


/* up to a null variable */
extern ngx_http_variable_t  ngx_polycard_hook_variables[];


#endif /* _NGX_POLYCARD_HOOK_VARIABLES_H_INCLUDED_ */
