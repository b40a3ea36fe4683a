
/* Requests to a service that has all paths below its location. */


#ifndef _NGX_POLYCARD_HTTP_TREE_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_TREE_H_INCLUDED_


#include "http/request.h"


/* the path below the location, decoded */
ngx_polycard_str_t ngx_polycard_tree_path(ngx_http_request_t *r);

/*
 * 405 with what is allowed instead, bits of NGX_HTTP_GET, ...; 404 where that
 * is nothing.  Returns what to finish with.
 */
ngx_int_t ngx_polycard_tree_not_allowed(ngx_polycard_ctx_t *ctx,
    ngx_uint_t methods);

/*
 * NGX_OK, or 403 where the header Origin is not this host's: a page of somebody
 * else, in a browser of somebody who may call.
 */
ngx_int_t ngx_polycard_tree_check_origin(ngx_polycard_ctx_t *ctx);

/* how often the header is given; value is the last one's */
ngx_uint_t ngx_polycard_tree_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);


#endif /* _NGX_POLYCARD_HTTP_TREE_H_INCLUDED_ */
