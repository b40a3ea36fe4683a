
/*
 * Which server has taken the place of which, as the workers of this host have
 * seen: in shared memory, because a worker whose connection is still at a
 * master that hung does not hear of it otherwise.  A later server says of
 * itself whose data it had as a replica.
 */


#ifndef _NGX_POLYCARD_COUNTERS_LINEAGE_H_INCLUDED_
#define _NGX_POLYCARD_COUNTERS_LINEAGE_H_INCLUDED_


#include "counters/zone.h"


/*
 * A connection of this worker is at this server, and it works: to be called at
 * its greeting and while it lasts.
 */
void ngx_polycard_lineage_note(ngx_polycard_market_t *market,
    const ngx_polycard_server_t *server);

/*
 * Has another server taken the place of this one, and was a worker there within
 * the last seconds?  If none is there any more, this one may be all there is.
 */
ngx_uint_t ngx_polycard_lineage_is_over(ngx_polycard_market_t *market,
    const ngx_polycard_server_t *server);


#endif /* _NGX_POLYCARD_COUNTERS_LINEAGE_H_INCLUDED_ */
