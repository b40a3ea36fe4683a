
#include "hook/told_internal.h"


/* ms, while Redis is there: if replication lags more, an operator must act */
#define NGX_POLYCARD_TOLD_TIME   60000

#define NGX_POLYCARD_TOLD_LEAST  256
#define NGX_POLYCARD_TOLD_MOST   65536


static ngx_int_t ngx_polycard_told_room(ngx_polycard_told_t *told);
static void ngx_polycard_told_drop(ngx_polycard_told_t *told);
static unsigned ngx_polycard_told_is_one(const ngx_polycard_told_entry_t *one,
    const ngx_polycard_told_entry_t *two);
static int ngx_libc_cdecl ngx_polycard_told_compare(const void *one,
    const void *two);


void
ngx_polycard_told_add(ngx_polycard_told_t *told, ngx_uint_t epoch,
    const ngx_str_t *key, const ngx_str_t *card, unsigned deleted)
{
    ngx_polycard_told_entry_t  *entry;

    if (key->len > NGX_POLYCARD_DISPATCH_KEY
        || ngx_polycard_told_room(told) != NGX_OK)
    {
        return;
    }

    entry = ngx_polycard_told_entry(told, told->n);

    entry->time = ngx_current_msec;
    entry->epoch = epoch;
    entry->offset = told->server.offset;
    entry->deleted = (deleted != 0);
    entry->key_len = (u_char) key->len;
    ngx_memcpy(entry->key, key->data, key->len);

    entry->card_len = 0;

    if (card->len <= NGX_POLYCARD_TOLD_CARD) {
        entry->card_len = (u_char) card->len;
        ngx_memcpy(entry->card, card->data, card->len);
    }

    /* an answer that arrived after the server has changed */

    if (epoch != told->epoch) {
        told->late = 1;
        told->more = 1;
    }

    told->n++;
}


/* makes room for one more, by dropping old ones, or by a larger ring */

static ngx_int_t
ngx_polycard_told_room(ngx_polycard_told_t *told)
{
    ngx_uint_t                  i, size;
    ngx_polycard_told_entry_t  *ring;

    ngx_polycard_told_forget(told);

    if (told->n < told->size) {
        return NGX_OK;
    }

    if (told->size == NGX_POLYCARD_TOLD_MOST) {

        /* one that a call uses is not dropped */

        if (told->call.op && told->begin == 0) {
            return NGX_DECLINED;
        }

        ngx_polycard_told_drop(told);
        return NGX_OK;
    }

    size = told->size ? told->size * 4 : NGX_POLYCARD_TOLD_LEAST;

    ring = ngx_alloc(size * sizeof(ngx_polycard_told_entry_t),
                     ngx_cycle->log);
    if (ring == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < told->n; i++) {
        ring[i] = *ngx_polycard_told_entry(told, i);
    }

    if (told->ring) {
        ngx_free(told->ring);
    }

    told->ring = ring;
    told->size = size;
    told->first = 0;

    return NGX_OK;
}


void
ngx_polycard_told_forget(ngx_polycard_told_t *told)
{
    if (told->late) {
        return;
    }

    /* while Redis is away none gets older: what it had not copied is lost
     * however late the next server comes */

    while (told->n > 0
           && (ngx_msec_int_t) (told->heard
                                - ngx_polycard_told_entry(told, 0)->time)
              >= NGX_POLYCARD_TOLD_TIME)
    {
        ngx_polycard_told_drop(told);
    }
}


/* the oldest one */

static void
ngx_polycard_told_drop(ngx_polycard_told_t *told)
{
    ngx_polycard_told_entry_t  *entry;

    entry = ngx_polycard_told_entry(told, 0);

    if (entry->epoch == told->epoch) {
        told->forgotten = ngx_max(told->forgotten, entry->offset);
        told->behind |= (told->open == 0);
    }

    told->first = (told->first + 1) % told->size;
    told->begin -= (told->begin > 0);
    told->next -= (told->next > 0);
    told->open -= (told->open > 0);
    told->n--;
}


ngx_polycard_told_entry_t *
ngx_polycard_told_entry(ngx_polycard_told_t *told, ngx_uint_t i)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): an entry has its ring */
    return &told->ring[(told->first + i) % told->size];
}


/* an offset is of before or after a hook was written: only another one is known
 * to be of after that */

void
ngx_polycard_told_measure(ngx_polycard_told_t *told, int64_t offset)
{
    if (offset <= told->server.offset) {
        return;
    }

    if (told->behind) {
        told->behind = 0;
        told->forgotten = offset;
    }

    for ( /* void */ ; told->open < told->n; told->open++) {
        ngx_polycard_told_entry(told, told->open)->offset = offset;
    }

    told->server.offset = offset;
}


void
ngx_polycard_told_merge(ngx_polycard_told_t *told)
{
    ngx_uint_t                   i;
    ngx_polycard_told_entry_t  **entry, *one, *next;

    if (told->n < 2) {
        return;
    }

    entry = ngx_alloc(told->n * sizeof(ngx_polycard_told_entry_t *),
                      ngx_cycle->log);
    if (entry == NULL) {
        return;
    }

    for (i = 0; i < told->n; i++) {
        entry[i] = ngx_polycard_told_entry(told, i);
        entry[i]->order = i;
    }

    ngx_qsort(entry, told->n, sizeof(ngx_polycard_told_entry_t *),
              ngx_polycard_told_compare);

    for (i = 0; i + 1 < told->n; i++) {
        one = entry[i];
        next = entry[i + 1];

        if (!ngx_polycard_told_is_one(one, next)) {
            continue;
        }

        one->epoch = 0;

        if (next->card_len == 0) {
            next->card_len = one->card_len;
            ngx_memcpy(next->card, one->card, one->card_len);
        }
    }

    ngx_free(entry);
}


static unsigned
ngx_polycard_told_is_one(const ngx_polycard_told_entry_t *one,
    const ngx_polycard_told_entry_t *two)
{
    return one->key_len == two->key_len
           && ngx_memcmp(one->key, two->key, one->key_len) == 0;
}


static int ngx_libc_cdecl
ngx_polycard_told_compare(const void *one, const void *two)
{
    int                               rc;
    const ngx_polycard_told_entry_t  *a, *b;

    a = *(ngx_polycard_told_entry_t *const *) one;
    b = *(ngx_polycard_told_entry_t *const *) two;

    if (a->key_len != b->key_len) {
        return (a->key_len < b->key_len) ? -1 : 1;
    }

    rc = ngx_memcmp(a->key, b->key, a->key_len);

    return rc ? rc : ((a->order < b->order) ? -1 : 1);
}


void
ngx_polycard_told_close(ngx_polycard_told_t *told)
{
    ngx_polycard_store_cancel(&told->call);

    if (told->ring) {
        ngx_free(told->ring);
    }

    told->ring = NULL;
    told->size = 0;
    told->n = 0;
    told->begin = 0;
    told->next = 0;
    told->open = 0;
    told->late = 0;
}
