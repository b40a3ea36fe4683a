
/*
 * Values as people and spreadsheets write them, in the form of the contract.
 * Ambiguous or damaged values are refused.
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


/* additional room that a value may need */
#define POLYCARD_VALUE_ROOM  NGX_POLYCARD_NUMBER_LEN


/*
 * Converts the value of an attribute in place to the form
 * of the contract: buf has POLYCARD_VALUE_ROOM bytes for one
 * that gets longer.  It may become empty.  NULL, or the error as the end of
 * a sentence that begins with the attribute's name.
 */
const char *polycard_values_read(polycard_values_t *values,
    const ngx_polycard_attribute_t *a, ngx_polycard_str_t *value, u_char *buf);


#endif /* _POLYCARD_VALUES_H_INCLUDED_ */
