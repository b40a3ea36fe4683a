
/* The attribute of a title: of a column, or of a member of JSON. */


#ifndef _POLYCARD_HEADINGS_H_INCLUDED_
#define _POLYCARD_HEADINGS_H_INCLUDED_


#include "import/options.h"
#include "import/record.h"


/* instead of an index of the record's table */

#define POLYCARD_HEADING_PASSED   -1     /* known to be passed over */
#define POLYCARD_HEADING_UNKNOWN  -2


/*
 * The index in the record's table: by --map, by the names of attributes,
 * then by those that people use (names.h).
 */
int polycard_headings_find(const ngx_polycard_str_t *title,
    const polycard_options_t *o, const polycard_record_t *record);

/* by --map alone; POLYCARD_HEADING_UNKNOWN: none is about the title */
int polycard_headings_mapped(const ngx_polycard_str_t *title,
    const polycard_options_t *o, const polycard_record_t *record);

/* of an attribute in the table, or -1 */
int polycard_headings_index(const polycard_record_t *record,
    const void *name, size_t len);

/* is this --map about the title: exactly, or except for characters that do not
 * count (names.h) */
unsigned polycard_headings_is(const ngx_polycard_str_t *title,
    const char *map);

/* does each --map name an attribute, or none; messages about errors */
unsigned polycard_headings_check(const polycard_options_t *o,
    const polycard_record_t *record);

/* may it be printed: does it look like a title, not like personal data */
unsigned polycard_headings_is_fit(const ngx_polycard_str_t *title);

/* the attribute that an unknown title may mean, or NULL */
const char *polycard_headings_near(const ngx_polycard_str_t *title,
    const polycard_options_t *o);


#endif /* _POLYCARD_HEADINGS_H_INCLUDED_ */
