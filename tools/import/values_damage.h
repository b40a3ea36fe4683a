
/* Values that were certainly damaged by a spreadsheet. */


#ifndef _POLYCARD_VALUES_DAMAGE_H_INCLUDED_
#define _POLYCARD_VALUES_DAMAGE_H_INCLUDED_


#include "core/attributes.h"


/*
 * NULL, or the error as the end of a sentence: 2.00004E+12 and
 * 4820000000017,00 are no card numbers, #N/A is no value at all.  table: it is
 * from a table, not from a program's JSON.
 */
const char *polycard_values_damage(unsigned type,
    const ngx_polycard_str_t *value, unsigned table);


#endif /* _POLYCARD_VALUES_DAMAGE_H_INCLUDED_ */
