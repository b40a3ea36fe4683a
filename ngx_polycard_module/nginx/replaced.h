
/* Whether nginx still has the file of the module that lies on the disk. */


#ifndef _NGX_POLYCARD_NGINX_REPLACED_H_INCLUDED_
#define _NGX_POLYCARD_NGINX_REPLACED_H_INCLUDED_


#include "nginx/base.h"


/*
 * For the master, each time that it has read a configuration; logs that another
 * file has the module's name by now.  The system loads a name only once: a
 * master keeps its module as long as it lives.
 */
void ngx_polycard_replaced_check(ngx_log_t *log);


#endif /* _NGX_POLYCARD_NGINX_REPLACED_H_INCLUDED_ */
