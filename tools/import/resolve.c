
#include "import/call.h"
#include "import/path.h"
#include "import/resolve.h"
#include "import/steps.h"
#include "import/terminal.h"

#include <stdlib.h>
#include <string.h>


#define RESOLVE_RING  "barcode goes round among too many clients"


static int polycard_resolve_back(polycard_path_t *path, size_t n);
static int polycard_resolve_ring(polycard_path_t *path);
static int polycard_resolve_unnamed(polycard_path_t *path);
static int polycard_resolve_leave(polycard_path_t *path);
static int polycard_resolve_shift(polycard_path_t *path);
static int polycard_resolve_put(polycard_import_t *import,
    const uint32_t *list, size_t n, const char *from);
static int polycard_resolve_refuse(polycard_import_t *import,
    const uint32_t *list, size_t n, const char *reason);


/* large, and there is one */

static polycard_path_t  polycard_resolve_path;


int
polycard_resolve(polycard_import_t *import, unsigned final)
{
    int                  rc;
    size_t               i;
    polycard_way_e       way;
    polycard_path_t     *path;

    path = &polycard_resolve_path;
    path->import = import;
    path->final = final;

    for (i = 0; i < import->aside.n; i++) {

        if (import->aside.waiting[i].done) {
            continue;
        }

        if (polycard_stopped
            || polycard_path_find(path, i, &way) != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        switch (way) {

        case POLYCARD_PATH_RING:
            rc = polycard_resolve_ring(path);
            break;

        case POLYCARD_PATH_UNNAMED:
            rc = polycard_resolve_unnamed(path);
            break;

        case POLYCARD_PATH_LEFT:
            rc = polycard_resolve_leave(path);
            break;

        default:
            rc = polycard_resolve_back(path, path->n);
        }

        if (rc != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


/* each row once: as if it were written, or refused, with its path */

int
polycard_resolve_moves(polycard_import_t *import, uint64_t *n)
{
    size_t               i, k;
    unsigned             is_move;
    polycard_way_e       way;
    polycard_path_t     *path;

    path = &polycard_resolve_path;
    path->import = import;
    path->final = 0;
    *n = 0;

    for (i = 0; i < import->aside.n; i++) {
        is_move = 0;

        if (import->aside.waiting[i].done) {
            continue;
        }

        if (polycard_stopped
            || polycard_path_find(path, i, &way) != NGX_POLYCARD_OK
            || (way == POLYCARD_PATH_UNNAMED
                && polycard_path_is_move(path, &is_move)
                   != NGX_POLYCARD_OK))
        {
            return NGX_POLYCARD_ERROR;
        }

        if (way == POLYCARD_PATH_LEFT
            || (way == POLYCARD_PATH_UNNAMED && !is_move))
        {
            (void) polycard_resolve_leave(path);
            continue;
        }

        *n += is_move ? path->n : 0;

        for (k = 0; k < path->n; k++) {
            import->aside.waiting[path->row[k]].done = 1;
        }
    }

    for (i = 0; i < import->aside.n; i++) {
        import->aside.waiting[i].done = 0;
        import->aside.waiting[i].left = 0;
        import->aside.waiting[i].other = 0;
    }

    return NGX_POLYCARD_OK;
}


/* the last one's card is free by now, or cannot become free */

static int
polycard_resolve_back(polycard_path_t *path, size_t n)
{
    while (n > 0) {
        if (polycard_resolve_put(path->import, &path->row[--n], 1, NULL)
            != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_resolve_ring(polycard_path_t *path)
{
    if (polycard_resolve_put(path->import, &path->row[path->ring],
                             path->n - path->ring, NULL)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return polycard_resolve_back(path, path->ring);
}


static int
polycard_resolve_unnamed(polycard_path_t *path)
{
    unsigned  is_move, is_held;

    if (polycard_path_is_move(path, &is_move) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    is_held = polycard_missing_is_held(&path->import->missing);

    if (is_move && !is_held) {
        return polycard_resolve_shift(path);
    }

    if (!path->final) {
        return polycard_resolve_leave(path);
    }

    return is_move
           ? polycard_resolve_refuse(path->import, path->row,
                                     path->n, POLYCARD_IMPORT_HELD)
           : polycard_resolve_back(path, path->n);
}


/* who stands at its end may be deleted later */

static int
polycard_resolve_leave(polycard_path_t *path)
{
    size_t  k;

    for (k = 0; k < path->n; k++) {
        path->import->aside.waiting[path->row[k]].left = 1;
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_resolve_shift(polycard_path_t *path)
{
    size_t              k;
    const char         *from;
    polycard_import_t  *import;

    import = path->import;

    for (k = 0; k < path->n; k++) {
        from = polycard_path_from(path, k);

        if (polycard_step_move(import, from,
                               import->aside.waiting[path->row[k]].phone)
            != NGX_POLYCARD_OK
            || polycard_resolve_put(import, &path->row[k], 1, from)
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
