
/* "polycard_status": JSON, Prometheus' text, or the page that shows them. */


#ifndef _NGX_POLYCARD_STATUS_HANDLER_H_INCLUDED_
#define _NGX_POLYCARD_STATUS_HANDLER_H_INCLUDED_


#include "market/market.h"


/* the content handler of the location */
ngx_int_t ngx_polycard_status_handler(ngx_http_request_t *r);


#endif /* _NGX_POLYCARD_STATUS_HANDLER_H_INCLUDED_ */
