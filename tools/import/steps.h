
/*
 * What is asked and done for rows that have waited for a card: in Redis, or in
 * the draft of a trial.
 */


#ifndef _POLYCARD_STEPS_H_INCLUDED_
#define _POLYCARD_STEPS_H_INCLUDED_


#include "import/import.h"


/* The pipeline must be empty.  NGX_POLYCARD_ERROR, here and below: said. */

/* the phone of who has the card that a row gives, or "" */
int polycard_step_holder(polycard_import_t *import, const polycard_row_t *row,
    char phone[NGX_POLYCARD_PHONE_LEN + 1]);

/* is there a client with this phone? */
int polycard_step_exists(polycard_import_t *import, const char *phone,
    unsigned *there);

/* the key (table.h) of this client's id, or 0 */
int polycard_step_number(polycard_import_t *import, const char *phone,
    uint64_t *number);

/* the client gets another phone, and is counted, unless there is one */
int polycard_step_move(polycard_import_t *import, const char *from,
    const char *to);

/*
 * Puts up to POLYCARD_CALL_CLIENTS rows in one step, and counts or refuses
 * them; from: the phone that the client of one row had before, or NULL.
 */
int polycard_step_put(polycard_import_t *import, const polycard_row_t *row,
    size_t n, const char *from);


#endif /* _POLYCARD_STEPS_H_INCLUDED_ */
