
/* Drives a dispatcher by hand, with a store that has what the test gives. */


#ifndef _DRIVER_H_INCLUDED_
#define _DRIVER_H_INCLUDED_


#include "tap.h"
#include "core/dispatch.h"


#define WINDOW    256

#define ACCEPTED  NGX_POLYCARD_VERDICT_ACCEPTED
#define REFUSED   NGX_POLYCARD_VERDICT_REFUSED
#define OUTAGE    NGX_POLYCARD_VERDICT_OUTAGE


extern ngx_polycard_dispatch_conf_t         run_conf;
extern ngx_polycard_dispatch_t             *run_d;
extern const ngx_polycard_dispatch_call_t  *run_given;
extern int64_t                              run_now;
extern size_t                               run_slots[1000];
extern size_t                               run_released;


/* a new dispatcher, with another window; its end, where no record may have been
 * forgotten */
void run_begin(void);
void run_begin_window(size_t window);
void run_end(const char *name);

/* a record from the outbox or a hold list; n of a key with ids in a row; ids 1
 * to n, each of a key of its own, the first of key 0 */
int run_add(uint64_t id, size_t key, unsigned held, size_t attempts);
void run_load(uint64_t first, size_t n, size_t key);
void run_load_keys(size_t n);

/* the id of what goes now, 0: nothing; so many go */
uint64_t run_next(void);
void run_send(size_t n);
void run_answer(uint64_t id, ngx_polycard_verdict_e verdict,
    int64_t retry_after);

/* ... that there was no connection to it */
void run_unreached(uint64_t id);

/*
 * The next call, which is carried out, and finds nothing; the next one that
 * writes; calls until there is one of this kind, or none.  run_given is the
 * call, with ids in place of slots.
 */
ngx_polycard_dispatch_op_e run_call(void);
ngx_polycard_dispatch_op_e run_write_call(void);
int run_find(ngx_polycard_dispatch_op_e op);

/* the next call, or the next of this kind after others that are carried out:
 * it is under way until run_done(), or ngx_polycard_dispatch_failed() */
ngx_polycard_dispatch_op_e run_take(void);
int run_take_kind(ngx_polycard_dispatch_op_e op);
void run_done(int64_t next);

/* the id of a record in that call, 0: there are not so many */
uint64_t run_called(size_t i);


#endif /* _DRIVER_H_INCLUDED_ */
