
/*
 * No personal data in the error log (contract, B24): nginx adds the request
 * line, with its phone and token, to what it logs for a request.  In our
 * locations the name of the location stands there instead.
 */


#ifndef _NGX_POLYCARD_API_LOG_H_INCLUDED_
#define _NGX_POLYCARD_API_LOG_H_INCLUDED_


#include "ngx_polycard_module.h"


/* a handler of the server rewrite phase, before locations are searched */
ngx_int_t ngx_polycard_log_handler(ngx_http_request_t *r);


#endif /* _NGX_POLYCARD_API_LOG_H_INCLUDED_ */
