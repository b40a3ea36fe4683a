
/* What a trial counts, or refuses, once it is known who has which card. */


#ifndef _POLYCARD_TRY_COUNT_H_INCLUDED_
#define _POLYCARD_TRY_COUNT_H_INCLUDED_


#include "import/import.h"


/* in an empty market, and without one, there is nothing to be read */
unsigned polycard_try_is_asking(const polycard_import_t *import);

/*
 * NULL, or what the functions inside Redis have against the record that was
 * compared last, but for its card; client: as he is.
 */
const char *polycard_try_wrong(const polycard_import_t *import,
    const polycard_draft_client_t *client);

/*
 * The record that was compared last is taken: counts it, and the draft has what
 * it leaves.  NGX_POLYCARD_ERROR after a message.
 */
int polycard_try_count(polycard_import_t *import, const polycard_row_t *row,
    const polycard_draft_client_t *client);

/* the same for a group, which may be refused */
int polycard_try_count_group(polycard_import_t *import,
    const polycard_row_t *row);


#endif /* _POLYCARD_TRY_COUNT_H_INCLUDED_ */
