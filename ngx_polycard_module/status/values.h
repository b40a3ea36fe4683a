
/*
 * Figures that only Redis has: requested when the status is, at most
 * once a second whatever the number of readers and workers, and kept in the
 * zone.
 */


#ifndef _NGX_POLYCARD_STATUS_VALUES_H_INCLUDED_
#define _NGX_POLYCARD_STATUS_VALUES_H_INCLUDED_


#include "counters/zone.h"


/* how long an answer is valid, and how long to wait for one */
#define NGX_POLYCARD_VALUES_TIME  1000


/* a copy for one reader */

typedef struct {
    ngx_polycard_state_e            state;
    ngx_msec_int_t                  age;       /* of the values, -1: none */
    ngx_polycard_counts_values_t    values;
} ngx_polycard_values_t;


/*
 * Asks if needed.  NGX_AGAIN: an answer is pending, for this
 * worker or another one; call again in a moment.  NGX_OK: there is nothing
 * to wait for.  late: the reader does not wait any longer, and the result is
 * always NGX_OK.
 */
ngx_int_t ngx_polycard_values_ask(ngx_polycard_market_t *market,
    ngx_uint_t late);

/* the figures of now */
void ngx_polycard_values_read(ngx_polycard_market_t *market,
    ngx_polycard_values_t *values);


#endif /* _NGX_POLYCARD_STATUS_VALUES_H_INCLUDED_ */
