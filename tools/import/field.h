
/* A field of CSV as it is written. */


#ifndef _POLYCARD_FIELD_H_INCLUDED_
#define _POLYCARD_FIELD_H_INCLUDED_


#include "import/tool.h"

#include <stdio.h>


/* in quotes if needed, whatever the delimiter is */
void polycard_field_write(FILE *file, const ngx_polycard_str_t *value);

/* in quotes in any case */
void polycard_field_quote(FILE *file, const ngx_polycard_str_t *value);


#endif /* _POLYCARD_FIELD_H_INCLUDED_ */
