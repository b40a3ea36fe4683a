
/* The way of a call to the store and back, on which some are lost. */


#ifndef _SIM_DISPATCH_CALL_H_INCLUDED_
#define _SIM_DISPATCH_CALL_H_INCLUDED_


#include "dispatch/scene.h"


/* answer is called once, with the call as data and its life as tag */
void call_begin(scene_holder_t *h, const ngx_polycard_dispatch_call_t *wanted,
    sim_handler_pt answer);

/* the dispatcher is told what became of it; 1: it was FENCED */
unsigned call_end(scene_call_t *call);

/* what has not arrived never does */
void call_cut(void);


#endif /* _SIM_DISPATCH_CALL_H_INCLUDED_ */
