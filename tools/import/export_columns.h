
/* The columns of an export. */


#ifndef _POLYCARD_EXPORT_COLUMNS_H_INCLUDED_
#define _POLYCARD_EXPORT_COLUMNS_H_INCLUDED_


#include "import/export.h"


/* those of --columns, or all; NGX_POLYCARD_ERROR: it was said what is wrong */
int polycard_export_columns(polycard_export_t *export);

/* the first line of a table: the titles of --map, or the attributes' names */
int polycard_export_header(polycard_export_t *export);


#endif /* _POLYCARD_EXPORT_COLUMNS_H_INCLUDED_ */
