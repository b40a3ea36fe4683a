
/* Resolving the rows that wait for a card (aside.h). */


#ifndef _POLYCARD_RESOLVE_H_INCLUDED_
#define _POLYCARD_RESOLVE_H_INCLUDED_


#include "import/import.h"


/*
 * Rows whose cards form a chain are written from its end; a ring of them in
 * one step.  If a chain ends with a client whom the file does not name, each
 * of it has the phone of the one before: they are moved.  All others are
 * refused, except if not final: such a client may be deleted later.
 * NGX_POLYCARD_ERROR after a message, or polycard_stopped.
 */
int polycard_resolve(polycard_import_t *import, unsigned final);

/* before that: how many clients it would move */
int polycard_resolve_moves(polycard_import_t *import, uint64_t *n);


#endif /* _POLYCARD_RESOLVE_H_INCLUDED_ */
