
#include "import/call.h"
#include "import/resolve.h"
#include "import/steps.h"
#include "import/terminal.h"

#include <stdlib.h>
#include <string.h>


#define RESOLVE_RING  "barcode goes round among too many clients"


/* how the path from a row, along the holders of cards, ends */

typedef enum {
    RESOLVE_FREE,        /* nobody has that card */
    RESOLVE_RING_END,    /* back at path[ring] */
    RESOLVE_HELD,        /* somebody whose row does not wait */
    RESOLVE_UNNAMED      /* somebody whom the file does not name */
} polycard_way_e;


typedef struct {
    polycard_import_t   *import;
    uint32_t             path[POLYCARD_ASIDE_MAX];
    size_t               n;
    size_t               ring;
    char                 holder[NGX_POLYCARD_PHONE_LEN + 1];
} polycard_resolve_t;


static int polycard_resolve_way(polycard_resolve_t *resolve, uint32_t i,
    polycard_way_e *way);
static int polycard_resolve_holder(polycard_resolve_t *resolve, uint32_t i);
static int polycard_resolve_next(polycard_resolve_t *resolve,
    polycard_way_e *way);
static int polycard_resolve_back(polycard_resolve_t *resolve, size_t n);
static int polycard_resolve_ring(polycard_resolve_t *resolve);
static int polycard_resolve_unnamed(polycard_resolve_t *resolve,
    unsigned final);
static int polycard_resolve_is_move(polycard_resolve_t *resolve,
    unsigned *is_move);
static int polycard_resolve_is_same(polycard_resolve_t *resolve, size_t k,
    unsigned *is_same);
static const char *polycard_resolve_from(polycard_resolve_t *resolve,
    size_t k);
static int polycard_resolve_shift(polycard_resolve_t *resolve);
static int polycard_resolve_put(polycard_import_t *import,
    const uint32_t *list, size_t n, const char *from);
static int polycard_resolve_refuse(polycard_import_t *import,
    const uint32_t *list, size_t n, const char *reason);


/* large, and there is one */

static polycard_resolve_t  polycard_resolve_state;


int
polycard_resolve(polycard_import_t *import, unsigned final)
{
    int                  rc;
    size_t               i;
    polycard_way_e       way;
    polycard_resolve_t  *resolve;

    resolve = &polycard_resolve_state;
    resolve->import = import;

    for (i = 0; i < import->aside.n; i++) {

        if (import->aside.waiting[i].done) {
            continue;
        }

        if (polycard_stopped
            || polycard_resolve_way(resolve, i, &way) != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        switch (way) {

        case RESOLVE_RING_END:
            rc = polycard_resolve_ring(resolve);
            break;

        case RESOLVE_UNNAMED:
            rc = polycard_resolve_unnamed(resolve, final);
            break;

        default:
            rc = polycard_resolve_back(resolve, resolve->n);
        }

        if (rc != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


int
polycard_resolve_moves(polycard_import_t *import, uint64_t *n)
{
    size_t               i;
    unsigned             is_move;
    polycard_way_e       way;
    polycard_resolve_t  *resolve;

    resolve = &polycard_resolve_state;
    resolve->import = import;
    *n = 0;

    for (i = 0; i < import->aside.n; i++) {
        is_move = 0;

        if (polycard_stopped
            || polycard_resolve_way(resolve, i, &way) != NGX_POLYCARD_OK
            || (way == RESOLVE_UNNAMED
                && polycard_resolve_is_move(resolve, &is_move)
                   != NGX_POLYCARD_OK))
        {
            return NGX_POLYCARD_ERROR;
        }

        *n += is_move ? resolve->n : 0;
    }

    return NGX_POLYCARD_OK;
}


/* from row i to the holder of its card, whose row waits for another's ... */

static int
polycard_resolve_way(polycard_resolve_t *resolve, uint32_t i,
    polycard_way_e *way)
{
    int                  rc;
    size_t               k;
    polycard_waiting_t  *waiting;

    waiting = resolve->import->aside.waiting;
    resolve->path[0] = i;
    resolve->n = 1;

    do {
        waiting[resolve->path[resolve->n - 1]].seen = 1;
        rc = polycard_resolve_next(resolve, way);
    } while (rc == POLYCARD_RECORD);

    for (k = 0; k < resolve->n; k++) {
        waiting[resolve->path[k]].seen = 0;
    }

    return rc;
}


/* POLYCARD_RECORD: one more is at the end of the path */

static int
polycard_resolve_next(polycard_resolve_t *resolve, polycard_way_e *way)
{
    size_t              next;
    uint32_t            last;
    unsigned            named;
    polycard_aside_t   *aside;

    aside = &resolve->import->aside;
    last = resolve->path[resolve->n - 1];

    if (polycard_resolve_holder(resolve, last) != NGX_POLYCARD_OK
        || polycard_named_has(&resolve->import->named, resolve->holder,
                              strlen(resolve->holder), &named)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (resolve->holder[0] == '\0'
        || strcmp(resolve->holder, aside->waiting[last].phone) == 0)
    {
        *way = RESOLVE_FREE;
        return NGX_POLYCARD_OK;
    }

    next = polycard_aside_find(aside, resolve->holder);

    if (next == aside->n) {
        *way = named ? RESOLVE_HELD : RESOLVE_UNNAMED;
        return NGX_POLYCARD_OK;
    }

    if (aside->waiting[next].seen) {
        for (resolve->ring = 0; resolve->path[resolve->ring] != next;
             resolve->ring++)
        {
            /* void */
        }

        *way = RESOLVE_RING_END;
        return NGX_POLYCARD_OK;
    }

    resolve->path[resolve->n++] = next;

    return POLYCARD_RECORD;
}


/* finds the holder of the card that row i gives */

static int
polycard_resolve_holder(polycard_resolve_t *resolve, uint32_t i)
{
    polycard_import_t  *import;

    import = resolve->import;

    return (polycard_aside_read(&import->aside, i) == NGX_POLYCARD_OK)
           ? polycard_step_holder(import, &import->aside.row, resolve->holder)
           : NGX_POLYCARD_ERROR;
}


/* the last one's card is free by now, or cannot become free */

static int
polycard_resolve_back(polycard_resolve_t *resolve, size_t n)
{
    while (n > 0) {
        if (polycard_resolve_put(resolve->import, &resolve->path[--n], 1, NULL)
            != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_resolve_ring(polycard_resolve_t *resolve)
{
    if (polycard_resolve_put(resolve->import, &resolve->path[resolve->ring],
                             resolve->n - resolve->ring, NULL)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return polycard_resolve_back(resolve, resolve->ring);
}


static int
polycard_resolve_unnamed(polycard_resolve_t *resolve, unsigned final)
{
    unsigned  is_move, is_held;

    if (polycard_resolve_is_move(resolve, &is_move) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    is_held = polycard_missing_is_held(&resolve->import->missing);

    if (is_move && !is_held) {
        return polycard_resolve_shift(resolve);
    }

    if (is_move && final) {
        return polycard_resolve_refuse(resolve->import, resolve->path,
                                       resolve->n, POLYCARD_IMPORT_HELD);
    }

    return final ? polycard_resolve_back(resolve, resolve->n)
                 : NGX_POLYCARD_OK;
}


/* the first phone is new, and each in the path is the one with that card */

static int
polycard_resolve_is_move(polycard_resolve_t *resolve, unsigned *is_move)
{
    int       rc;
    size_t    k;
    unsigned  there;

    if (polycard_step_exists(resolve->import,
                             resolve->import->aside.waiting
                                 [resolve->path[0]].phone, &there)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    *is_move = !there;
    rc = NGX_POLYCARD_OK;

    for (k = 0; rc == NGX_POLYCARD_OK && *is_move && k < resolve->n; k++) {
        rc = polycard_resolve_is_same(resolve, k, is_move);
    }

    return rc;
}


/*
 * By the market's numbers.  If one of them is missing the card is proof
 * enough in a complete file.
 */

static int
polycard_resolve_is_same(polycard_resolve_t *resolve, size_t k,
    unsigned *is_same)
{
    uint64_t             number;
    polycard_import_t   *import;
    ngx_polycard_str_t   id;

    import = resolve->import;

    if (polycard_aside_read(&import->aside, resolve->path[k])
        != NGX_POLYCARD_OK
        || polycard_step_number(import, polycard_resolve_from(resolve, k),
                                &number)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    id = polycard_row_value(&import->aside.row, &polycard_record_id);

    *is_same = (id.len && number)
               ? polycard_table_key(id.data, id.len) == number
               : import->options.delete_missing;

    return NGX_POLYCARD_OK;
}


/* whose card the row k of the path has: the next one's, or the holder's */

static const char *
polycard_resolve_from(polycard_resolve_t *resolve, size_t k)
{
    return (k + 1 < resolve->n)
           ? resolve->import->aside.waiting[resolve->path[k + 1]].phone
           : resolve->holder;
}


static int
polycard_resolve_shift(polycard_resolve_t *resolve)
{
    size_t              k;
    const char         *from;
    polycard_import_t  *import;

    import = resolve->import;

    for (k = 0; k < resolve->n; k++) {
        from = polycard_resolve_from(resolve, k);

        if (polycard_step_move(import, from,
                               import->aside.waiting[resolve->path[k]].phone)
            != NGX_POLYCARD_OK
            || polycard_resolve_put(import, &resolve->path[k], 1, from)
               != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


/* in one step */

static int
polycard_resolve_put(polycard_import_t *import, const uint32_t *list,
    size_t n, const char *from)
{
    int              rc;
    size_t           i;
    polycard_row_t   row[POLYCARD_CALL_CLIENTS];

    if (n > POLYCARD_CALL_CLIENTS) {
        return polycard_resolve_refuse(import, list, n, RESOLVE_RING);
    }

    rc = NGX_POLYCARD_OK;
    memset(row, 0, sizeof(row));

    for (i = 0; rc == NGX_POLYCARD_OK && i < n; i++) {
        import->aside.waiting[list[i]].done = 1;

        rc = polycard_aside_read(&import->aside, list[i]);

        /* it belongs to this one from now on */

        row[i] = import->aside.row;
        import->aside.row.data = NULL;
    }

    if (rc == NGX_POLYCARD_OK) {
        rc = polycard_step_put(import, row, n, from);
    }

    while (i > 0) {
        free(row[--i].data);
    }

    return rc;
}


static int
polycard_resolve_refuse(polycard_import_t *import, const uint32_t *list,
    size_t n, const char *reason)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        import->aside.waiting[list[i]].done = 1;

        if (polycard_aside_read(&import->aside, list[i]) != NGX_POLYCARD_OK
            || polycard_import_refuse(import, &import->aside.row,
                                      reason)
               != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}
