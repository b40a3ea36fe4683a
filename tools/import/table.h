
/*
 * A table of numbers in a temporary file, which grows: millions of them need no
 * memory.
 */


#ifndef _POLYCARD_TABLE_H_INCLUDED_
#define _POLYCARD_TABLE_H_INCLUDED_


#include "import/tool.h"


/* a multiple of the slots that are read at once */
#define POLYCARD_TABLE_SLOTS  4096


typedef struct {
    int        fd;
    uint64_t   slots;        /* a power of two */
    uint64_t   used;
} polycard_table_t;


/*
 * An empty one, with room for about so many (0: unknown).
 * NGX_POLYCARD_ERROR, here and below: it was said why.
 */
int polycard_table_open(polycard_table_t *table, uint64_t expected);
void polycard_table_close(polycard_table_t *table);

/* the key of a text; two texts have the same with a chance of 2^-64 */
uint64_t polycard_table_key(const void *data, size_t len);

/* the value of a key, which may be any but 0; 0: it has none */
int polycard_table_get(polycard_table_t *table, uint64_t key,
    uint64_t *value);
int polycard_table_set(polycard_table_t *table, uint64_t key,
    uint64_t value);


#endif /* _POLYCARD_TABLE_H_INCLUDED_ */
