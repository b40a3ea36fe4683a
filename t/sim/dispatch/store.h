
/*
 * The store as the functions inside Redis keep it.  Those that are there have
 * ids in the order of their numbers; a hold list is all held records of a key.
 */


#ifndef _SIM_DISPATCH_STORE_H_INCLUDED_
#define _SIM_DISPATCH_STORE_H_INCLUDED_


#include "dispatch/scene.h"


/* a change of that key; there may be too many of them */
void store_add(size_t key, scene_nature_e nature);

/* handlers: it does nothing for a while; an operator requeues what is dead */
void store_hang(void *data, uint64_t tag);
void store_requeue(void *data, uint64_t tag);

/*
 * What is there now is what another server has, which takes its place: without
 * what was written since, and with a clock that is behind, so that its ids may
 * be lower than those that the holders know.
 */
void store_dump(void *data, uint64_t tag);
void store_swap(void *data, uint64_t tag);

/* while it hangs, all that arrives waits: 1, and the handler is called once
 * more */
unsigned store_waits(sim_handler_pt handler, void *data, uint64_t tag);

/* h->offered: the fence of the lease that it has, 0: none */
void store_lease(scene_holder_t *h);

/* carries the call out */
void store_call(scene_call_t *call);

/* the hold list of the key is of a wrong type */
unsigned store_broken(size_t key);

/* nothing waits but what belongs to a broken key */
unsigned store_empty(void);


#endif /* _SIM_DISPATCH_STORE_H_INCLUDED_ */
