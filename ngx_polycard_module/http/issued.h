
/* The answers of addClient and the office about issuing a card number. */


#ifndef _NGX_POLYCARD_HTTP_ISSUED_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_ISSUED_H_INCLUDED_


#include "http/request.h"


/* why there is none: texts are constants */

typedef struct {
    const char    *error;
    ngx_uint_t     retry_after;     /* seconds; 0: the usual */
} ngx_polycard_issued_t;


/*
 * In the handler of ngx_polycard_store_add_client() and
 * ngx_polycard_store_issue_card(): NGX_OK, one was issued; else 409, 503 or
 * 504, with the reason in issued (contract, A1, B25).  That there are none is
 * logged when it begins, and when it ends.
 */
ngx_int_t ngx_polycard_issued(ngx_polycard_market_t *market,
    ngx_polycard_store_added_t *added, ngx_polycard_issued_t *issued);


#endif /* _NGX_POLYCARD_HTTP_ISSUED_H_INCLUDED_ */
