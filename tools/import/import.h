
/* An import under way: what its parts share. */


#ifndef _POLYCARD_IMPORT_H_INCLUDED_
#define _POLYCARD_IMPORT_H_INCLUDED_


#include "import/missing.h"
#include "import/options.h"
#include "import/reader.h"
#include "import/record.h"
#include "import/redis.h"
#include "import/refused.h"
#include "import/rows.h"


typedef struct {
    polycard_options_t    options;
    polycard_reader_t     reader;
    polycard_record_t     record;     /* the one that is read */
    polycard_redis_t      redis;
    polycard_refused_t    refused;
    polycard_missing_t    missing;
    polycard_rows_t       rows;
    polycard_groups_t     groups;

    uint64_t              records;    /* that were read */
    uint64_t              created;
    uint64_t              changed;
    uint64_t              confirmed;  /* the line of the last one answered */
    double                seconds;    /* that all of them took */
    unsigned              shown;      /* records, by --dry-run */
    unsigned              titles;     /* groups may be given by their titles */
} polycard_import_t;


/*
 * Reads the file to its end; what is good goes to Redis, unless it is a trial.
 * Waits for all answers, whatever ended it.  NGX_POLYCARD_ERROR: said, or
 * polycard_stopped.
 */
int polycard_import_records(polycard_import_t *import);

/* says what has become of it (rc); returns the exit status */
int polycard_import_outcome(polycard_import_t *import, int rc);


#endif /* _POLYCARD_IMPORT_H_INCLUDED_ */
