
/* "polycard_status" and its parameters. */


#ifndef _NGX_POLYCARD_CONF_STATUS_H_INCLUDED_
#define _NGX_POLYCARD_CONF_STATUS_H_INCLUDED_


#include "market/market.h"


/* reads the parameters into plcf; NGX_CONF_OK, or what is wrong */
char *ngx_polycard_conf_status(ngx_conf_t *cf, ngx_polycard_loc_conf_t *plcf);

/*
 * After all of http {} is read: finds the market of each operator=PATH, a
 * location of the same server.  NGX_ERROR after an emerg line.
 */
ngx_int_t ngx_polycard_conf_check_statuses(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf);


#endif /* _NGX_POLYCARD_CONF_STATUS_H_INCLUDED_ */
