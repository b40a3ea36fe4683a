
/*
 * Those who write besides the module: back offices by functions and by plain
 * commands, callers of addClient, operators.
 */


#ifndef _SIM_WHOLE_OFFICE_H_INCLUDED_
#define _SIM_WHOLE_OFFICE_H_INCLUDED_


#include <stddef.h>


/* each goes on by itself until all is well */

void office_begin(void);
void callers_begin(void);
void operator_begin(void);
void registered_begin(void);

/* all that is left, once all is well */
void registered_ends(void);

/* a function of the library, about this client or not; texts for it */
void office_asks(const char *phone);
const char *office_attribute(unsigned may_spoil);

const char *office_amount(void);

/* a call with its arguments.  $ is the prefix, $p the phone, $o another one,
 * $g a group, $a an attribute, $b perhaps a bad one, $v an amount, $n a small
 * number, $c a condition */
void office_expand(char *text, size_t size, const char *call,
    const char *phone);

/* a batch with a key, or what of it is not cut off */
void night_begin(void);
void night_works(const char *phone);

/* an operator cleans up: what was put in the wrong place, guards, dead hooks;
 * and after a loss what the manual says */
void operator_mends(void);


#endif /* _SIM_WHOLE_OFFICE_H_INCLUDED_ */
