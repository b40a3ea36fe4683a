
/*
 * Clients that go to Redis in one call, where each is taken or refused by
 * itself: what the call and the market cost is shared by them.
 */


#ifndef _POLYCARD_BATCH_H_INCLUDED_
#define _POLYCARD_BATCH_H_INCLUDED_


#include "import/rows.h"


typedef struct {
    size_t     first;      /* its place in the rows; the others follow it */
    size_t     n;
    uint32_t   given;      /* the attributes that any of them gives */
} polycard_batch_t;


/* what an answer is for: rows of these places */

#define POLYCARD_BATCH_PLACE         0xffff
#define POLYCARD_BATCH_TAG(first, n) ((uint64_t) (n) << 32 | (first))
#define POLYCARD_BATCH_N(tag)        ((size_t) ((tag) >> 32))


struct polycard_import_s;

/*
 * The record that was read last, which is kept in this place of the rows, goes
 * with those before it.  again: one of them may be of the same client, which
 * is sent first then.  NGX_POLYCARD_ERROR: said
 */
int polycard_batch_add(struct polycard_import_s *import, size_t place,
    unsigned again);

/* sends what is there */
int polycard_batch_send(struct polycard_import_s *import);


#endif /* _POLYCARD_BATCH_H_INCLUDED_ */
