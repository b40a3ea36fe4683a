
/* A gateway that has phases; core/verdict judges what it answers. */


#ifndef _SIM_DISPATCH_GATEWAY_H_INCLUDED_
#define _SIM_DISPATCH_GATEWAY_H_INCLUDED_


#include "dispatch/scene.h"


/* begins a phase, and the next ones in their time */
void gateway_begin(void);

/* a request reaches it, and gets its answer */
void gateway_post(scene_request_t *request);


#endif /* _SIM_DISPATCH_GATEWAY_H_INCLUDED_ */
