
/* What befalls workers, the network and Redis, until all is well. */


#ifndef _SIM_WHOLE_FAULTS_H_INCLUDED_
#define _SIM_WHOLE_FAULTS_H_INCLUDED_


void faults_begin(void);

/* no more of them; what is away comes back */
void faults_end(void);

/* what was kept for later */
void faults_forget(void);

/* helper keys that are of another type for a while; all as they were */
void spoil_begin(void);
void spoil_end(void);


#endif /* _SIM_WHOLE_FAULTS_H_INCLUDED_ */
