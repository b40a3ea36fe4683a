
/* Sexes as people write them, in Ukrainian, Russian and English. */


#ifndef _POLYCARD_VALUES_SEX_H_INCLUDED_
#define _POLYCARD_VALUES_SEX_H_INCLUDED_


#include "import/values.h"


/*
 * As polycard_values_read(), for a sex: words of --sex, else those that are
 * known.  A word for an unknown sex becomes empty.
 */
const char *polycard_values_sex(polycard_values_t *values,
    ngx_polycard_str_t *value);


#endif /* _POLYCARD_VALUES_SEX_H_INCLUDED_ */
