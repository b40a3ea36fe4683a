
/* An emitter: what hook/emitter does, without nginx and Redis. */


#ifndef _SIM_DISPATCH_HOLDER_H_INCLUDED_
#define _SIM_DISPATCH_HOLDER_H_INCLUDED_


#include "dispatch/scene.h"


/* a process begins, h->conf is set */
void holder_begin(scene_holder_t *h);
void holder_end(scene_holder_t *h);

/* what happens to one: handlers, data is the holder */

void holder_wake(void *data, uint64_t tag);
void holder_crash(void *data, uint64_t tag);
void holder_pause(void *data, uint64_t tag);
void holder_drain(void *data, uint64_t tag);

/* a handler: to a store that is another one */
void holder_connects(void *data, uint64_t tag);


#endif /* _SIM_DISPATCH_HOLDER_H_INCLUDED_ */
