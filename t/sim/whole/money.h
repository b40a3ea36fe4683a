
/* The sums of what is told: each total is the one before and the change. */


#ifndef _SIM_WHOLE_MONEY_H_INCLUDED_
#define _SIM_WHOLE_MONEY_H_INCLUDED_


#include "whole/hooks.h"


void money_begin(void);

/* the gateway reads these totals, NULL: none */
void money_read(const char *key, const char *bonus, const char *discount);

void money_told(const hook_t *hook, const ks_entry_t *entry);

/* what was announced so far does not count any more: of all, of one */
void money_forget(void);
void money_forget_key(const char *key);


#endif /* _SIM_WHOLE_MONEY_H_INCLUDED_ */
