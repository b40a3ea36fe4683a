
/* The variables of the module: each room that has some has a table. */


#ifndef _NGX_POLYCARD_HTTP_VARIABLES_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_VARIABLES_H_INCLUDED_


#include "nginx/base.h"


/* before the configuration is read: registers those of the table, which ends
 * with a null variable; NGX_ERROR: no memory, or nginx has logged why */
ngx_int_t ngx_polycard_variables_add(ngx_conf_t *cf,
    ngx_http_variable_t *table);


#endif /* _NGX_POLYCARD_HTTP_VARIABLES_H_INCLUDED_ */
