
/* Numbers as people and spreadsheets write them. */


#ifndef _POLYCARD_VALUES_AMOUNT_H_INCLUDED_
#define _POLYCARD_VALUES_AMOUNT_H_INCLUDED_


#include "import/values.h"


/* as polycard_values_read(), for an amount */
const char *polycard_values_amount(polycard_values_t *values,
    const ngx_polycard_attribute_t *a, ngx_polycard_str_t *value, u_char *buf);

/*
 * Removes blanks between groups of three digits; 0: there are blanks elsewhere.
 */
unsigned polycard_values_ungroup(ngx_polycard_str_t *value);


#endif /* _POLYCARD_VALUES_AMOUNT_H_INCLUDED_ */
