
/*
 * Values as people and spreadsheets write them, in the form of the contract.
 * What can be read in two ways, and what can only be damage, is refused.
 */


#ifndef _POLYCARD_VALUES_H_INCLUDED_
#define _POLYCARD_VALUES_H_INCLUDED_


#include "core/attributes.h"
#include "core/number.h"
#include "import/groups.h"
#include "import/options.h"


typedef struct {
    const polycard_options_t  *options;
    const polycard_groups_t   *groups;   /* NULL: unknown */
    unsigned                   table;    /* numbers are text, as in CSV */
    unsigned                   doubt;    /* set: kopecks or hryvnias? */
    uint32_t                   today;    /* YYYYMMDD */
} polycard_values_t;


/* room that a value may need beyond what it has */
#define POLYCARD_VALUE_ROOM  NGX_POLYCARD_NUMBER_LEN


/*
 * Brings the value of an attribute, which is in memory of its own, to the form
 * of the contract where it stands: buf has POLYCARD_VALUE_ROOM bytes for one
 * that gets longer.  It may become empty.  NULL, or what is wrong as the end of
 * a sentence that begins with the attribute's name.
 */
const char *polycard_values_read(polycard_values_t *values,
    const ngx_polycard_attribute_t *a, ngx_polycard_str_t *value, u_char *buf);


#endif /* _POLYCARD_VALUES_H_INCLUDED_ */
