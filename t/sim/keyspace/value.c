
#include "keyspace/value.h"

#include <stdlib.h>
#include <string.h>


static void value_room(ks_value_t *value, size_t size);
static void value_open(ks_value_t *value, size_t i, size_t size);
static void value_close(ks_value_t *value, size_t i, size_t size);
static int zset_compare(const ks_score_t *score, double other,
    const void *member, size_t len);
static void entry_free(ks_entry_t *entry);


void *
ks_alloc(size_t size)
{
    void  *p;

    p = malloc(size ? size : 1);

    if (p == NULL) {
        abort();
    }

    return p;
}


ks_str_t *
ks_str(const void *data, size_t len)
{
    ks_str_t  *str;

    str = ks_alloc(sizeof(ks_str_t) + len + 1);
    str->refs = 1;
    str->len = len;
    str->about = NULL;

    if (len) {
        memcpy(str->data, data, len);
    }

    str->data[len] = '\0';

    return str;
}


ks_str_t *
ks_str_ref(ks_str_t *str)
{
    str->refs++;

    return str;
}


void
ks_str_free(ks_str_t *str)
{
    if (--str->refs == 0) {
        free(str);
    }
}


int
ks_str_is(const ks_str_t *str, const void *data, size_t len)
{
    return str->len == len && memcmp(str->data, data, len) == 0;
}


ks_value_t *
ks_value(ks_type_e type)
{
    ks_value_t  *value;

    value = ks_alloc(sizeof(ks_value_t));
    memset(value, 0, sizeof(ks_value_t));
    value->type = type;

    return value;
}


ks_value_t *
ks_value_copy(const ks_value_t *value)
{
    size_t       i, size;
    ks_value_t  *copy;

    static const size_t  sizes[] = {
        0, 0, sizeof(ks_field_t), sizeof(ks_score_t), sizeof(ks_str_t *),
        sizeof(ks_entry_t *)
    };

    copy = ks_alloc(sizeof(ks_value_t));
    *copy = *value;

    if (value->type == KS_STRING) {
        ks_str_ref(value->string);
        return copy;
    }

    size = sizes[value->type];
    copy->room = value->n;
    copy->memory = ks_alloc(value->n * size);

    if (value->n) {
        memcpy(copy->memory, value->memory, value->n * size);
    }

    for (i = 0; i < value->n; i++) {
        switch (value->type) {

        case KS_HASH:
            ks_str_ref(value->field[i].name);
            ks_str_ref(value->field[i].value);
            break;

        case KS_ZSET:
            ks_str_ref(value->score[i].member);
            break;

        case KS_LIST:
            ks_str_ref(value->item[i]);
            break;

        default:
            value->entry[i]->refs++;
        }
    }

    return copy;
}


void
ks_value_free(ks_value_t *value)
{
    size_t  i;

    if (value->type == KS_STRING) {
        ks_str_free(value->string);
        free(value);
        return;
    }

    for (i = 0; i < value->n; i++) {
        switch (value->type) {

        case KS_HASH:
            ks_str_free(value->field[i].name);
            ks_str_free(value->field[i].value);
            break;

        case KS_ZSET:
            ks_str_free(value->score[i].member);
            break;

        case KS_LIST:
            ks_str_free(value->item[i]);
            break;

        default:
            entry_free(value->entry[i]);
        }
    }

    free(value->memory);
    free(value);
}


static void
value_room(ks_value_t *value, size_t size)
{
    if (value->n < value->room) {
        return;
    }

    value->room = value->room ? 2 * value->room : 4;
    value->memory = realloc(value->memory, value->room * size);

    if (value->memory == NULL) {
        abort();
    }
}


/* a gap for one more */

static void
value_open(ks_value_t *value, size_t i, size_t size)
{
    char  *p;

    value_room(value, size);
    p = (char *) value->memory + i * size;
    memmove(p + size, p, (value->n - i) * size);
    value->n++;
}


static void
value_close(ks_value_t *value, size_t i, size_t size)
{
    char  *p;

    value->n--;
    p = (char *) value->memory + i * size;
    memmove(p, p + size, (value->n - i) * size);
}


ks_field_t *
ks_hash_find(const ks_value_t *hash, const void *name, size_t len)
{
    size_t  i;

    for (i = 0; i < hash->n; i++) {
        if (ks_str_is(hash->field[i].name, name, len)) {
            return &hash->field[i];
        }
    }

    return NULL;
}


int
ks_hash_set(ks_value_t *hash, const void *name, size_t len, const void *data,
    size_t size)
{
    ks_str_t    *value;
    ks_field_t  *field;

    field = ks_hash_find(hash, name, len);
    value = ks_str(data, size);

    if (field) {
        ks_str_free(field->value);
        field->value = value;
        return 0;
    }

    value_open(hash, hash->n, sizeof(ks_field_t));

    field = &hash->field[hash->n - 1];
    field->name = ks_str(name, len);
    field->value = value;

    return 1;
}


int
ks_hash_remove(ks_value_t *hash, const void *name, size_t len)
{
    ks_field_t  *field;

    field = ks_hash_find(hash, name, len);

    if (field == NULL) {
        return 0;
    }

    ks_str_free(field->name);
    ks_str_free(field->value);
    value_close(hash, field - hash->field, sizeof(ks_field_t));

    return 1;
}


ptrdiff_t
ks_zset_rank(const ks_value_t *zset, const void *member, size_t len)
{
    size_t  i;

    for (i = 0; i < zset->n; i++) {
        if (ks_str_is(zset->score[i].member, member, len)) {
            return i;
        }
    }

    return -1;
}


static int
zset_compare(const ks_score_t *score, double other, const void *member,
    size_t len)
{
    int     rc;
    size_t  least;

    if (score->score != other) {
        return score->score < other ? -1 : 1;
    }

    least = score->member->len < len ? score->member->len : len;
    rc = memcmp(score->member->data, member, least);

    return rc ? rc : (score->member->len > len) - (score->member->len < len);
}


int
ks_zset_set(ks_value_t *zset, double score, const void *member, size_t len)
{
    size_t      i;
    ks_str_t   *str;
    ptrdiff_t   rank;

    str = ks_str(member, len);
    rank = ks_zset_rank(zset, member, len);

    if (rank >= 0) {
        ks_zset_remove(zset, rank);
    }

    for (i = 0; i < zset->n; i++) {
        if (zset_compare(&zset->score[i], score, str->data, str->len) > 0) {
            break;
        }
    }

    value_open(zset, i, sizeof(ks_score_t));
    zset->score[i].score = score;
    zset->score[i].member = str;

    return rank < 0;
}


void
ks_zset_remove(ks_value_t *zset, size_t rank)
{
    ks_str_free(zset->score[rank].member);
    value_close(zset, rank, sizeof(ks_score_t));
}


size_t
ks_zset_below(const ks_value_t *zset, double score, int at_it)
{
    size_t  i;

    for (i = 0; i < zset->n; i++) {
        if (zset->score[i].score > score
            || (zset->score[i].score == score && !at_it))
        {
            break;
        }
    }

    return i;
}


void
ks_list_insert(ks_value_t *list, size_t i, const void *data, size_t len)
{
    ks_str_t  *item;

    item = ks_str(data, len);
    value_open(list, i, sizeof(ks_str_t *));
    list->item[i] = item;
}


void
ks_list_remove(ks_value_t *list, size_t i)
{
    ks_str_free(list->item[i]);
    value_close(list, i, sizeof(ks_str_t *));
}


int
ks_id_compare(const ks_id_t *a, const ks_id_t *b)
{
    if (a->ms != b->ms) {
        return a->ms < b->ms ? -1 : 1;
    }

    return (a->seq > b->seq) - (a->seq < b->seq);
}


size_t
ks_stream_find(const ks_value_t *stream, const ks_id_t *id)
{
    size_t  low, high, middle;

    low = 0;
    high = stream->n;

    while (low < high) {
        middle = (low + high) / 2;

        if (ks_id_compare(&stream->entry[middle]->id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return low;
}


void
ks_stream_append(ks_value_t *stream, ks_entry_t *entry)
{
    value_open(stream, stream->n, sizeof(ks_entry_t *));
    stream->entry[stream->n - 1] = entry;
    stream->last = entry->id;
}


void
ks_stream_remove(ks_value_t *stream, size_t i)
{
    entry_free(stream->entry[i]);
    value_close(stream, i, sizeof(ks_entry_t *));
}


static void
entry_free(ks_entry_t *entry)
{
    size_t  i;

    if (--entry->refs) {
        return;
    }

    for (i = 0; i < entry->n; i++) {
        ks_str_free(entry->part[i]);
    }

    free(entry);
}
