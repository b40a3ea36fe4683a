
/*
 * The end of a request to the services: it is counted, and its access
 * log has variables without personal data.
 */


#ifndef _NGX_POLYCARD_HTTP_ACCOUNT_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_ACCOUNT_H_INCLUDED_


#include "market/market.h"


/* $polycard_market, ..., up to a null variable */
extern ngx_http_variable_t  ngx_polycard_request_variables[];


/* a handler of the log phase: counts */
ngx_int_t ngx_polycard_account_log_handler(ngx_http_request_t *r);


#endif /* _NGX_POLYCARD_HTTP_ACCOUNT_H_INCLUDED_ */
