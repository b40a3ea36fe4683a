
/*
 * Records of comma-separated values by RFC 4180: fields in quotes may
 * contain delimiters, line breaks and doubled quotes.  A line ends
 * with LF, CRLF or CR.
 */


#ifndef _POLYCARD_CSV_H_INCLUDED_
#define _POLYCARD_CSV_H_INCLUDED_


#include "import/source.h"


#define POLYCARD_CSV_FIELDS_MAX  256


typedef struct {
    polycard_source_t     *source;
    u_char                 delimiter;

    /* the record: its fields are one after the other in data */
    ngx_polycard_str_t     field[POLYCARD_CSV_FIELDS_MAX];
    size_t                 n;
    u_char                *data;
    size_t                 len;

    uint64_t               line;      /* where the record begins, from 1 */
    uint64_t               last;      /* ... and its last quoted field ends */
    unsigned               cut:1;     /* no end of a line is behind it */
    const char            *error;     /* why it is refused */

    /* the reader's own */
    uint64_t               lines;     /* line breaks so far */
    unsigned               state;
    unsigned               cr:1;      /* the byte before was a CR */
} polycard_csv_t;


/* NGX_POLYCARD_ERROR: no memory */
int polycard_csv_init(polycard_csv_t *csv, polycard_source_t *source);
void polycard_csv_free(polycard_csv_t *csv);

/*
 * Sets the delimiter: that of a first line "sep=X", which is skipped, or
 * the most frequent one of ",", ";", tab and "|" in the first line
 * that is not empty, outside of quotes.  To be called before anything is read.
 */
void polycard_csv_detect(polycard_csv_t *csv);

/* does a quoted field of the record contain a line break */
unsigned polycard_csv_is_broken(const polycard_csv_t *csv);

/*
 * The next record; empty lines are skipped.  POLYCARD_RECORD,
 * POLYCARD_REFUSED (csv->error says why, the next call continues after it),
 * POLYCARD_END, or NGX_POLYCARD_ERROR if the source has failed: an incomplete
 * last record is dropped.
 */
int polycard_csv_read(polycard_csv_t *csv);


#endif /* _POLYCARD_CSV_H_INCLUDED_ */
