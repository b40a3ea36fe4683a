
#include "import/doubts.h"
#include "import/import.h"
#include "import/terminal.h"

#include <stdio.h>


static void polycard_import_unread(const polycard_tally_t *tally);
static void polycard_import_go_on(polycard_import_t *import);
static void polycard_import_summary(polycard_import_t *import);


/* the summary at the end, and the exit status */

int
polycard_import_outcome(polycard_import_t *import, int rc)
{
    uint64_t             refused;
    polycard_options_t  *o;

    o = &import->options;
    refused = import->refused.count;

    polycard_terminal_clear();

    if (polycard_refused_close(&import->refused) != NGX_POLYCARD_OK) {
        rc = NGX_POLYCARD_ERROR;
    }

    if (!o->quiet) {
        polycard_import_summary(import);
    }

    polycard_import_unread(&import->tally);

    if (!import->reader.table) {
        polycard_members_tell(&import->reader.members);
    }

    if (rc == NGX_POLYCARD_ERROR && !o->dry_run) {
        polycard_import_go_on(import);
    }

    if (rc == NGX_POLYCARD_ERROR) {
        return polycard_stopped ? POLYCARD_EXIT_STOPPED
                                : POLYCARD_EXIT_FAILED;
    }

    return (refused || rc == POLYCARD_REFUSED) ? POLYCARD_EXIT_REFUSED
                                               : POLYCARD_EXIT_OK;
}


/* clients may be in them, so that this is said in any case */

static void
polycard_import_unread(const polycard_tally_t *tally)
{
    if (tally->swallowed) {
        polycard_say("lines that were not read: %llu. Quotes of refused "
                     "records take them in, the first one from line %llu. "
                     "Is it an extra quote?",
                     (unsigned long long) tally->swallowed,
                     (unsigned long long) tally->first);
    }
}


/* a failover takes back what the replica had not received */

static void
polycard_import_go_on(polycard_import_t *import)
{
    if (import->uncertain) {
        polycard_say("all was written, but the last of it may be lost. Run it "
                     "again: records that are there already do no harm");
        return;
    }

    polycard_say("%s; what is up to line %llu %s. Run it again to go on: "
                 "records that are there already do no harm",
                 polycard_stopped ? "interrupted" : "broken off",
                 (unsigned long long) import->confirmed,
                 import->redis.server.fails_over && !polycard_stopped
                 ? "was written, but a failover may have lost the last of it"
                 : "is in Redis");
}


static void
polycard_import_summary(polycard_import_t *import)
{
    polycard_options_t  *o;

    o = &import->options;

    polycard_tally_print(&import->tally, &import->record.table);

    if (import->reader.blank) {
        (void) printf("%-14s%llu\n", "blank",
                      (unsigned long long) import->reader.blank);
    }

    if (import->reader.totals) {
        (void) printf("%-14s%llu\n", "totals",
                      (unsigned long long) import->reader.totals);
    }

    (void) printf("%-14s%llu", "refused",
                  (unsigned long long) import->refused.count);

    if (import->refused.count && import->refused.target.path[0]) {
        (void) printf(" (");
        polycard_terminal_print(stdout, import->refused.target.path);
        (void) printf(")");
    }

    (void) printf("\n");
    polycard_tally_print_reasons(&import->tally);

    if (o->dry_run) {
        (void) polycard_doubts_print(&import->tally, &import->record.table);
    }

    if (o->delete_missing) {
        polycard_missing_print(&import->missing, o->dry_run);
    }

    (void) printf("%-14s%.1f s, %.0f records a second\n", "time",
                  import->seconds,
                  import->seconds > 0
                  ? import->tally.records / import->seconds : 0);
}
