
/* The four web services (contract, A1), as the rest of the module sees them */


#ifndef _NGX_POLYCARD_API_SERVICE_H_INCLUDED_
#define _NGX_POLYCARD_API_SERVICE_H_INCLUDED_


#include "http/service.h"


extern const ngx_polycard_service_t  ngx_polycard_get_client;
extern const ngx_polycard_service_t  ngx_polycard_add_client;
extern const ngx_polycard_service_t  ngx_polycard_get_groups;
extern const ngx_polycard_service_t  ngx_polycard_get_clients;


#endif /* _NGX_POLYCARD_API_SERVICE_H_INCLUDED_ */
