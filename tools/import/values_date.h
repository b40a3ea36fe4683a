
/* Dates as people and spreadsheets write them. */


#ifndef _POLYCARD_VALUES_DATE_H_INCLUDED_
#define _POLYCARD_VALUES_DATE_H_INCLUDED_


#include "import/values.h"


/* as polycard_values_read(), for a date */
const char *polycard_values_date(polycard_values_t *values,
    ngx_polycard_str_t *value, u_char *buf);


#endif /* _POLYCARD_VALUES_DATE_H_INCLUDED_ */
