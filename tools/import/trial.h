
/* What an import would do, before a person at the terminal lets it. */


#ifndef _POLYCARD_TRIAL_H_INCLUDED_
#define _POLYCARD_TRIAL_H_INCLUDED_


#include "import/import.h"


/*
 * Where there is somebody to ask, and the file can be read twice: reads it,
 * says what would become of it, and asks where that looks wrong.
 * NGX_POLYCARD_OK: it may be done, the file is at its beginning;
 * POLYCARD_REFUSED: it shall not be; NGX_POLYCARD_ERROR: said, or
 * polycard_stopped.
 */
int polycard_trial_run(polycard_import_t *import);


#endif /* _POLYCARD_TRIAL_H_INCLUDED_ */
