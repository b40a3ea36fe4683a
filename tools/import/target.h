
/*
 * A file that is written: what the tool reads is never overwritten, and an
 * existing file is replaced only when the new one is complete.
 */


#ifndef _POLYCARD_TARGET_H_INCLUDED_
#define _POLYCARD_TARGET_H_INCLUDED_


#include "import/options.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>


typedef struct {
    FILE       *file;               /* to be written to */
    char        path[PATH_MAX];     /* as it was named */
    char        real[PATH_MAX];     /* where links lead */
    char        temp[PATH_MAX];     /* as long as it is written; "": written
                                       through */
    int         error;              /* errno of the first write that failed */
    unsigned    linked:1;           /* path is a link */
} polycard_target_t;


/*
 * Opens it.
 *
 *   - A link is followed; a dangling one is refused.
 *   - A regular file, or none, is written under another name beside it and
 *     gets its own by polycard_target_close().  Mode and owner stay; a new one
 *     is for its owner only.
 *   - A pipe, a terminal or another character device is written to.  A disk
 *     is refused.
 *   - So is what the options read from: a file, by whatever name, or standard
 *     input.
 *
 * NGX_POLYCARD_ERROR after a message; hint follows it, or is NULL.  To be
 * closed in any case.
 */
int polycard_target_open(polycard_target_t *target, const char *path,
    const polycard_options_t *o, const char *hint);

/*
 * Has a write to it failed?  To be called at once, while errno is valid: no
 * more must be written then.
 */
unsigned polycard_target_failed(polycard_target_t *target);

/*
 * keep: it is complete and gets its name; else the old file stays.
 * NGX_POLYCARD_ERROR after a message: it could not be written.
 */
int polycard_target_close(polycard_target_t *target, unsigned keep);


#endif /* _POLYCARD_TARGET_H_INCLUDED_ */
