
/* A look at the whole file before anything of it is written. */


#ifndef _POLYCARD_PLAN_H_INCLUDED_
#define _POLYCARD_PLAN_H_INCLUDED_


#include "import/import.h"


/*
 * Reads the file to its end where something in it may only be known then: may
 * bonuses be hryvnias (--money)?  Whom does it name (--delete-missing), who are
 * not others under a new phone?  What is no file is not read twice.
 * NGX_POLYCARD_ERROR: it was said what the user has to say first.
 */
int polycard_plan_look(polycard_import_t *import);

/* has the table a column of this index */
unsigned polycard_plan_has(const polycard_reader_t *reader, int index);

/* prints a record as it would be stored */
void polycard_plan_show(const polycard_record_t *record);

/* is the file another one than that which was opened, by its size */
unsigned polycard_plan_changed(const polycard_reader_t *reader);

/* says that bonuses may be hryvnias, at this line */
void polycard_plan_doubt(uint64_t line);


#endif /* _POLYCARD_PLAN_H_INCLUDED_ */
