
/* What an import would do, shown at the terminal before it is confirmed. */


#ifndef _POLYCARD_TRIAL_H_INCLUDED_
#define _POLYCARD_TRIAL_H_INCLUDED_


#include "import/import.h"


/*
 * At a terminal, if the file can be read twice: reads it,
 * shows what would happen, and asks if that looks wrong.
 * NGX_POLYCARD_OK: confirmed, the file is at its beginning;
 * POLYCARD_REFUSED: declined; NGX_POLYCARD_ERROR after a message, or
 * polycard_stopped.
 */
int polycard_trial_run(polycard_import_t *import);


#endif /* _POLYCARD_TRIAL_H_INCLUDED_ */
