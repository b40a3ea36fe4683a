
/* The variables of the module, of requests and of hooks. */


#ifndef _NGX_POLYCARD_VARIABLES_H_INCLUDED_
#define _NGX_POLYCARD_VARIABLES_H_INCLUDED_


#include "ngx_polycard_module.h"


/* before the configuration is read: makes all of them known */
ngx_int_t ngx_polycard_variables_add(ngx_conf_t *cf);


#endif /* _NGX_POLYCARD_VARIABLES_H_INCLUDED_ */
