
/* --delete-missing: what becomes of clients whom the file does not name. */


#ifndef _POLYCARD_MISSING_H_INCLUDED_
#define _POLYCARD_MISSING_H_INCLUDED_


#include "import/draft.h"
#include "import/kept.h"
#include "import/named.h"
#include "import/walk.h"


/* so many may go in any case, as in redis-scripts/guard.lua */
#define POLYCARD_MISSING_LEAST  20

/* those whom Polycard sees, and those who have no card yet */
#define POLYCARD_MISSING_WALKS  2


/* of those in one index */

typedef struct {
    long long                  clients;      /* that the market has, and ... */
    long long                  allowed;      /* how many of them may go */
    uint64_t                   missing;
} polycard_missing_bound_t;


typedef struct {
    const polycard_options_t  *options;
    polycard_redis_t          *redis;
    polycard_walk_t            walk[POLYCARD_MISSING_WALKS];
    size_t                     walks;        /* whose index can be read */
    size_t                     at;           /* the one that is walked now */
    polycard_missing_bound_t   bound[POLYCARD_MISSING_WALKS];
    polycard_table_t          *named;        /* by the file */
    polycard_kept_t            kept;
    unsigned                   looked;       /* all of these are known */

    uint64_t                   keeps;        /* of those who are not named */
    uint64_t                   missing;      /* clients that were not named */
    uint64_t                   deleted;

    uint64_t                   held;         /* more than are allowed, of */
    size_t                     held_at;      /* ... these */
    unsigned                   nameless;     /* records without a phone */
    polycard_draft_t          *draft;        /* nobody is deleted in a trial,
                                                who moved is not missing */
} polycard_missing_t;


/* one who was not named; NGX_POLYCARD_ERROR ends it, having said why */
typedef int (*polycard_missing_each_pt)(void *data, const char *phone,
    size_t len);


/*
 * Only those who are clients now can be missing later: whoever registers
 * meanwhile stays.
 */
int polycard_missing_open(polycard_missing_t *missing,
    polycard_redis_t *redis, const polycard_options_t *o,
    polycard_table_t *named);
void polycard_missing_close(polycard_missing_t *missing);

/*
 * Once, when the file's clients are known and before all of the following: who
 * of the others has registered and is to be kept.  The pipeline must be empty,
 * and has another handler afterwards.
 */
int polycard_missing_look(polycard_missing_t *missing);

/*
 * Goes over all of them who are not named, but for those who are kept.  each()
 * may send commands, whose answers are waited for.
 */
int polycard_missing_each(polycard_missing_t *missing,
    polycard_missing_each_pt each, void *data);

/*
 * A client who gets another phone is deleted for Polycard, too.  So before the
 * first one is moved: may all of those go whose phones are not named?  n: how
 * many they are of each walk.  If not, polycard_missing_is_held() is true from
 * now on.
 */
int polycard_missing_hold(polycard_missing_t *missing, const uint64_t *n);

/* nobody may be deleted, or get another phone */
unsigned polycard_missing_is_held(const polycard_missing_t *missing);

/*
 * Deletes who was not named, or only counts them in a trial.
 * NGX_POLYCARD_OK; POLYCARD_REFUSED: nobody was deleted, and it was said why;
 * NGX_POLYCARD_ERROR: said, or polycard_stopped.
 */
int polycard_missing_delete(polycard_missing_t *missing);

/* for the summary: how many are missing, or were deleted, and how many kept */
void polycard_missing_print(const polycard_missing_t *missing,
    unsigned trial);


#endif /* _POLYCARD_MISSING_H_INCLUDED_ */
