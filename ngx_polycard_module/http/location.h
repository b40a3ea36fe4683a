
/* The location of the module that a request is for. */


#ifndef _NGX_POLYCARD_HTTP_LOCATION_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_LOCATION_H_INCLUDED_


#include "market/market.h"


/*
 * The configuration of the service that the request is for, also if nginx
 * rejected it before it looked for a location; NULL: not one of ours.
 */
ngx_polycard_loc_conf_t *ngx_polycard_location_conf(ngx_http_request_t *r);

/* after all is read: finds the default servers of those with our locations */
ngx_int_t ngx_polycard_location_init(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf);


#endif /* _NGX_POLYCARD_HTTP_LOCATION_H_INCLUDED_ */
