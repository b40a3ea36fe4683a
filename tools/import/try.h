
/*
 * What would become of a record: a trial decides as the functions inside Redis
 * do, by what is stored there and what the records before it would have left
 * (draft.h).
 */


#ifndef _POLYCARD_TRY_H_INCLUDED_
#define _POLYCARD_TRY_H_INCLUDED_


#include "import/import.h"


/*
 * The record that was read last, which is kept in this place of the rows, is
 * counted or refused, or waits for a card: at once, or by polycard_try_answer()
 * where Redis must be asked.  NGX_POLYCARD_ERROR, here and below: it was said
 * why.
 */
int polycard_try_record(polycard_import_t *import, size_t place);

/* a reply to what was sent for it */
int polycard_try_answer(polycard_import_t *import, uint64_t tag,
    const redisReply *reply);


#endif /* _POLYCARD_TRY_H_INCLUDED_ */
