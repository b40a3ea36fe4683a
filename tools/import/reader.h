
/* A file of records in one of the formats: what it is, and its records. */


#ifndef _POLYCARD_READER_H_INCLUDED_
#define _POLYCARD_READER_H_INCLUDED_


#include "import/csv.h"
#include "import/lines.h"
#include "import/options.h"
#include "import/record.h"


typedef struct {
    const char           *name;       /* of the file, for messages */
    int                   fd;
    uint64_t              size;       /* 0: nobody knows */

    unsigned              format;
    polycard_source_t     source;
    polycard_csv_t        csv;
    polycard_lines_t      lines;

    /* CSV: what the columns are, -1: to be passed over */
    int                   column[POLYCARD_CSV_FIELDS_MAX];
    size_t                columns;

    uint64_t              line;       /* where the last record began */
    const char           *error;      /* why it was refused */
} polycard_reader_t;


/*
 * Opens the file of the options, finds out its format and reads the header of
 * CSV.  NGX_POLYCARD_ERROR: it was said why.
 */
int polycard_reader_open(polycard_reader_t *reader,
    const polycard_options_t *o, polycard_record_t *record);
void polycard_reader_close(polycard_reader_t *reader);

/*
 * The next record, checked.  POLYCARD_RECORD, POLYCARD_REFUSED,
 * POLYCARD_END, or NGX_POLYCARD_ERROR: reading failed, which was said, or
 * was interrupted.
 */
int polycard_reader_next(polycard_reader_t *reader,
    polycard_record_t *record);


#endif /* _POLYCARD_READER_H_INCLUDED_ */
