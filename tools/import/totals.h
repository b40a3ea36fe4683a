
/* The row of sums that programs print below a table. */


#ifndef _POLYCARD_TOTALS_H_INCLUDED_
#define _POLYCARD_TOTALS_H_INCLUDED_


#include "import/columns.h"
#include "import/csv.h"
#include "import/record.h"


/* is the row that csv has read last one: a word for it, and amounts alone */
unsigned polycard_totals_is(const polycard_columns_t *columns,
    const polycard_csv_t *csv, const polycard_record_t *record);


#endif /* _POLYCARD_TOTALS_H_INCLUDED_ */
