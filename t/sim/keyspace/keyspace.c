
#include "keyspace/keyspace.h"

#include <stdlib.h>
#include <string.h>


#define KS_BUCKETS  16


static uint64_t ks_reversed(uint64_t n);
static uint64_t ks_hash(const ks_t *ks, const void *name, size_t len);
static ks_key_t **ks_place(const ks_t *ks, const void *name, size_t len);
static void ks_resize(ks_t *ks, size_t size);
static void ks_unlink(ks_t *ks, ks_key_t **place);
static ks_key_t **ks_keys(const ks_t *ks);
static int ks_by_name(const void *a, const void *b);


ks_t *
ks_create(uint64_t seed)
{
    ks_t  *ks;

    ks = ks_alloc(sizeof(ks_t));
    memset(ks, 0, sizeof(ks_t));

    ks->seed = seed;
    ks_resize(ks, KS_BUCKETS);

    return ks;
}


void
ks_destroy(ks_t *ks)
{
    ks_flush(ks);
    free(ks->bucket);
    free(ks);
}


ks_t *
ks_copy(const ks_t *ks)
{
    ks_t  *copy;

    copy = ks_create(ks->seed);
    copy->now = ks->now;
    ks_restore(copy, ks);

    return copy;
}


void
ks_restore(ks_t *ks, const ks_t *from)
{
    size_t     i;
    ks_key_t  *key, *put;

    ks_flush(ks);

    for (i = 0; i <= from->mask; i++) {
        for (key = from->bucket[i]; key; key = key->next) {
            put = ks_put(ks, key->name->data, key->name->len,
                         ks_value_copy(key->value));
            put->expires = key->expires;
        }
    }
}


void
ks_flush(ks_t *ks)
{
    size_t  i;

    for (i = 0; i <= ks->mask; i++) {
        while (ks->bucket[i]) {
            ks_unlink(ks, &ks->bucket[i]);
        }
    }
}


static uint64_t
ks_hash(const ks_t *ks, const void *name, size_t len)
{
    size_t                i;
    uint64_t              hash;
    const unsigned char  *p;

    p = name;
    hash = 0xcbf29ce484222325 ^ ks->seed;

    for (i = 0; i < len; i++) {
        hash = (hash ^ p[i]) * 0x100000001b3;
    }

    hash ^= hash >> 29;
    hash *= 0x9e3779b97f4a7c15;

    return hash ^ (hash >> 32);
}


static ks_key_t **
ks_place(const ks_t *ks, const void *name, size_t len)
{
    uint64_t    hash;
    ks_key_t  **place;

    hash = ks_hash(ks, name, len);

    for (place = &ks->bucket[hash & ks->mask]; *place;
         place = &(*place)->next)
    {
        if ((*place)->hash == hash && ks_str_is((*place)->name, name, len)) {
            break;
        }
    }

    return place;
}


static void
ks_resize(ks_t *ks, size_t size)
{
    size_t     i, old;
    ks_key_t  *key, *next, **bucket, **place;

    bucket = ks_alloc(size * sizeof(ks_key_t *));
    memset(bucket, 0, size * sizeof(ks_key_t *));

    old = ks->bucket ? ks->mask + 1 : 0;

    for (i = 0; i < old; i++) {
        for (key = ks->bucket[i]; key; key = next) {
            next = key->next;
            place = &bucket[key->hash & (size - 1)];
            key->next = *place;
            *place = key;
        }
    }

    free(ks->bucket);
    ks->bucket = bucket;
    ks->mask = size - 1;
}


static void
ks_unlink(ks_t *ks, ks_key_t **place)
{
    ks_key_t  *key;

    key = *place;
    *place = key->next;
    ks->n--;

    ks_str_free(key->name);
    ks_value_free(key->value);
    free(key);
}


ks_key_t *
ks_find(ks_t *ks, const void *name, size_t len)
{
    ks_str_t   *gone;
    ks_key_t  **place;

    place = ks_place(ks, name, len);

    if (*place && (*place)->expires >= 0
        && (*place)->expires <= ks->now / 1000)
    {
        gone = ks_str_ref((*place)->name);
        ks_unlink(ks, place);
        ks_notify(ks, "expired", gone->data, gone->len);
        ks_str_free(gone);
        return NULL;
    }

    return *place;
}


ks_key_t *
ks_put(ks_t *ks, const void *name, size_t len, ks_value_t *value)
{
    ks_key_t  *key, **place;

    place = ks_place(ks, name, len);

    if (*place) {
        ks_value_free((*place)->value);
        (*place)->value = value;
        (*place)->expires = -1;
        return *place;
    }

    key = ks_alloc(sizeof(ks_key_t));
    key->name = ks_str(name, len);
    key->value = value;
    key->expires = -1;
    key->hash = ks_hash(ks, name, len);

    if (ks->n > ks->mask) {
        ks_resize(ks, 2 * (ks->mask + 1));
    }

    place = &ks->bucket[key->hash & ks->mask];
    key->next = *place;
    *place = key;
    ks->n++;

    return key;
}


int
ks_remove(ks_t *ks, const void *name, size_t len)
{
    ks_key_t  **place;

    if (ks_find(ks, name, len) == NULL) {
        return 0;
    }

    place = ks_place(ks, name, len);
    ks_unlink(ks, place);

    if (ks->mask >= KS_BUCKETS && ks->n * 8 < ks->mask) {
        ks_resize(ks, (ks->mask + 1) / 2);
    }

    return 1;
}


void
ks_notify(ks_t *ks, const char *event, const void *name, size_t len)
{
    ks_str_t  *key;

    if (ks->notify) {
        key = ks_str(name, len);
        ks->notify(ks->data, event, key);
        ks_str_free(key);
    }
}


void
ks_expire(ks_t *ks)
{
    size_t      i, n;
    ks_key_t  **keys;

    n = ks->n;
    keys = ks_keys(ks);

    for (i = 0; i < n; i++) {
        if (keys[i]->expires >= 0 && keys[i]->expires <= ks->now / 1000) {
            (void) ks_find(ks, keys[i]->name->data, keys[i]->name->len);
        }
    }

    free(keys);
}


/* the highest bit of a cursor counts first: what is seen in a table of one
 * size is seen in one of another size, too */

uint64_t
ks_scan(const ks_t *ks, uint64_t cursor,
    void (*each)(void *data, ks_key_t *key), void *data)
{
    ks_key_t  *key;

    for (key = ks->bucket[cursor & ks->mask]; key; key = key->next) {
        each(data, key);
    }

    return ks_reversed(ks_reversed(cursor | ~(uint64_t) ks->mask) + 1);
}


/* the bits of a number, the last one first */

static uint64_t
ks_reversed(uint64_t n)
{
    n = ((n >> 1) & 0x5555555555555555) | ((n & 0x5555555555555555) << 1);
    n = ((n >> 2) & 0x3333333333333333) | ((n & 0x3333333333333333) << 2);
    n = ((n >> 4) & 0x0f0f0f0f0f0f0f0f) | ((n & 0x0f0f0f0f0f0f0f0f) << 4);

    return __builtin_bswap64(n);
}


ks_key_t **
ks_sorted(const ks_t *ks)
{
    ks_key_t  **keys;

    keys = ks_keys(ks);
    qsort(keys, ks->n, sizeof(ks_key_t *), ks_by_name);

    return keys;
}


static ks_key_t **
ks_keys(const ks_t *ks)
{
    size_t     i, n;
    ks_key_t  *key, **keys;

    keys = ks_alloc(ks->n * sizeof(ks_key_t *));
    n = 0;

    for (i = 0; i <= ks->mask; i++) {
        for (key = ks->bucket[i]; key; key = key->next) {
            keys[n++] = key;
        }
    }

    return keys;
}


static int
ks_by_name(const void *a, const void *b)
{
    const ks_key_t  *one, *other;

    one = *(ks_key_t *const *) a;
    other = *(ks_key_t *const *) b;

    return strcmp(one->name->data, other->name->data);
}
