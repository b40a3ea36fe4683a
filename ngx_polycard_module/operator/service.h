
/* The operator's location (docs/operator.md), as the rest of the module sees
 * it */


#ifndef _NGX_POLYCARD_OPERATOR_SERVICE_H_INCLUDED_
#define _NGX_POLYCARD_OPERATOR_SERVICE_H_INCLUDED_


#include "http/service.h"


extern const ngx_polycard_service_t  ngx_polycard_operator;


#endif /* _NGX_POLYCARD_OPERATOR_SERVICE_H_INCLUDED_ */
