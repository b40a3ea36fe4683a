
#include "import/ask.h"
#include "import/doubts.h"
#include "import/terminal.h"
#include "import/trial.h"

#include <string.h>


static int polycard_trial_ask(polycard_import_t *import, unsigned kept);
static void polycard_trial_show(const polycard_import_t *import);
static int polycard_trial_begin(polycard_import_t *import);


int
polycard_trial_run(polycard_import_t *import)
{
    int                  rc;
    polycard_options_t  *o;

    o = &import->options;

    if (o->dry_run || o->yes || import->reader.input.size == 0
        || !polycard_ask_can())
    {
        return NGX_POLYCARD_OK;
    }

    if (polycard_draft_open(&import->draft,
                            import->reader.input.size / POLYCARD_NAMED_ROW)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    import->trial = 1;
    rc = polycard_import_records(import);

    if (rc == NGX_POLYCARD_OK) {
        rc = polycard_import_finish(import);
    }

    import->trial = 0;

    polycard_terminal_clear();

    if (rc != NGX_POLYCARD_ERROR) {
        rc = polycard_trial_ask(import, rc == POLYCARD_REFUSED);
    }

    return (rc == NGX_POLYCARD_OK) ? polycard_trial_begin(import) : rc;
}


/* kept: nobody is to be deleted, which was said */

static int
polycard_trial_ask(polycard_import_t *import, unsigned kept)
{
    char               question[256];
    unsigned           much, damaged;
    polycard_tally_t  *tally;

    tally = &import->tally;
    much = polycard_doubts_refused(tally);

    if (!import->options.quiet || much || import->many) {
        polycard_trial_show(import);
    }

    damaged = polycard_doubts_print(tally, &import->record.table);

    if (!much && !damaged && !kept && !import->many) {
        return NGX_POLYCARD_OK;
    }

    if (much) {
        (void) snprintf(question, sizeof(question),
                        "%llu of %llu records are refused. %s",
                        (unsigned long long) tally->refused
                        + tally->swallowed,
                        (unsigned long long) tally->records
                        + tally->swallowed,
                        kept ? "Import the others, and delete nobody?"
                             : "Import the others?");
    } else {
        (void) snprintf(question, sizeof(question), "%s",
                        kept ? "Import it, and delete nobody?"
                             : "Import all the same?");
    }

    if (polycard_ask(question)) {
        return NGX_POLYCARD_OK;
    }

    if (!polycard_stopped) {
        polycard_say("nothing was imported; --dry-run lists what is refused");
    }

    (void) polycard_target_close(&import->refused.target, 0);

    return POLYCARD_REFUSED;
}


static void
polycard_trial_show(const polycard_import_t *import)
{
    polycard_tally_print(&import->tally, &import->record.table);

    (void) printf("%-14s%llu\n", "refused",
                  (unsigned long long) import->tally.refused);
    polycard_tally_print_reasons(&import->tally);

    if (import->options.delete_missing) {
        polycard_missing_print(&import->missing, 1);
    }
}


/* resets all as if nothing had been read; named clients are kept */

static int
polycard_trial_begin(polycard_import_t *import)
{
    unsigned           groups, compared;
    polycard_tally_t  *tally;

    tally = &import->tally;
    groups = tally->groups;
    compared = tally->compared;

    memset(tally, 0, sizeof(polycard_tally_t));

    tally->groups = groups;
    tally->compared = compared;

    /* whoever was asked has agreed */

    import->options.yes |= (import->many != 0);

    polycard_draft_close(&import->draft);
    memset(&import->draft, 0, sizeof(polycard_draft_t));
    polycard_aside_free(&import->aside);
    polycard_aside_init(&import->aside);

    polycard_terminal_restart();
    polycard_reader_close(&import->reader);

    return polycard_reader_open(&import->reader, &import->options,
                                &import->record);
}
