
/* What a holder must keep to while it sends, counted another way. */


#ifndef _SIM_DISPATCH_CHECK_H_INCLUDED_
#define _SIM_DISPATCH_CHECK_H_INCLUDED_


#include "dispatch/scene.h"


/* a request is on its way */
void check_send(const scene_request_t *request);

/* the holder knows what became of it */
void check_result(const scene_request_t *request,
    ngx_polycard_verdict_e verdict, int64_t retry_after);


#endif /* _SIM_DISPATCH_CHECK_H_INCLUDED_ */
