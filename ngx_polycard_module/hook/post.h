
/* The content handler of a polycard_hook location without another one. */


#ifndef _NGX_POLYCARD_HOOK_POST_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_POST_H_INCLUDED_


#include "market/market.h"


/*
 * The location's content handler: sends the subrequest to the market's
 * "hook" by libcurl and answers it as the gateway did.  Without an answer it is
 * a 502 or 504, as from a proxy, with the reason in the delivery.
 */
ngx_int_t ngx_polycard_hook_post_handler(ngx_http_request_t *r);


#endif /* _NGX_POLYCARD_HOOK_POST_H_INCLUDED_ */
