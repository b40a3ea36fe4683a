
/*
 * No personal data in the error log (contract, B24): nginx adds the request
 * line, with its phone and token, to what it logs for a request, and repeats
 * parts of the request in some of its messages.  For requests that have found
 * a location of ours, the name of the location replaces the
 * request line, and messages are masked.
 */


#ifndef _NGX_POLYCARD_HTTP_LOG_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_LOG_H_INCLUDED_


#include "market/market.h"


/*
 * A handler of two phases: server rewrite, before locations are searched, and
 * rewrite, as soon as one is found.  From then on the request stays masked,
 * even after a redirect.
 */
ngx_int_t ngx_polycard_log_handler(ngx_http_request_t *r);

/*
 * Called by the handler of a log with its own buf and len: masks the
 * message that precedes buf.
 */
void ngx_polycard_log_mask(ngx_polycard_market_t *market, u_char *buf,
    size_t len);

/* like a handler of a log: which server a request is passed to, if it is */
u_char *ngx_polycard_log_upstream(ngx_http_request_t *r, u_char *buf,
    size_t len);


#endif /* _NGX_POLYCARD_HTTP_LOG_H_INCLUDED_ */
