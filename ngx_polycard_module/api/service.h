
/* The four web services (contract, A1), as the rest of the module sees them */


#ifndef _NGX_POLYCARD_API_SERVICE_H_INCLUDED_
#define _NGX_POLYCARD_API_SERVICE_H_INCLUDED_


#include "ngx_polycard_module.h"
#include "core/metrics.h"


struct ngx_polycard_service_s {
    ngx_str_t                name;
    ngx_polycard_service_e   number;
    ngx_uint_t               methods;      /* NGX_HTTP_GET, ... */
    ngx_str_t                allow;        /* the same as a header's value */
    ngx_http_handler_pt      handler;      /* of the location's content */
    ngx_uint_t               issues_cards; /* needs "card_numbers" */
};


extern const ngx_polycard_service_t  ngx_polycard_get_client;
extern const ngx_polycard_service_t  ngx_polycard_add_client;
extern const ngx_polycard_service_t  ngx_polycard_get_groups;
extern const ngx_polycard_service_t  ngx_polycard_get_clients;


#endif /* _NGX_POLYCARD_API_SERVICE_H_INCLUDED_ */
