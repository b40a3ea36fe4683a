
#include "import/reader.h"
#include "import/tally.h"
#include "import/terminal.h"

#include <stdio.h>
#include <string.h>


#define TALLY_OTHERS  "other reasons"

/* spreadsheets round numbers of so many digits: they keep 15 */
#define TALLY_DIGITS  16


static void polycard_tally_reason(polycard_tally_t *tally, const char *text,
    size_t len);
static void polycard_tally_line(const char *name, uint64_t count);
static void polycard_tally_print_differs(const polycard_tally_t *tally,
    const ngx_polycard_table_t *table);
static void polycard_tally_print_twice(const char *name,
    const polycard_twice_t *twice, const char *word);


void
polycard_tally_twice(polycard_twice_t *twice, uint64_t line, uint64_t earlier)
{
    if (twice->count < POLYCARD_TALLY_REPEATED) {
        twice->line[twice->count] = line;
        twice->earlier[twice->count] = earlier;
    }

    twice->count++;
}


void
polycard_tally_swallow(polycard_tally_t *tally, uint64_t line, uint64_t count)
{
    if (count && tally->swallowed == 0) {
        tally->first = line;
    }

    tally->swallowed += count;
}


void
polycard_tally_refuse(polycard_tally_t *tally, const char *reasons)
{
    const char  *end;

    tally->refused++;

    for ( ;; ) {
        end = strstr(reasons, "; ");

        polycard_tally_reason(tally, reasons, end ? (size_t) (end - reasons)
                                                  : strlen(reasons));
        if (end == NULL) {
            return;
        }

        reasons = end + 2;
    }
}


static void
polycard_tally_reason(polycard_tally_t *tally, const char *text, size_t len)
{
    char                buf[POLYCARD_TALLY_TEXT], *lines;
    size_t              i;
    polycard_reason_t  *reason;

    (void) snprintf(buf, sizeof(buf), "%.*s", (int) len, text);

    /* they differ between rows */

    lines = strstr(buf, POLYCARD_READER_LINES);

    if (lines) {
        *lines = '\0';
    }

    for (i = 0; i < tally->reasons; i++) {
        if (strcmp(tally->reason[i].text, buf) == 0) {
            break;
        }
    }

    reason = &tally->reason[i];

    if (i == tally->reasons && i < POLYCARD_TALLY_REASONS) {
        tally->reasons++;
        (void) strcpy(reason->text, buf);
    }

    reason->count++;

    /* whatever is most frequent comes first */

    for ( /* void */ ; i > 0 && i < POLYCARD_TALLY_REASONS
                       && reason->count > reason[-1].count; i--, reason--)
    {
        polycard_reason_t  other = reason[-1];

        reason[-1] = reason[0];
        reason[0] = other;
    }
}


void
polycard_tally_card(polycard_tally_t *tally, const ngx_polycard_str_t *card)
{
    size_t  i;

    for (i = 0; i < card->len; i++) {
        if (card->data[i] < '0' || card->data[i] > '9') {
            return;
        }
    }

    if (card->len >= TALLY_DIGITS) {
        tally->cards++;
        tally->rounded += (card->data[card->len - 1] == '0');
    }
}


/* name: behind the end of the line before it */

static void
polycard_tally_line(const char *name, uint64_t count)
{
    (void) printf("%-*s%llu", name[0] == '\n' ? 15 : 14, name,
                  (unsigned long long) count);
}


void
polycard_tally_print(const polycard_tally_t *tally,
    const ngx_polycard_table_t *table)
{
    polycard_tally_line("records", tally->records);

    if (tally->compared) {
        polycard_tally_line("\nnew", tally->created);
        polycard_tally_line("\nchanged", tally->changed);
        polycard_tally_print_differs(tally, table);
        polycard_tally_line("\nunchanged", tally->same);
    }

    if (tally->moved) {
        polycard_tally_line("\nmoved", tally->moved);
    }

    polycard_tally_print_twice("\nrepeated", &tally->repeated, "over");
    polycard_tally_print_twice("\nsame id", &tally->numbers, "as");

    if (tally->cardless && !tally->groups) {
        polycard_tally_line("\nwithout card", tally->cardless);
    }

    (void) printf("\n");
}


static void
polycard_tally_print_differs(const polycard_tally_t *tally,
    const ngx_polycard_table_t *table)
{
    size_t       i;
    const char  *before;

    before = " (";

    for (i = 1; i < table->n; i++) {
        if (tally->differs[i]) {
            (void) printf("%s%.*s %llu", before,
                          (int) table->attribute[i].name.len,
                          (char *) table->attribute[i].name.data,
                          (unsigned long long) tally->differs[i]);
            before = ", ";
        }
    }

    (void) printf("%s", before[0] == ',' ? ")" : "");
}


static void
polycard_tally_print_twice(const char *name, const polycard_twice_t *twice,
    const char *word)
{
    size_t    i;
    uint64_t  n;

    n = twice->count;

    if (n == 0) {
        return;
    }

    polycard_tally_line(name, n);
    n = (n > POLYCARD_TALLY_REPEATED) ? POLYCARD_TALLY_REPEATED : n;

    for (i = 0; i < n; i++) {
        (void) printf("%sline %llu %s line %llu", i ? ", " : " (",
                      (unsigned long long) twice->line[i], word,
                      (unsigned long long) twice->earlier[i]);
    }

    (void) printf("%s", n < twice->count ? " ...)" : ")");
}


void
polycard_tally_print_reasons(const polycard_tally_t *tally)
{
    size_t                    i;
    const polycard_reason_t  *reason;

    for (i = 0; i <= POLYCARD_TALLY_REASONS; i++) {
        reason = &tally->reason[i];

        if (reason->count) {
            (void) printf("%14s%llu ", "", (unsigned long long) reason->count);
            polycard_terminal_print(stdout, i < POLYCARD_TALLY_REASONS
                                            ? reason->text : TALLY_OTHERS);
            (void) printf("\n");
        }
    }

    if (tally->swallowed) {
        (void) printf("%-14s%llu (lines within quotes of refused records)\n",
                      "not read", (unsigned long long) tally->swallowed);
    }
}
