
/* What a trial shows as possible damage: columns with suspicious values. */


#ifndef _POLYCARD_DOUBTS_H_INCLUDED_
#define _POLYCARD_DOUBTS_H_INCLUDED_


#include "import/tally.h"


/* more than one record of so many is much */
#define POLYCARD_DOUBTS_SHARE  10


/*
 * Prints a line for each column that looks damaged, on standard output;
 * returns how many there are.
 */
unsigned polycard_doubts_print(const polycard_tally_t *tally,
    const ngx_polycard_table_t *table);

/* is more than a tenth refused, or not read? */
unsigned polycard_doubts_refused(const polycard_tally_t *tally);


#endif /* _POLYCARD_DOUBTS_H_INCLUDED_ */
