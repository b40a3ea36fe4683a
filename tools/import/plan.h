
/* Reading the whole file before anything of it is written. */


#ifndef _POLYCARD_PLAN_H_INCLUDED_
#define _POLYCARD_PLAN_H_INCLUDED_


#include "import/import.h"


/*
 * Reads the file to its end if something must be known before: may
 * bonuses be in hryvnias (--money)?  Which clients does it name
 * (--delete-missing), so that they are not others with a new phone?  A pipe is
 * not read twice.  NGX_POLYCARD_ERROR after a message about a missing option.
 */
int polycard_plan_look(polycard_import_t *import);

/*
 * After polycard_gone_find(): once more, if clients were left out because a row
 * of theirs is refused; whom another one moves counts.
 */
int polycard_plan_look_again(polycard_import_t *import);

/* does the table have a column with this index */
unsigned polycard_plan_has(const polycard_reader_t *reader, int index);

/* prints a record as it would be stored */
void polycard_plan_show(const polycard_record_t *record);

/* has the file changed since it was opened, by its size */
unsigned polycard_plan_changed(const polycard_reader_t *reader);

/* message: bonuses may be in hryvnias, at this line */
void polycard_plan_doubt(uint64_t line);


#endif /* _POLYCARD_PLAN_H_INCLUDED_ */
