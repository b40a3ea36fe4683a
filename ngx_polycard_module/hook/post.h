
/* What a polycard_hook location does that has no other content handler. */


#ifndef _NGX_POLYCARD_HOOK_POST_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_POST_H_INCLUDED_


#include "market/market.h"


/*
 * The location's content handler: sends the subrequest on to the market's
 * "hook" by libcurl and answers it as the gateway did.  What is no answer is a
 * 502 or 504, as of a proxy, and its reason in the delivery.
 */
ngx_int_t ngx_polycard_hook_post_handler(ngx_http_request_t *r);


#endif /* _NGX_POLYCARD_HOOK_POST_H_INCLUDED_ */
