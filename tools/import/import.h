
/* A running import: what its parts share. */


#ifndef _POLYCARD_IMPORT_H_INCLUDED_
#define _POLYCARD_IMPORT_H_INCLUDED_


#include "import/aside.h"
#include "import/batch.h"
#include "import/compare.h"
#include "import/draft.h"
#include "import/gone.h"
#include "import/missing.h"
#include "import/options.h"
#include "import/reader.h"
#include "import/record.h"
#include "import/redis.h"
#include "import/refused.h"
#include "import/rows.h"
#include "import/tally.h"


typedef struct polycard_import_s {
    polycard_options_t    options;
    polycard_reader_t     reader;
    polycard_record_t     record;     /* the one that is read */
    polycard_redis_t      redis;
    polycard_refused_t    refused;
    polycard_table_t      named;      /* by the file */
    polycard_table_t      numbers;    /* that it gives to clients */
    polycard_missing_t    missing;
    polycard_gone_t       gone;
    polycard_rows_t       rows;
    polycard_batch_t      batch;
    polycard_aside_t      aside;
    polycard_draft_t      draft;      /* of a trial */
    polycard_groups_t     groups;
    polycard_tally_t      tally;

    uint64_t              confirmed;  /* the line of the last one answered */
    double                seconds;    /* that all of them took */
    polycard_compare_t    compared;   /* with what is stored, the last one */
    polycard_compare_t    before;     /* ... with the phone he had before */
    char                  holder[NGX_POLYCARD_PHONE_LEN + 1];
                                      /* in Redis, of the card given last */
    unsigned              trial;      /* nothing is written */
    unsigned              empty;      /* no client is stored */
    unsigned              looked;     /* all whom the file names are known */
    unsigned              nameless;   /* ... and one who has no phone */
    unsigned              shown;      /* records, by a trial */
    uint64_t              many;       /* would be moved, too many unasked */
    unsigned              uncertain;  /* all is done, and may be lost */
    unsigned              titles;     /* groups may be given by their titles */
} polycard_import_t;


/*
 * Reads the file to its end; good records are written, except in a trial.
 * Waits for all replies, whatever ended it.  NGX_POLYCARD_ERROR after a
 * message, or polycard_stopped.
 */
int polycard_import_records(polycard_import_t *import);

/*
 * After that: rows that wait, and clients who are missing; in a trial they are
 * only counted.  NGX_POLYCARD_OK; POLYCARD_REFUSED: nobody was deleted, and it
 * was said why; NGX_POLYCARD_ERROR as above.
 */
int polycard_import_finish(polycard_import_t *import);


/* import_answers.c: the results of rows.  NGX_POLYCARD_ERROR after a message */

/* the reply to rows that were put in one step: counts, or refuses them */
int polycard_import_put(polycard_import_t *import, const polycard_row_t *row,
    size_t n, const redisReply *reply);

/* the answer to rows from this place on, of which each has an answer */
int polycard_import_each(polycard_import_t *import, size_t first, size_t n,
    const redisReply *reply);

/* the reply to a client's move; none if he cannot be moved */
int polycard_import_moved(polycard_import_t *import, const redisReply *reply);

/* the reason for one who would get another phone, where nobody may */
#define POLYCARD_IMPORT_HELD  "phone is not the one that this client has in " \
                              "Redis, and nobody is moved"

/* ... for one who would get another's card, as functions inside Redis say it */
#define POLYCARD_IMPORT_TAKEN  "barcode is in use by another client"

/*
 * Counts the record as refused for this reason, writes it to the file of those
 * unless this is the trial before an import, and whoever it is of stays.
 * NGX_POLYCARD_ERROR after a message.
 */
int polycard_import_refuse(polycard_import_t *import,
    const polycard_row_t *row, const char *reason);

/* whose these are is in the file, so he is not deleted */
int polycard_import_stays(polycard_import_t *import,
    const ngx_polycard_str_t *id, const ngx_polycard_str_t *card);


/* reports the outcome (rc); returns the exit status */
int polycard_import_outcome(polycard_import_t *import, int rc);


#endif /* _POLYCARD_IMPORT_H_INCLUDED_ */
