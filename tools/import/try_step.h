
/* The steps of a trial for rows that have waited for a card (steps.h). */


#ifndef _POLYCARD_TRY_STEP_H_INCLUDED_
#define _POLYCARD_TRY_STEP_H_INCLUDED_


#include "import/import.h"


/* the pipeline must be empty */

/* who has this card, or "" */
int polycard_try_holder(polycard_import_t *import,
    const ngx_polycard_str_t *card, char phone[NGX_POLYCARD_PHONE_LEN + 1]);

/* is he there? */
int polycard_try_exists(polycard_import_t *import, const char *phone,
    unsigned *there);

/* the client with this id gets another phone, and is counted, unless there is
 * one */
int polycard_try_move(polycard_import_t *import, const char *from,
    const char *to, uint64_t number);

/*
 * Rows in one step, which may exchange cards; from: the phone by which Redis
 * has the client of the one row, or NULL.
 */
int polycard_try_put(polycard_import_t *import, const polycard_row_t *row,
    size_t n, const char *from);


#endif /* _POLYCARD_TRY_STEP_H_INCLUDED_ */
