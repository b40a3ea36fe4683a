
/*
 * The path from a row that waits to the holder of its card, whose row waits for
 * another's, and so on.
 */


#ifndef _POLYCARD_PATH_H_INCLUDED_
#define _POLYCARD_PATH_H_INCLUDED_


#include "import/import.h"


/* how it ends */

typedef enum {
    POLYCARD_PATH_FREE,        /* nobody has that card */
    POLYCARD_PATH_RING,        /* back at row[ring] */
    POLYCARD_PATH_HELD,        /* somebody whose row does not wait */
    POLYCARD_PATH_UNNAMED,     /* somebody whom the file does not name */
    POLYCARD_PATH_LEFT         /* on a path that ended there, and waits on */
} polycard_way_e;


typedef struct {
    polycard_import_t   *import;
    unsigned             final;      /* no row waits on */

    uint32_t             row[POLYCARD_ASIDE_MAX];
    size_t               n;
    size_t               ring;
    char                 holder[NGX_POLYCARD_PHONE_LEN + 1];
                                     /* of the last one's card, or "" */
    unsigned             same;       /* so far the path may be a move */
} polycard_path_t;


/*
 * From row i of those that wait, with import and final set.
 * NGX_POLYCARD_ERROR, here and below: it was said why.
 */
int polycard_path_find(polycard_path_t *path, uint32_t i,
    polycard_way_e *way);

/* the first phone is new, and each in the path is the one with that card */
int polycard_path_is_move(polycard_path_t *path, unsigned *is_move);

/* whose card the row k of the path has: the next one's, or the holder's */
const char *polycard_path_from(const polycard_path_t *path, size_t k);


#endif /* _POLYCARD_PATH_H_INCLUDED_ */
