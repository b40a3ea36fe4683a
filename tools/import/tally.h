
/* Counts of what happened to the records of a file. */


#ifndef _POLYCARD_TALLY_H_INCLUDED_
#define _POLYCARD_TALLY_H_INCLUDED_


#include "core/attributes.h"
#include "import/tool.h"


/* reasons that are counted separately; the others together */
#define POLYCARD_TALLY_REASONS   32
#define POLYCARD_TALLY_TEXT      128

/* how many repeated rows are shown */
#define POLYCARD_TALLY_REPEATED  3


typedef struct {
    char       text[POLYCARD_TALLY_TEXT];
    uint64_t   count;
} polycard_reason_t;


/* rows that give what an earlier one gives, and the lines of the first ones */

typedef struct {
    uint64_t   count;
    uint64_t   line[POLYCARD_TALLY_REPEATED];
    uint64_t   earlier[POLYCARD_TALLY_REPEATED];
} polycard_twice_t;


typedef struct {
    uint64_t            records;       /* that were read */
    uint64_t            created;
    uint64_t            changed;
    uint64_t            same;          /* as they were */
    uint64_t            moved;         /* have another phone */
    uint64_t            cardless;      /* without a card now */
    uint64_t            refused;

    /* lines that belong to no record, within quotes of refused ones */
    uint64_t            swallowed;
    uint64_t            first;         /* the first one is of this line */

    polycard_twice_t    repeated;      /* named by an earlier row too */
    polycard_twice_t    numbers;       /* with the number of another one */

    /* clients that differ from what is stored, by attribute */
    uint64_t            differs[NGX_POLYCARD_ATTRIBUTES_MAX];

    /* ... and of those, to nothing, and from one value to another */
    uint64_t            removed[NGX_POLYCARD_ATTRIBUTES_MAX];
    uint64_t            replaced[NGX_POLYCARD_ATTRIBUTES_MAX];
    uint64_t            stored;        /* clients who are there */

    uint64_t            cards;         /* of 16 digits and more */
    uint64_t            rounded;       /* ... that end with 0 */

    polycard_reason_t   reason[POLYCARD_TALLY_REASONS + 1];
    size_t              reasons;

    unsigned            compared:1;    /* with what is stored */
    unsigned            groups:1;
} polycard_tally_t;


/* one more, in this line */
void polycard_tally_twice(polycard_twice_t *twice, uint64_t line,
    uint64_t earlier);

/* so many lines behind this one were taken in by quotes */
void polycard_tally_swallow(polycard_tally_t *tally, uint64_t line,
    uint64_t count);

/* one more was refused, for these reasons with "; " between them */
void polycard_tally_refuse(polycard_tally_t *tally, const char *reasons);

/* a card number that was given; data == NULL: none */
void polycard_tally_card(polycard_tally_t *tally,
    const ngx_polycard_str_t *card);

/*
 * The lines of a summary, on standard output, except those about refused ones;
 * table: names of the attributes.
 */
void polycard_tally_print(const polycard_tally_t *tally,
    const ngx_polycard_table_t *table);

/* a line for each reason, the most frequent one first, and of swallowed ones */
void polycard_tally_print_reasons(const polycard_tally_t *tally);


#endif /* _POLYCARD_TALLY_H_INCLUDED_ */
