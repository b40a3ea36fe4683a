
/* Which attribute a title stands for: of a column, or of a member of JSON. */


#ifndef _POLYCARD_HEADINGS_H_INCLUDED_
#define _POLYCARD_HEADINGS_H_INCLUDED_


#include "import/options.h"
#include "import/record.h"


/* instead of an index of the record's table */

#define POLYCARD_HEADING_PASSED   -1     /* known to be passed over */
#define POLYCARD_HEADING_UNKNOWN  -2


/*
 * The index in the record's table: what --map says, the names of attributes,
 * then those that people use (names.h).
 */
int polycard_headings_find(const ngx_polycard_str_t *title,
    const polycard_options_t *o, const polycard_record_t *record);

/* is this --map about the title: letter by letter, or but for what does not
 * count (names.h) */
unsigned polycard_headings_is(const ngx_polycard_str_t *title,
    const char *map);

/* does each --map name an attribute, or none; what is wrong is said */
unsigned polycard_headings_check(const polycard_options_t *o,
    const polycard_record_t *record);

/* may it be printed: it looks like a title, not like somebody's data */
unsigned polycard_headings_is_fit(const ngx_polycard_str_t *title);

/* the attribute that an unknown title may stand for, or NULL */
const char *polycard_headings_near(const ngx_polycard_str_t *title,
    const polycard_options_t *o);


#endif /* _POLYCARD_HEADINGS_H_INCLUDED_ */
