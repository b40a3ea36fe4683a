
/* Records and keys in the memory that the caller gave. */

#include "core/dispatch_internal.h"

#include <string.h>


#define NGX_POLYCARD_WINDOW_MIN  16


static size_t ngx_polycard_dispatch_window_records(
    const ngx_polycard_dispatch_conf_t *conf);
static size_t ngx_polycard_dispatch_window_buckets(size_t records);
static unsigned ngx_polycard_dispatch_window_fits(
    ngx_polycard_dispatch_key_t *key,
    const ngx_polycard_dispatch_record_t *record);
static unsigned ngx_polycard_dispatch_window_has(
    const ngx_polycard_dispatch_key_t *key,
    const ngx_polycard_dispatch_id_t *id);
static ngx_polycard_dispatch_key_t **ngx_polycard_dispatch_key_find(
    ngx_polycard_dispatch_t *d, const u_char *name, size_t len);
static ngx_polycard_dispatch_key_t *ngx_polycard_dispatch_key_take(
    ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_key_t **place, const u_char *name, size_t len);
static void ngx_polycard_dispatch_key_reset(ngx_polycard_dispatch_key_t *key);
static void ngx_polycard_dispatch_key_unlink(ngx_polycard_dispatch_key_t *key,
    ngx_polycard_dispatch_slot_t *slot);
static void ngx_polycard_dispatch_key_free(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_key_t *key);


void
ngx_polycard_dispatch_list_init(ngx_polycard_dispatch_link_t *list)
{
    list->prev = list;
    list->next = list;
}


unsigned
ngx_polycard_dispatch_list_empty(const ngx_polycard_dispatch_link_t *list)
{
    return list->next == list;
}


void
ngx_polycard_dispatch_list_remove(ngx_polycard_dispatch_link_t *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;

    ngx_polycard_dispatch_list_init(link);
}


void
ngx_polycard_dispatch_list_append(ngx_polycard_dispatch_link_t *list,
    ngx_polycard_dispatch_link_t *link)
{
    ngx_polycard_dispatch_list_remove(link);

    link->prev = list->prev;
    link->next = list;
    list->prev->next = link;
    list->prev = link;
}


size_t
ngx_polycard_dispatch_size(const ngx_polycard_dispatch_conf_t *conf)
{
    size_t  n;

    n = ngx_polycard_dispatch_window_records(conf);

    return sizeof(ngx_polycard_dispatch_t)
           + n * (sizeof(ngx_polycard_dispatch_slot_t)
                  + sizeof(ngx_polycard_dispatch_key_t))
           + ngx_polycard_dispatch_window_buckets(n)
             * sizeof(ngx_polycard_dispatch_key_t *);
}


static size_t
ngx_polycard_dispatch_window_records(const ngx_polycard_dispatch_conf_t *conf)
{
    return conf->window < NGX_POLYCARD_WINDOW_MIN ? NGX_POLYCARD_WINDOW_MIN
                                                  : conf->window;
}


static size_t
ngx_polycard_dispatch_window_buckets(size_t records)
{
    size_t  n;

    for (n = NGX_POLYCARD_WINDOW_MIN; n < records; n *= 2) { /* void */ }

    return n;
}


void
ngx_polycard_dispatch_window_init(ngx_polycard_dispatch_t *d)
{
    size_t  i, n;

    n = ngx_polycard_dispatch_window_records(d->conf);

    d->slots = (ngx_polycard_dispatch_slot_t *) (d + 1);
    d->pool = (ngx_polycard_dispatch_key_t *) (d->slots + n);
    d->hash = (ngx_polycard_dispatch_key_t **) (d->pool + n);
    d->mask = ngx_polycard_dispatch_window_buckets(n) - 1;
    d->nfree = n;

    d->read = n / 4 < 96 ? n / 4 : 96;
    d->share = n / 8 < 32 ? n / 8 : 32;

    ngx_polycard_dispatch_list_init(&d->free);
    ngx_polycard_dispatch_list_init(&d->spare);
    ngx_polycard_dispatch_list_init(&d->ready);
    ngx_polycard_dispatch_list_init(&d->failed);
    ngx_polycard_dispatch_list_init(&d->keys);
    ngx_polycard_dispatch_list_init(&d->crowded);
    ngx_polycard_dispatch_list_init(&d->accepted);
    ngx_polycard_dispatch_list_init(&d->accepted_held);
    ngx_polycard_dispatch_list_init(&d->refused);
    ngx_polycard_dispatch_list_init(&d->counted);

    for (i = 0; i < n; i++) {
        ngx_polycard_dispatch_list_init(&d->slots[i].link);
        ngx_polycard_dispatch_list_append(&d->free, &d->slots[i].link);

        ngx_polycard_dispatch_list_init(&d->pool[i].link);
        ngx_polycard_dispatch_list_init(&d->pool[i].crowd);
        ngx_polycard_dispatch_list_append(&d->spare, &d->pool[i].link);
    }
}


/* records in flight stay, and keep their keys busy */

void
ngx_polycard_dispatch_window_clear(ngx_polycard_dispatch_t *d)
{
    size_t                         i, n;
    ngx_polycard_dispatch_slot_t  *slot;

    n = ngx_polycard_dispatch_window_records(d->conf);

    for (i = 0; i < n; i++) {
        slot = &d->slots[i];

        if (slot->state == NGX_POLYCARD_DISPATCH_SLOT_FLIGHT) {
            slot->state = NGX_POLYCARD_DISPATCH_SLOT_ORPHAN;
            ngx_polycard_dispatch_key_reset(slot->key);

        } else if (slot->state != NGX_POLYCARD_DISPATCH_SLOT_FREE
                   && slot->state != NGX_POLYCARD_DISPATCH_SLOT_ORPHAN)
        {
            ngx_polycard_dispatch_window_free(d, slot);
        }
    }
}


ngx_polycard_dispatch_slot_t *
ngx_polycard_dispatch_window_add(ngx_polycard_dispatch_t *d,
    const ngx_polycard_dispatch_record_t *record)
{
    ngx_polycard_dispatch_key_t   *key, **place;
    ngx_polycard_dispatch_slot_t  *slot;

    if (d->nfree == 0 || record->key_len > NGX_POLYCARD_DISPATCH_KEY) {
        return NULL;
    }

    place = ngx_polycard_dispatch_key_find(d, record->key, record->key_len);
    key = *place;

    if (key && !ngx_polycard_dispatch_window_fits(key, record)) {
        return NULL;
    }

    if (key == NULL) {
        key = ngx_polycard_dispatch_key_take(d, place, record->key,
                                             record->key_len);
    }

    slot = (ngx_polycard_dispatch_slot_t *) d->free.next;
    ngx_polycard_dispatch_list_remove(&slot->link);
    d->nfree--;
    d->nheld += (record->held != 0);
    d->noutbox += !record->held;

    slot->record = *record;
    slot->state = NGX_POLYCARD_DISPATCH_SLOT_WAITING;
    slot->key = key;
    slot->next = NULL;
    slot->failed = 0;

    if (key->last) {
        key->last->next = slot;

    } else {
        key->first = slot;
    }

    key->last = slot;
    key->n++;

    if ((key->n > d->share || record->hold) && !record->held) {
        ngx_polycard_dispatch_key_crowd(d, key);

    } else if (ngx_polycard_dispatch_key_head(key) == slot) {
        ngx_polycard_dispatch_key_place(d, key, &d->ready);
    }

    return slot;
}


/*
 * A held record is the only one of its key.  One of the outbox is appended
 * only to older ones.  Orphans do not count: the same record may come again.
 * Another server may have older ones that were never here, and none after
 * them comes before they do.
 */

static unsigned
ngx_polycard_dispatch_window_fits(ngx_polycard_dispatch_key_t *key,
    const ngx_polycard_dispatch_record_t *record)
{
    const ngx_polycard_dispatch_slot_t  *last;
    const ngx_polycard_dispatch_id_t    *a, *b;

    last = key->last;
    a = &last->record.id;
    b = &record->id;

    if (record->held) {

        /* when it is gone, the next one is requested in any case */

        key->overdue = !last->record.held
                       || last->state == NGX_POLYCARD_DISPATCH_SLOT_ORPHAN;
        return 0;
    }

    if (key->crowded || key->behind
        || (last->record.held
            && last->state != NGX_POLYCARD_DISPATCH_SLOT_ORPHAN))
    {
        key->behind = 1;
        return 0;
    }

    if (last->state == NGX_POLYCARD_DISPATCH_SLOT_ORPHAN) {
        return 1;
    }

    if (a->ms < b->ms || (a->ms == b->ms && a->seq < b->seq)) {
        return 1;
    }

    key->behind = !ngx_polycard_dispatch_window_has(key, b);

    return 0;
}


static unsigned
ngx_polycard_dispatch_window_has(const ngx_polycard_dispatch_key_t *key,
    const ngx_polycard_dispatch_id_t *id)
{
    const ngx_polycard_dispatch_slot_t  *slot;

    for (slot = key->first; slot; slot = slot->next) {
        if (slot->record.id.ms == id->ms && slot->record.id.seq == id->seq) {
            return 1;
        }
    }

    return 0;
}


void
ngx_polycard_dispatch_window_free(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_slot_t *slot)
{
    void                         *data;
    unsigned                      head;
    ngx_polycard_dispatch_key_t  *key;

    key = slot->key;
    data = slot->record.data;
    head = (ngx_polycard_dispatch_key_head(key) == slot);

    ngx_polycard_dispatch_key_unlink(key, slot);

    key->n--;
    d->nheld -= (slot->record.held != 0);
    d->noutbox -= !slot->record.held;
    d->nfree++;

    slot->state = NGX_POLYCARD_DISPATCH_SLOT_FREE;
    slot->record.data = NULL;
    slot->key = NULL;
    ngx_polycard_dispatch_list_append(&d->free, &slot->link);

    if (key->first == NULL) {
        ngx_polycard_dispatch_key_free(d, key);

    } else if (head) {
        ngx_polycard_dispatch_key_place(d, key, &d->ready);
    }

    if (d->conf->release) {
        d->conf->release(data);
    }
}


/* as one that has no records yet */

static void
ngx_polycard_dispatch_key_reset(ngx_polycard_dispatch_key_t *key)
{
    ngx_polycard_dispatch_list_remove(&key->crowd);

    key->crowded = 0;
    key->behind = 0;
    key->overdue = 0;
    key->stuck = 0;
}


static void
ngx_polycard_dispatch_key_unlink(ngx_polycard_dispatch_key_t *key,
    ngx_polycard_dispatch_slot_t *slot)
{
    ngx_polycard_dispatch_slot_t  *prev, **next;

    prev = NULL;

    for (next = &key->first; *next != slot; next = &(*next)->next) {
        prev = *next;
    }

    *next = slot->next;

    if (key->last == slot) {
        key->last = prev;
    }
}


ngx_polycard_dispatch_slot_t *
ngx_polycard_dispatch_key_head(const ngx_polycard_dispatch_key_t *key)
{
    ngx_polycard_dispatch_slot_t  *slot;

    for (slot = key->first; slot; slot = slot->next) {
        if (slot->state != NGX_POLYCARD_DISPATCH_SLOT_ACCEPTED) {
            break;
        }
    }

    return slot;
}


void
ngx_polycard_dispatch_key_crowd(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_key_t *key)
{
    key->crowded = 1;
    ngx_polycard_dispatch_list_append(&d->crowded, &key->crowd);
    ngx_polycard_dispatch_list_append(&d->keys, &key->link);
}


void
ngx_polycard_dispatch_key_place(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_key_t *key, ngx_polycard_dispatch_link_t *list)
{
    ngx_polycard_dispatch_slot_t  *head;

    head = ngx_polycard_dispatch_key_head(key);

    if (head == NULL || head->state != NGX_POLYCARD_DISPATCH_SLOT_WAITING
        || key->crowded)
    {
        list = &d->keys;
    }

    ngx_polycard_dispatch_list_append(list, &key->link);
}


/* where a pointer to the key is, or belongs */

static ngx_polycard_dispatch_key_t **
ngx_polycard_dispatch_key_find(ngx_polycard_dispatch_t *d, const u_char *name,
    size_t len)
{
    size_t                        i;
    uint32_t                      hash;
    ngx_polycard_dispatch_key_t  *key, **place;

    hash = 2166136261u;

    for (i = 0; i < len; i++) {
        hash = (hash ^ name[i]) * 16777619u;
    }

    for (place = &d->hash[hash & d->mask]; *place; place = &key->next) {
        key = *place;

        if (key->len == len && memcmp(key->name, name, len) == 0) {
            break;
        }
    }

    return place;
}


/* there are as many keys as slots */

static ngx_polycard_dispatch_key_t *
ngx_polycard_dispatch_key_take(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_key_t **place, const u_char *name, size_t len)
{
    ngx_polycard_dispatch_key_t  *key;

    key = (ngx_polycard_dispatch_key_t *) d->spare.next;

    memcpy(key->name, name, len);
    key->len = len;
    key->next = NULL;
    key->first = NULL;
    key->last = NULL;
    key->n = 0;
    ngx_polycard_dispatch_key_reset(key);

    ngx_polycard_dispatch_list_append(&d->keys, &key->link);
    *place = key;

    return key;
}


static void
ngx_polycard_dispatch_key_free(ngx_polycard_dispatch_t *d,
    ngx_polycard_dispatch_key_t *key)
{
    ngx_polycard_dispatch_key_t  **place;

    place = ngx_polycard_dispatch_key_find(d, key->name, key->len);
    *place = key->next;

    /* records that were left alone so far may be read now */

    if (key->overdue) {
        d->due_at = 0;
    }

    if (key->behind) {
        ngx_polycard_dispatch_rewind(d);
    }

    ngx_polycard_dispatch_list_remove(&key->crowd);
    ngx_polycard_dispatch_list_append(&d->spare, &key->link);
}
