
#include "import/path.h"
#include "import/steps.h"

#include <string.h>


static int polycard_path_next(polycard_path_t *path, polycard_way_e *way);
static int polycard_path_is_left(polycard_path_t *path, size_t next,
    unsigned *is_left);
static int polycard_path_holder(polycard_path_t *path, uint32_t i);
static int polycard_path_is_same(polycard_path_t *path, size_t k,
    unsigned *is_same);


int
polycard_path_find(polycard_path_t *path, uint32_t i,
    polycard_way_e *way)
{
    int                  rc;
    size_t               k;
    polycard_waiting_t  *waiting;

    waiting = path->import->aside.waiting;
    path->row[0] = i;
    path->n = 1;
    path->same = 0;

    do {
        waiting[path->row[path->n - 1]].seen = 1;
        rc = polycard_path_next(path, way);
    } while (rc == POLYCARD_RECORD);

    for (k = 0; k < path->n; k++) {
        waiting[path->row[k]].seen = 0;
    }

    return rc;
}


/* POLYCARD_RECORD: one more is at the end of the path */

static int
polycard_path_next(polycard_path_t *path, polycard_way_e *way)
{
    size_t              next;
    uint32_t            last;
    unsigned            named, is_left;
    polycard_aside_t   *aside;

    aside = &path->import->aside;
    last = path->row[path->n - 1];

    if (polycard_path_holder(path, last) != NGX_POLYCARD_OK
        || polycard_named_has(&path->import->named, path->holder,
                              strlen(path->holder), &named)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (path->holder[0] == '\0'
        || strcmp(path->holder, aside->waiting[last].phone) == 0)
    {
        *way = POLYCARD_PATH_FREE;
        return NGX_POLYCARD_OK;
    }

    next = polycard_aside_find(aside, path->holder);

    if (next == aside->n) {
        *way = named ? POLYCARD_PATH_HELD : POLYCARD_PATH_UNNAMED;
        return NGX_POLYCARD_OK;
    }

    if (aside->waiting[next].seen) {
        for (path->ring = 0; path->row[path->ring] != next;
             path->ring++)
        {
            /* void */
        }

        *way = POLYCARD_PATH_RING;
        return NGX_POLYCARD_OK;
    }

    if (polycard_path_is_left(path, next, &is_left) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    if (is_left) {
        *way = POLYCARD_PATH_LEFT;
        return NGX_POLYCARD_OK;
    }

    path->row[path->n++] = next;

    return POLYCARD_RECORD;
}


/*
 * From there on the path is one that was left.  Only a move goes on, so that
 * many paths with one end take no longer than their rows.
 */

static int
polycard_path_is_left(polycard_path_t *path, size_t next,
    unsigned *is_left)
{
    const polycard_waiting_t  *one;

    one = &path->import->aside.waiting[next];
    *is_left = 0;

    if (path->final || !one->left) {
        return NGX_POLYCARD_OK;
    }

    if (!path->same && !one->other
        && polycard_path_is_move(path, &path->same)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    *is_left = (one->other || !path->same
                || polycard_missing_is_held(&path->import->missing));

    return NGX_POLYCARD_OK;
}


/* finds the holder of the card that row i gives */

static int
polycard_path_holder(polycard_path_t *path, uint32_t i)
{
    polycard_import_t  *import;

    import = path->import;

    return (polycard_aside_read(&import->aside, i) == NGX_POLYCARD_OK)
           ? polycard_step_holder(import, &import->aside.row, path->holder)
           : NGX_POLYCARD_ERROR;
}


int
polycard_path_is_move(polycard_path_t *path, unsigned *is_move)
{
    int       rc;
    size_t    k;
    unsigned  there;

    if (polycard_step_exists(path->import,
                             path->import->aside.waiting
                                 [path->row[0]].phone, &there)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    *is_move = !there;
    rc = NGX_POLYCARD_OK;

    for (k = 0; rc == NGX_POLYCARD_OK && *is_move && k < path->n; k++) {
        rc = polycard_path_is_same(path, k, is_move);
    }

    return rc;
}


/*
 * By the market's numbers.  If one of them is missing the card is proof
 * enough in a complete file.
 */

static int
polycard_path_is_same(polycard_path_t *path, size_t k,
    unsigned *is_same)
{
    uint64_t             number;
    polycard_import_t   *import;
    ngx_polycard_str_t   id;

    import = path->import;

    if (polycard_aside_read(&import->aside, path->row[k])
        != NGX_POLYCARD_OK
        || polycard_step_number(import, polycard_path_from(path, k),
                                &number)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    id = polycard_row_value(&import->aside.row, &polycard_record_id);

    *is_same = (id.len && number)
               ? polycard_table_key(id.data, id.len) == number
               : import->options.delete_missing;

    import->aside.waiting[path->row[k]].other = !*is_same;

    return NGX_POLYCARD_OK;
}


const char *
polycard_path_from(const polycard_path_t *path, size_t k)
{
    return (k + 1 < path->n)
           ? path->import->aside.waiting[path->row[k + 1]].phone
           : path->holder;
}
