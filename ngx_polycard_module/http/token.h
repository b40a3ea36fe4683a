
/*
 * Who may call: the access tokens of a market (contract, B15), and those of
 * its office.
 */


#ifndef _NGX_POLYCARD_HTTP_TOKEN_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_TOKEN_H_INCLUDED_


#include "market/market.h"


/*
 * NGX_OK if no token is required or the request has one of these: as
 * "Authorization: Bearer TOKEN", or else as token= of the query (query, data
 * == NULL if not given, or not allowed there).  NGX_DECLINED otherwise.
 * The time that it takes does not depend on the tokens.
 */
ngx_int_t ngx_polycard_token_check(ngx_http_request_t *r,
    ngx_polycard_tokens_t *tokens, const ngx_polycard_str_t *query);


#endif /* _NGX_POLYCARD_HTTP_TOKEN_H_INCLUDED_ */
