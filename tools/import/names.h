
/* Names of columns as people write them. */


#ifndef _POLYCARD_NAMES_H_INCLUDED_
#define _POLYCARD_NAMES_H_INCLUDED_


#include "import/tool.h"


/* a title without insignificant characters, in code points */
#define POLYCARD_NAMES_MAX  64

typedef struct {
    uint32_t  c[POLYCARD_NAMES_MAX];
    size_t    n;
} polycard_name_t;


/*
 * Only small letters and digits: case, blanks, hyphens, stops, apostrophes and
 * the like do not count, nor do characters after POLYCARD_NAMES_MAX.
 */
void polycard_names_read(polycard_name_t *name, const u_char *p, size_t len);

/* the attribute with this name, or NULL; groups: of a group */
const char *polycard_names_find(const polycard_name_t *name,
    unsigned groups);

/* the attribute with the nearest title, if one is near, or NULL */
const char *polycard_names_near(const polycard_name_t *name,
    unsigned groups);


#endif /* _POLYCARD_NAMES_H_INCLUDED_ */
