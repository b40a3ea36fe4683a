
/* The headers of a page of a list: how many there are, and where it goes on. */


#ifndef _NGX_POLYCARD_HTTP_LIST_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_LIST_H_INCLUDED_


#include "http/request.h"


/*
 * X-Total-Count, and Link with the cursor of the next page, a position from 0;
 * -1: there is none (contract, B9).  The link is made from the path and these
 * numbers alone, without a token of the query.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_polycard_list_headers(ngx_http_request_t *r, int64_t total,
    int64_t next, ngx_uint_t limit);


#endif /* _NGX_POLYCARD_HTTP_LIST_H_INCLUDED_ */
