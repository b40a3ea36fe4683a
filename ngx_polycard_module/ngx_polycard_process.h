
/* start and end of a worker */


#ifndef _NGX_POLYCARD_PROCESS_H_INCLUDED_
#define _NGX_POLYCARD_PROCESS_H_INCLUDED_


#include "market/market.h"


/*
 * Starts the parts of each market in a worker.  Always NGX_OK: without memory
 * it is tried again every second.
 */
ngx_int_t ngx_polycard_process_init(ngx_cycle_t *cycle);

/* releases what the worker holds: leases, connections */
void ngx_polycard_process_exit(ngx_cycle_t *cycle);


#endif /* _NGX_POLYCARD_PROCESS_H_INCLUDED_ */
