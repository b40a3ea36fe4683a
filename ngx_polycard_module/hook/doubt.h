
/*
 * That Redis has lost changes that were sent to the gateway, and which ones is
 * unknown (contract, B31): a line in the log, and a note in Redis for the
 * status, until all is announced again.
 */


#ifndef _NGX_POLYCARD_HOOK_DOUBT_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_DOUBT_H_INCLUDED_


#include "redis/store_emitter.h"


typedef struct {
    ngx_polycard_market_t      *market;     /* set by the owner */

    ngx_polycard_store_call_t   call;
    unsigned                    pending:1;  /* Redis does not know it yet */
} ngx_polycard_doubt_t;


/* the line only: the functions inside Redis have noted it */
void ngx_polycard_doubt_log(ngx_polycard_market_t *market);

/* logs it, and has it noted by the next tick */
void ngx_polycard_doubt_raise(ngx_polycard_doubt_t *doubt);

/* about once a second */
void ngx_polycard_doubt_tick(ngx_polycard_doubt_t *doubt);

/* the worker exits */
void ngx_polycard_doubt_close(ngx_polycard_doubt_t *doubt);


#endif /* _NGX_POLYCARD_HOOK_DOUBT_H_INCLUDED_ */
