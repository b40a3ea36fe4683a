
#include "import/import.h"
#include "import/plan.h"
#include "import/resolve.h"
#include "import/terminal.h"

#include <string.h>


static int polycard_import_bound(polycard_import_t *import);
static int polycard_import_delete(polycard_import_t *import);


/* rows that wait, and missing clients, whose cards are free then */

int
polycard_import_finish(polycard_import_t *import)
{
    int       rc;
    unsigned  final;

    final = !import->options.delete_missing;

    if ((final && polycard_import_bound(import) != NGX_POLYCARD_OK)
        || polycard_resolve(import, 0) != NGX_POLYCARD_OK
        || (final && polycard_resolve(import, 1) != NGX_POLYCARD_OK))
    {
        return NGX_POLYCARD_ERROR;
    }

    import->seconds = polycard_terminal_seconds();

    if (final) {
        return NGX_POLYCARD_OK;
    }

    rc = polycard_import_delete(import);

    import->draft.deleted = (rc == NGX_POLYCARD_OK);

    if (rc != NGX_POLYCARD_ERROR
        && polycard_resolve(import, 1) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return rc;
}


/* a file of a part, whose column of phones is wrong, must not move them all */

static int
polycard_import_bound(polycard_import_t *import)
{
    uint64_t             n[POLYCARD_MISSING_WALKS];
    polycard_options_t  *o;

    o = &import->options;

    /* without a market there is nobody to be moved, and no Redis to ask */

    if (!import->tally.compared || o->yes || o->force
        || import->aside.n <= POLYCARD_MISSING_LEAST)
    {
        return NGX_POLYCARD_OK;
    }

    /* they are known by their cards */

    memset(n, 0, sizeof(n));

    if (polycard_resolve_moves(import, &n[0]) != NGX_POLYCARD_OK
        || polycard_missing_open(&import->missing, &import->redis, o,
                                 &import->named)
           != NGX_POLYCARD_OK
        || polycard_missing_hold(&import->missing, n) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (import->missing.held == 0) {
        return NGX_POLYCARD_OK;
    }

    /* somebody is asked */

    if (import->trial && !o->dry_run) {
        import->missing.held = 0;
        import->many = n[0];
        return NGX_POLYCARD_OK;
    }

    polycard_say("nobody is moved: %llu of %lld clients would get another "
                 "phone, and no more than %lld may at once; --yes moves them",
                 (unsigned long long) n[0], import->missing.bound[0].clients,
                 import->missing.bound[0].allowed);

    return NGX_POLYCARD_OK;
}


static int
polycard_import_delete(polycard_import_t *import)
{
    if (import->tally.records == 0) {
        polycard_say("nobody is deleted: the file names nobody");
        return POLYCARD_REFUSED;
    }

    if (polycard_plan_changed(&import->reader)) {
        polycard_say("nobody is deleted: the file has changed while it was "
                     "read");
        return POLYCARD_REFUSED;
    }

    /* in a trial who moved is still there, with the old phone */

    import->missing.draft = import->trial ? &import->draft : NULL;

    return polycard_missing_delete(&import->missing);
}
