
/* Memory of a process: all of it goes when the process is killed. */


#ifndef _SIM_PROCESS_MEMORY_H_INCLUDED_
#define _SIM_PROCESS_MEMORY_H_INCLUDED_


#include "process/process.h"


/* instead of free() in the module's files */
void process_free(void *p);

void memory_free_all(process_t *p);


#endif /* _SIM_PROCESS_MEMORY_H_INCLUDED_ */
