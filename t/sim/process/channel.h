
/* redis/channel.h over the server of the simulation, and addresses. */


#ifndef _SIM_PROCESS_CHANNEL_H_INCLUDED_
#define _SIM_PROCESS_CHANNEL_H_INCLUDED_


#include "process/process.h"


/* the process was killed: nobody hears of its connections any more */
void channel_drop_all(ngx_queue_t *links);


#endif /* _SIM_PROCESS_CHANNEL_H_INCLUDED_ */
