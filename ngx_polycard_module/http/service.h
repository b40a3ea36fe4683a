
/* What the module knows of a web service (contract, A1) before it runs. */


#ifndef _NGX_POLYCARD_HTTP_SERVICE_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_SERVICE_H_INCLUDED_


#include "market/market.h"
#include "core/metrics.h"


struct ngx_polycard_service_s {
    ngx_str_t                name;
    ngx_polycard_service_e   number;
    ngx_uint_t               methods;      /* NGX_HTTP_GET, ... */
    ngx_str_t                allow;        /* the same as a header's value */
    ngx_http_handler_pt      handler;      /* of the location's content */
    ngx_uint_t               issues_cards; /* needs "card_numbers" */
};


#endif /* _NGX_POLYCARD_HTTP_SERVICE_H_INCLUDED_ */
