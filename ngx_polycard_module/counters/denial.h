
/*
 * Which error Redis refuses commands with, as any worker of this host has last
 * seen: in shared memory, for the status.  Only errors of the server as a whole
 * count, of which an operator has to know the cause.
 */


#ifndef _NGX_POLYCARD_COUNTERS_DENIAL_H_INCLUDED_
#define _NGX_POLYCARD_COUNTERS_DENIAL_H_INCLUDED_


#include "counters/zone.h"


/* Redis has answered so, or an attempt to connect ended so; other texts are
 * ignored. NOPERM is only for what the market needs: INFO and CONFIG may be
 * denied */
void ngx_polycard_denial_note(ngx_polycard_market_t *market,
    const char *error);

/* a command that writes was carried out: one that is allowed also where others
 * are denied, or Redis has no memory left */
void ngx_polycard_denial_over(ngx_polycard_market_t *market);

/* the first word of the error; NULL: there was none lately */
const char *ngx_polycard_denial_read(ngx_polycard_market_t *market);


#endif /* _NGX_POLYCARD_COUNTERS_DENIAL_H_INCLUDED_ */
