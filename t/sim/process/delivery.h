
/* hook/request.h without libcurl: a hook goes to the gateway, and an answer
 * comes back, or does not. */


#ifndef _SIM_PROCESS_DELIVERY_H_INCLUDED_
#define _SIM_PROCESS_DELIVERY_H_INCLUDED_


#include "process/process.h"
#include "hook/request.h"


/* a hook on its way: copies, as whoever sent it may be gone */

typedef struct {
    ngx_queue_t               queue;    /* of the process */
    process_t                *process;
    ngx_polycard_delivery_t  *d;        /* NULL: nobody waits any more */
    int64_t                   fence;    /* of the lease it was sent with */
    unsigned                  history;  /* of the server's data then */
    char                     *id;
    char                     *key;
    char                     *object;
    char                     *action;
    char                     *data;
    ngx_uint_t                attempt;

    /* the gateway's answer */

    ngx_polycard_delivery_e   error;
    ngx_uint_t                status;
    const char               *body;
    const char               *retry_after;
    int64_t                   delay;    /* ms until it arrives */
} delivery_t;


/* what the gateway does with it: fills in the answer */
extern void (*delivery_gateway)(delivery_t *delivery);

/* what stands before: a hook leaves the process */
extern void (*delivery_sent)(delivery_t *delivery);

/* by the holder of the lease that it was sent with */
unsigned delivery_is_awaited(const delivery_t *delivery);

void delivery_drop_all(ngx_queue_t *deliveries);
void delivery_exit(ngx_queue_t *deliveries);


#endif /* _SIM_PROCESS_DELIVERY_H_INCLUDED_ */
