
/*
 * Those who write besides the module: back offices by functions and by plain
 * commands, callers of addClient, operators.
 */


#ifndef _SIM_WHOLE_OFFICE_H_INCLUDED_
#define _SIM_WHOLE_OFFICE_H_INCLUDED_


/* each goes on by itself until all is well */

void office_begin(void);
void callers_begin(void);
void operator_begin(void);

/* a function of the library, about this client or not; texts for it */
void office_asks(const char *phone);
const char *office_attribute(unsigned may_spoil);
const char *office_amount(void);

/* an operator cleans up: what was put in the wrong place, guards, dead hooks;
 * and after a loss what the manual says */
void operator_mends(void);


#endif /* _SIM_WHOLE_OFFICE_H_INCLUDED_ */
