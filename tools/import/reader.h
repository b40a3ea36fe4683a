
/* A file of records in one of the formats: its properties, and its records. */


#ifndef _POLYCARD_READER_H_INCLUDED_
#define _POLYCARD_READER_H_INCLUDED_


#include "import/array.h"
#include "import/columns.h"
#include "import/csv.h"
#include "import/decode.h"
#include "import/input.h"
#include "import/lines.h"
#include "import/members.h"
#include "import/options.h"
#include "import/record.h"
#include "xlsx/xlsx.h"


/* in a reason, before the lines of a record that has several */
#define POLYCARD_READER_LINES  " (lines "


typedef struct {
    polycard_input_t      input;

    unsigned              format;
    unsigned              table;      /* it has rows and columns */
    polycard_xlsx_t      *xlsx;       /* NULL: it is no workbook */
    polycard_decode_t     decode;
    polycard_source_t     source;
    polycard_csv_t        csv;
    polycard_lines_t      lines;
    polycard_array_t      array;
    polycard_columns_t    columns;    /* of a table */
    polycard_members_t    members;    /* of JSON */

    uint64_t              line;       /* where the last record began */
    uint64_t              swallowed;  /* lines behind that one, in quotes of
                                         the last record */
    uint64_t              blank;      /* rows without any value */
    uint64_t              totals;     /* rows of sums */
    uint64_t              header;     /* its line, if titles are above it */
    const char           *error;      /* why it was refused */
    char                  reason[128];
} polycard_reader_t;


/*
 * Opens the file of the options, detects its encoding and format and reads
 * the header of CSV.  NGX_POLYCARD_ERROR after a message.
 */
int polycard_reader_open(polycard_reader_t *reader,
    const polycard_options_t *o, polycard_record_t *record);
void polycard_reader_close(polycard_reader_t *reader);

/* how many bytes of the file are done, of input.size */
uint64_t polycard_reader_done(const polycard_reader_t *reader);

/* two lines about what was detected, on standard output */
void polycard_reader_tell(const polycard_reader_t *reader,
    const polycard_record_t *record);

/*
 * How many fields of a table the last record has that may be shown: 0 if it
 * could not be read, so that a part of it does not look like the whole.
 */
size_t polycard_reader_fields(const polycard_reader_t *reader);

/*
 * The next record, checked.  POLYCARD_RECORD, POLYCARD_REFUSED,
 * POLYCARD_END, or NGX_POLYCARD_ERROR: reading failed, after a message, or
 * was interrupted.  Rows without any value, and of sums, are skipped and
 * counted.
 */
int polycard_reader_next(polycard_reader_t *reader,
    polycard_record_t *record);


#endif /* _POLYCARD_READER_H_INCLUDED_ */
