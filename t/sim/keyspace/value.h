
/*
 * What the keys of the in-memory Redis hold: strings, hashes, sorted sets,
 * lists, streams.  Sizes are those of a test: searches are linear.
 */


#ifndef _SIM_KEYSPACE_VALUE_H_INCLUDED_
#define _SIM_KEYSPACE_VALUE_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/* any bytes, and a zero behind them; never changed, shared by copies */

typedef struct {
    unsigned              refs;
    size_t                len;
    void                 *about;        /* what its reader keeps, or NULL */
    char                  data[];
} ks_str_t;


typedef enum {
    KS_NONE = 0,
    KS_STRING,
    KS_HASH,
    KS_ZSET,
    KS_LIST,
    KS_STREAM
} ks_type_e;


typedef struct {
    ks_str_t             *name;
    ks_str_t             *value;
} ks_field_t;


typedef struct {
    double                score;
    ks_str_t             *member;
} ks_score_t;


typedef struct {
    uint64_t              ms;
    uint64_t              seq;
} ks_id_t;


typedef struct {
    unsigned              refs;
    ks_id_t               id;
    void                 *about;        /* as that of a string */
    size_t                n;            /* names and values */
    ks_str_t             *part[];
} ks_entry_t;


typedef struct {
    ks_type_e             type;
    size_t                n;
    size_t                room;
    ks_id_t               last;         /* of a stream */

    union {
        ks_str_t         *string;
        ks_field_t       *field;        /* in the order of creation */
        ks_score_t       *score;        /* by score and member */
        ks_str_t        **item;
        ks_entry_t      **entry;        /* by id */
        void             *memory;
    };
} ks_value_t;


/* no function fails: without memory the program ends */

void *ks_alloc(size_t size);
ks_str_t *ks_str(const void *data, size_t len);
ks_str_t *ks_str_ref(ks_str_t *str);
void ks_str_free(ks_str_t *str);
int ks_str_is(const ks_str_t *str, const void *data, size_t len);

ks_value_t *ks_value(ks_type_e type);
ks_value_t *ks_value_copy(const ks_value_t *value);
void ks_value_free(ks_value_t *value);

/* a hash: the field, or NULL; whether it is a new one; whether there was one */
ks_field_t *ks_hash_find(const ks_value_t *hash, const void *name,
    size_t len);
int ks_hash_set(ks_value_t *hash, const void *name, size_t len,
    const void *data, size_t size);
int ks_hash_remove(ks_value_t *hash, const void *name, size_t len);

/* a sorted set likewise; rank of a member, or -1; how many members are below
 * a score (or at it, too) */
ptrdiff_t ks_zset_rank(const ks_value_t *zset, const void *member,
    size_t len);
int ks_zset_set(ks_value_t *zset, double score, const void *member,
    size_t len);
void ks_zset_remove(ks_value_t *zset, size_t rank);
size_t ks_zset_below(const ks_value_t *zset, double score, int at_it);

/* a list: before the item of this index, or behind the last one */
void ks_list_insert(ks_value_t *list, size_t i, const void *data, size_t len);
void ks_list_remove(ks_value_t *list, size_t i);

/* a stream: the index of the first entry that is not before the id */
size_t ks_stream_find(const ks_value_t *stream, const ks_id_t *id);
void ks_stream_append(ks_value_t *stream, ks_entry_t *entry);
void ks_stream_remove(ks_value_t *stream, size_t i);
int ks_id_compare(const ks_id_t *a, const ks_id_t *b);


#endif /* _SIM_KEYSPACE_VALUE_H_INCLUDED_ */
