
/* What happens in a schedule, and what must hold at its end. */


#ifndef _SIM_DISPATCH_SCHEDULE_H_INCLUDED_
#define _SIM_DISPATCH_SCHEDULE_H_INCLUDED_


/* in sim and scene, which are empty */
void schedule_begin(void);


#endif /* _SIM_DISPATCH_SCHEDULE_H_INCLUDED_ */
