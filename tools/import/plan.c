
#include "import/plan.h"
#include "import/terminal.h"


static unsigned polycard_plan_has_bonus(const polycard_reader_t *reader,
    const polycard_record_t *record);


/* large, and there is one */

static polycard_reader_t  polycard_plan_reader;


int
polycard_plan_check(const polycard_reader_t *reader,
    const polycard_options_t *o, polycard_record_t *record)
{
    int                 rc;
    polycard_reader_t  *plan;

    if (reader->size == 0 || o->money
        || !polycard_plan_has_bonus(reader, record))
    {
        return NGX_POLYCARD_OK;
    }

    plan = &polycard_plan_reader;
    rc = polycard_reader_open(plan, o, record);

    if (rc == NGX_POLYCARD_OK) {
        do {
            rc = polycard_stopped ? NGX_POLYCARD_ERROR
                                  : polycard_reader_next(plan, record);
        } while ((rc == POLYCARD_RECORD || rc == POLYCARD_REFUSED)
                 && !record->values.doubt);

        if (record->values.doubt) {
            polycard_plan_doubt(plan->line);
        }
    }

    polycard_reader_close(plan);

    return (rc == POLYCARD_END) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


static unsigned
polycard_plan_has_bonus(const polycard_reader_t *reader,
    const polycard_record_t *record)
{
    size_t  i;

    if (!record->values.table || record->table.n <= NGX_POLYCARD_CLIENT_BONUS
        || record->attribute[0].type != NGX_POLYCARD_TYPE_PHONE)
    {
        return 0;
    }

    for (i = 0; i < reader->columns.n; i++) {
        if (reader->columns.index[i] == NGX_POLYCARD_CLIENT_BONUS) {
            return 1;
        }
    }

    return 0;
}


void
polycard_plan_doubt(uint64_t line)
{
    polycard_say("line %llu: bonuses may be hryvnias or kopecks; --money "
                 "hryvnia or --money kopeck says it",
                 (unsigned long long) line);
}
