
/*
 * The inside of the store, shared by its files: store_record.c (where a record
 * is), store_read.c and store_settle.c (calls that read, calls that write).
 */


#ifndef _SIM_DISPATCH_STORE_INTERNAL_H_INCLUDED_
#define _SIM_DISPATCH_STORE_INTERNAL_H_INCLUDED_


#include "dispatch/store.h"


/* store_record.c */

void store_place(size_t n, scene_place_e place);
unsigned store_is_held(size_t key);

/* the oldest held record of the key, -1: none */
int store_head(size_t key);

/* what was acknowledged is gone */
void store_remove(size_t n);

/* to `dead`, when it has been refused often enough: 1 */
unsigned store_bury(size_t n);

/* store_read.c */

void store_next(scene_call_t *call);
void store_due(scene_call_t *call);

/* store_settle.c */

void store_accept(scene_call_t *call);
void store_accept_held(scene_call_t *call);
void store_refuse(scene_call_t *call);
void store_refuse_held(scene_call_t *call);
void store_hold(scene_call_t *call);


#endif /* _SIM_DISPATCH_STORE_INTERNAL_H_INCLUDED_ */
