
/* Once a minute somebody looks how many hooks wait, for the history. */


#ifndef _NGX_POLYCARD_STATUS_SAMPLER_H_INCLUDED_
#define _NGX_POLYCARD_STATUS_SAMPLER_H_INCLUDED_


#include "market/market.h"


/* a worker begins; the first one of an nginx that has a status does it */
void ngx_polycard_sampler_start(ngx_cycle_t *cycle,
    ngx_polycard_main_conf_t *pmcf);


#endif /* _NGX_POLYCARD_STATUS_SAMPLER_H_INCLUDED_ */
