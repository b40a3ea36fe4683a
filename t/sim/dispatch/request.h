
/* The way of a request to the gateway and back. */


#ifndef _SIM_DISPATCH_REQUEST_H_INCLUDED_
#define _SIM_DISPATCH_REQUEST_H_INCLUDED_


#include "dispatch/scene.h"


/* NULL: there are too many.  answered is called with the request as data and
 * its life as tag, unless it was ended before it has arrived */
scene_request_t *request_begin(scene_holder_t *h, size_t slot, size_t record,
    sim_handler_pt answered);

/* nobody waits for it any more: it may arrive yet */
void request_end(scene_request_t *request);


#endif /* _SIM_DISPATCH_REQUEST_H_INCLUDED_ */
