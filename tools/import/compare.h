
/* A record against the one that is stored. */


#ifndef _POLYCARD_COMPARE_H_INCLUDED_
#define _POLYCARD_COMPARE_H_INCLUDED_


#include "import/rows.h"


typedef struct {
    unsigned   there:1;      /* one is stored */
    unsigned   broken:1;     /* ... and is no hash */
    unsigned   card:1;       /* a client will have a card */
    uint32_t   differs;      /* attributes of the table, a bit each */
    uint32_t   removed;      /* ... that would be none any more */
    uint32_t   replaced;     /* ... that have one value, and get another */
    uint32_t   absent;       /* ... that will have none */
    uint64_t   had;          /* table.h: the key of the stored card, or 0 */
    uint64_t   number;       /* ... and of the client's stored id */
} polycard_compare_t;


/*
 * reply: that to polycard_call_get(), or NULL: nothing is stored.  Amounts are
 * equal in any form, as for the functions.  NGX_POLYCARD_ERROR after a message:
 * it is no such reply.
 */
int polycard_compare(polycard_compare_t *compare, const redisReply *reply,
    const polycard_row_t *row, const ngx_polycard_table_t *table);


#endif /* _POLYCARD_COMPARE_H_INCLUDED_ */
