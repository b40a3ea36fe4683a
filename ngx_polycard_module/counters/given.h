
/*
 * The greatest card number and id that this host has seen issued, and whether
 * Redis has known the market: in shared memory, which outlives workers and
 * reloads, so that they can be passed to a Redis that has lost its counters
 * (contract, B25).  A worker of before a reload may still be told of numbers
 * that are of another keyspace than those noted here: they are not noted.
 */


#ifndef _NGX_POLYCARD_COUNTERS_GIVEN_H_INCLUDED_
#define _NGX_POLYCARD_COUNTERS_GIVEN_H_INCLUDED_


#include "counters/zone.h"


/*
 * A new configuration: numbers of another keyspace, or cards of another
 * prefix, do not count any more.
 */
void ngx_polycard_given_init(ngx_polycard_market_t *market);

/* addClient has issued these; card: the serial; 0: none */
void ngx_polycard_given_note(ngx_polycard_market_t *market, int64_t card,
    int64_t id);

/* Redis knows the market from now on */
void ngx_polycard_given_known(ngx_polycard_market_t *market);

/*
 * Redis knows the market, and reports the greatest serial and id in use;
 * below 0: unknown, either by itself.  Only after a loss numbers continue after
 * the serial: it may be a card of the market's own, near the end of the range.
 */
void ngx_polycard_given_told(ngx_polycard_market_t *market, int64_t card,
    int64_t id);

/* a copy of all of it; zeros: nothing is known */
void ngx_polycard_given_read(ngx_polycard_market_t *market,
    ngx_polycard_given_t *copy);


#endif /* _NGX_POLYCARD_COUNTERS_GIVEN_H_INCLUDED_ */
