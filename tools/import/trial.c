
#include "import/ask.h"
#include "import/doubts.h"
#include "import/terminal.h"
#include "import/trial.h"

#include <string.h>


static int polycard_trial_ask(polycard_import_t *import);
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

    import->trial = 1;
    rc = polycard_import_records(import);
    import->trial = 0;

    polycard_terminal_clear();

    if (rc == NGX_POLYCARD_OK) {
        rc = polycard_trial_ask(import);
    }

    return (rc == NGX_POLYCARD_OK) ? polycard_trial_begin(import) : rc;
}


static int
polycard_trial_ask(polycard_import_t *import)
{
    char               question[256];
    unsigned           much, damaged;
    polycard_tally_t  *tally;

    tally = &import->tally;
    much = polycard_doubts_refused(tally);

    if (!import->options.quiet || much) {
        polycard_tally_print(tally, &import->record.table);
        (void) printf("%-14s%llu\n", "refused",
                      (unsigned long long) tally->refused);
        polycard_tally_print_reasons(tally);
    }

    damaged = polycard_doubts_print(tally, &import->record.table);

    if (!much && !damaged) {
        return NGX_POLYCARD_OK;
    }

    (void) snprintf(question, sizeof(question), much
                    ? "%llu of %llu records are refused. Import the others?"
                    : "Import all the same?",
                    (unsigned long long) (tally->refused + tally->swallowed),
                    (unsigned long long) (tally->records + tally->swallowed));

    if (polycard_ask(question)) {
        return NGX_POLYCARD_OK;
    }

    if (!polycard_stopped) {
        polycard_say("nothing was imported; --dry-run lists what is refused");
    }

    (void) polycard_target_close(&import->refused.target, 0);

    return POLYCARD_REFUSED;
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

    polycard_terminal_restart();
    polycard_reader_close(&import->reader);

    return polycard_reader_open(&import->reader, &import->options,
                                &import->record);
}
