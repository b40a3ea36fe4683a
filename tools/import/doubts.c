
#include "import/doubts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>


/* in the reasons of values.c */
#define DOUBTS_SPREADSHEET  "spreadsheet"

/* fewer prove nothing */
#define DOUBTS_LEAST        10


static uint64_t polycard_doubts_damaged(const polycard_tally_t *tally,
    const ngx_polycard_str_t *name);
static void polycard_doubts_line(const ngx_polycard_str_t *name,
    const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static unsigned polycard_doubts_is_much(uint64_t part, uint64_t all);


unsigned
polycard_doubts_print(const polycard_tally_t *tally,
    const ngx_polycard_table_t *table)
{
    size_t                           i;
    unsigned                         n;
    uint64_t                         count;
    const ngx_polycard_str_t        *name;
    const ngx_polycard_attribute_t  *a;

    n = 0;

    for (i = 0; i < table->n; i++) {
        a = &table->attribute[i];
        name = &a->name;

        count = polycard_doubts_damaged(tally, name);

        if (count) {
            n++;
            polycard_doubts_line(name,
                                 "a spreadsheet has changed values "
                                 "(%llu found)",
                                 (unsigned long long) count);
        }

        if (polycard_doubts_is_much(tally->removed[i], tally->stored)) {
            n++;
            polycard_doubts_line(name, "%llu of %llu clients would lose "
                                 "it",
                                 (unsigned long long) tally->removed[i],
                                 (unsigned long long) tally->stored);
        }

        if ((i == 0 || a->type == NGX_POLYCARD_TYPE_CARD
             || a->type == NGX_POLYCARD_TYPE_ID)
            && polycard_doubts_is_much(tally->replaced[i], tally->stored))
        {
            n++;
            polycard_doubts_line(name, "%llu of %llu clients would get "
                                 "another one",
                                 (unsigned long long) tally->replaced[i],
                                 (unsigned long long) tally->stored);
        }

        if (i && a->type == NGX_POLYCARD_TYPE_ID && tally->numbers.count
            && !tally->groups)
        {
            n++;
            polycard_doubts_line(name, "%llu records have that of another one",
                                 (unsigned long long) tally->numbers.count);
        }

        if (a->type == NGX_POLYCARD_TYPE_CARD && tally->rounded == tally->cards
            && tally->cards >= DOUBTS_LEAST)
        {
            n++;
            polycard_doubts_line(name, "all of 16 and more digits end "
                                 "with 0, as a spreadsheet rounds them");
        }
    }

    return n;
}


/* how many values a spreadsheet has damaged, by the reasons of refusals */

static uint64_t
polycard_doubts_damaged(const polycard_tally_t *tally,
    const ngx_polycard_str_t *name)
{
    size_t                    i;
    uint64_t                  count;
    const polycard_reason_t  *reason;

    count = 0;

    for (i = 0; i < tally->reasons; i++) {
        reason = &tally->reason[i];

        if (strncmp(reason->text, (char *) name->data, name->len) == 0
            && reason->text[name->len] == ' '
            && strstr(reason->text, DOUBTS_SPREADSHEET))
        {
            count += reason->count;
        }
    }

    return count;
}


static void
polycard_doubts_line(const ngx_polycard_str_t *name, const char *fmt, ...)
{
    va_list  args;

    (void) printf("%-14s%.*s: ", "damaged?", (int) name->len,
                  (char *) name->data);

    va_start(args, fmt);
    (void) vprintf(fmt, args);
    va_end(args);

    (void) printf("\n");
}


static unsigned
polycard_doubts_is_much(uint64_t part, uint64_t all)
{
    return part >= DOUBTS_LEAST && part * POLYCARD_DOUBTS_SHARE > all;
}


unsigned
polycard_doubts_refused(const polycard_tally_t *tally)
{
    return (tally->refused + tally->swallowed) * POLYCARD_DOUBTS_SHARE
           > tally->records + tally->swallowed;
}
