
/* Who may call: the access tokens of a market (contract, B15). */


#ifndef _NGX_POLYCARD_HTTP_TOKEN_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_TOKEN_H_INCLUDED_


#include "market/market.h"


/*
 * NGX_OK where the market wants no token or the request has one of its: as
 * "Authorization: Bearer TOKEN", or else as token= of the query (query, data
 * == NULL where not given).  NGX_DECLINED otherwise.  The time that it takes
 * tells nothing about the tokens.
 */
ngx_int_t ngx_polycard_token_check(ngx_http_request_t *r,
    ngx_polycard_market_t *market, const ngx_polycard_str_t *query);


#endif /* _NGX_POLYCARD_HTTP_TOKEN_H_INCLUDED_ */
