
/*
 * Rows that stand above a table, as programs print them: its title, the day, an
 * organization.
 */


#ifndef _POLYCARD_ABOVE_H_INCLUDED_
#define _POLYCARD_ABOVE_H_INCLUDED_


#include "import/csv.h"
#include "import/options.h"
#include "import/record.h"


/*
 * Is this row the header, or has it too many values for a title?  below:
 * others were passed over, so it must have the phone, or the id of a group.
 */
unsigned polycard_above_is_header(const polycard_csv_t *csv,
    const polycard_options_t *o, const polycard_record_t *record,
    unsigned below);

/*
 * A copy that outlives the next row; its text is freed by the caller.
 * NGX_POLYCARD_ERROR: no memory.
 */
int polycard_above_copy(polycard_csv_t *to, const polycard_csv_t *csv,
    u_char **text);


#endif /* _POLYCARD_ABOVE_H_INCLUDED_ */
