
#include "import/table.h"
#include "import/temp.h"
#include "import/terminal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>


/* slots that are read at once, and those when the table grows */

#define TABLE_BLOCK   16
#define TABLE_CHUNK   POLYCARD_TABLE_SLOTS


/* a slot with value 0 is free */

typedef struct {
    uint64_t   key;
    uint64_t   value;
} polycard_slot_t;


static int polycard_table_find(polycard_table_t *table, uint64_t key,
    uint64_t *place, polycard_slot_t *slot);
static int polycard_table_write(polycard_table_t *table, uint64_t place,
    const polycard_slot_t *slot);
static int polycard_table_grow(polycard_table_t *table);
static int polycard_table_fail(const char *verb);


int
polycard_table_open(polycard_table_t *table, uint64_t expected)
{
    memset(table, 0, sizeof(polycard_table_t));

    table->slots = POLYCARD_TABLE_SLOTS;

    while (table->slots < 2 * expected) {
        table->slots *= 2;
    }

    table->fd = polycard_temp_open();

    if (table->fd == -1) {
        return NGX_POLYCARD_ERROR;
    }

    /* a hole, which reads as zeros */

    return ftruncate(table->fd, table->slots * sizeof(polycard_slot_t)) == 0
           ? NGX_POLYCARD_OK : polycard_table_fail("write");
}


void
polycard_table_close(polycard_table_t *table)
{
    if (table->slots && table->fd != -1) {
        (void) close(table->fd);
    }

    table->slots = 0;
}


/* FNV-1a, and a mixture of its bits, as the lowest ones choose the slot */

uint64_t
polycard_table_key(const void *data, size_t len)
{
    size_t         i;
    uint64_t       h;
    const u_char  *p;

    p = data;
    h = 0xcbf29ce484222325;

    for (i = 0; i < len; i++) {
        h = (h ^ p[i]) * 0x100000001b3;
    }

    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccd;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53;

    return h ^ (h >> 33);
}


int
polycard_table_get(polycard_table_t *table, uint64_t key, uint64_t *value)
{
    uint64_t         place;
    polycard_slot_t  slot;

    if (polycard_table_find(table, key, &place, &slot) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    *value = slot.value;

    return NGX_POLYCARD_OK;
}


int
polycard_table_set(polycard_table_t *table, uint64_t key, uint64_t value)
{
    uint64_t         place;
    polycard_slot_t  slot;

    if (2 * (table->used + 1) > table->slots
        && polycard_table_grow(table) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_table_find(table, key, &place, &slot) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    table->used += (slot.value == 0);

    slot.key = key;
    slot.value = value;

    return polycard_table_write(table, place, &slot);
}


/* the slot of a key, or the one that it would get; half of them are free */

static int
polycard_table_find(polycard_table_t *table, uint64_t key, uint64_t *place,
    polycard_slot_t *slot)
{
    size_t           i;
    uint64_t         first;
    polycard_slot_t  block[TABLE_BLOCK];

    *place = key & (table->slots - 1);

    for ( ;; ) {
        first = *place & ~(uint64_t) (TABLE_BLOCK - 1);

        if (pread(table->fd, block, sizeof(block), first * sizeof(*slot))
            != sizeof(block))
        {
            return polycard_table_fail("read");
        }

        for (i = *place - first; i < TABLE_BLOCK; i++) {

            if (block[i].value == 0 || block[i].key == key) {
                *place = first + i;
                *slot = block[i];

                return NGX_POLYCARD_OK;
            }
        }

        *place = (first + TABLE_BLOCK) & (table->slots - 1);
    }
}


static int
polycard_table_write(polycard_table_t *table, uint64_t place,
    const polycard_slot_t *slot)
{
    return pwrite(table->fd, slot, sizeof(*slot), place * sizeof(*slot))
           == sizeof(*slot) ? NGX_POLYCARD_OK : polycard_table_fail("write");
}


static int
polycard_table_grow(polycard_table_t *table)
{
    int                       rc;
    size_t                    i;
    uint64_t                  n;
    polycard_table_t          new;
    static polycard_slot_t    chunk[TABLE_CHUNK];

    rc = polycard_table_open(&new, table->slots);

    for (n = 0; rc == NGX_POLYCARD_OK && n < table->slots; n += TABLE_CHUNK) {

        if (pread(table->fd, chunk, sizeof(chunk), n * sizeof(chunk[0]))
            != sizeof(chunk))
        {
            rc = polycard_table_fail("read");
        }

        for (i = 0; rc == NGX_POLYCARD_OK && i < TABLE_CHUNK; i++) {
            if (chunk[i].value) {
                rc = polycard_table_set(&new, chunk[i].key, chunk[i].value);
            }
        }
    }

    if (rc != NGX_POLYCARD_OK) {
        polycard_table_close(&new);
        return NGX_POLYCARD_ERROR;
    }

    polycard_table_close(table);
    *table = new;

    return NGX_POLYCARD_OK;
}


static int
polycard_table_fail(const char *verb)
{
    polycard_say("cannot %s a temporary file: %s", verb,
                 errno ? strerror(errno) : "it is full");

    return NGX_POLYCARD_ERROR;
}
