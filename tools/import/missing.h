
/*
 * --delete-missing: which phones a file has named, in a temporary file of one
 * bit for each number that there can be, and what becomes of the others.
 */


#ifndef _POLYCARD_MISSING_H_INCLUDED_
#define _POLYCARD_MISSING_H_INCLUDED_


#include "import/walk.h"


typedef struct {
    int                        fd;
    const polycard_options_t  *options;
    polycard_redis_t          *redis;
    polycard_walk_t            walk;

    uint64_t                   missing;      /* clients that were not named */
    uint64_t                   deleted;
    unsigned                   nameless;     /* records without a phone */
} polycard_missing_t;


/*
 * Nobody is named yet.  Only those who are clients now can be missing later:
 * whoever registers meanwhile stays.
 */
int polycard_missing_open(polycard_missing_t *missing,
    polycard_redis_t *redis, const polycard_options_t *o);
void polycard_missing_close(polycard_missing_t *missing);

/* this phone was named; without one nobody knows who was meant */
int polycard_missing_name(polycard_missing_t *missing,
    const ngx_polycard_str_t *phone);

/*
 * Deletes who was not named, or only counts them in a dry run.
 * NGX_POLYCARD_OK; POLYCARD_REFUSED: nobody was deleted, and it was said why;
 * NGX_POLYCARD_ERROR: said, or polycard_stopped.
 */
int polycard_missing_delete(polycard_missing_t *missing);


#endif /* _POLYCARD_MISSING_H_INCLUDED_ */
