
/*
 * The keys of the in-memory Redis: expiry by a clock that the caller sets,
 * events, copies (a dump, what a replica has), and SCAN as Redis walks.
 */


#ifndef _SIM_KEYSPACE_KEYSPACE_H_INCLUDED_
#define _SIM_KEYSPACE_KEYSPACE_H_INCLUDED_


#include "keyspace/value.h"


typedef struct ks_key_s  ks_key_t;

struct ks_key_s {
    ks_key_t             *next;         /* in the bucket */
    ks_str_t             *name;
    ks_value_t           *value;
    int64_t               expires;      /* ms, -1: never */
    uint64_t              hash;
};


typedef struct {
    ks_key_t            **bucket;
    size_t                mask;
    size_t                n;
    uint64_t              seed;         /* of the order of keys */

    int64_t               now;          /* microseconds since 1970 */
    uint64_t              moves;        /* what streams and lists got, and lost,
                                           and keys that went */

    /* an event of notify-keyspace-events, or NULL */
    void                (*notify)(void *data, const char *event,
                                  const ks_str_t *key);
    void                 *data;

    char                  info[512];    /* the answer to INFO */

    /* what the next commands meet with */

    unsigned              full;         /* maxmemory is reached */
    const char           *denied;       /* a command, or NULL */
    const char           *refusal;      /* the answer to all that writes; of
                                           LOADING to all */
} ks_t;


ks_t *ks_create(uint64_t seed);
void ks_destroy(ks_t *ks);

/* the keys and nothing else; from: they become those of ks */
ks_t *ks_copy(const ks_t *ks);
void ks_restore(ks_t *ks, const ks_t *from);
void ks_flush(ks_t *ks);

/* NULL: there is none, or it has expired by now */
ks_key_t *ks_find(ks_t *ks, const void *name, size_t len);

/* a new key instead of whatever there was; the value is taken over */
ks_key_t *ks_put(ks_t *ks, const void *name, size_t len, ks_value_t *value);
int ks_remove(ks_t *ks, const void *name, size_t len);

void ks_notify(ks_t *ks, const char *event, const void *name, size_t len);

/* what is over by now goes, with events: Redis does so all the time */
void ks_expire(ks_t *ks);

/* one bucket; the next cursor */
uint64_t ks_scan(const ks_t *ks, uint64_t cursor,
    void (*each)(void *data, ks_key_t *key), void *data);

/* all keys in the order of their names; the caller frees the array */
ks_key_t **ks_sorted(const ks_t *ks);


#endif /* _SIM_KEYSPACE_KEYSPACE_H_INCLUDED_ */
