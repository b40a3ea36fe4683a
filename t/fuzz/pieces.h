
/* The input as a file that is read in pieces, for the readers in tools/. */


#ifndef _PIECES_H_INCLUDED_
#define _PIECES_H_INCLUDED_


#include "fuzz.h"
#include "import/record.h"
#include "import/source.h"


typedef struct {
    ngx_polycard_str_t   text;
    size_t               step;        /* bytes at a time */
} pieces_t;


/* a source of the bytes, so many at a time, and its end */
void pieces_open(polycard_source_t *source, pieces_t *pieces,
    const uint8_t *data, size_t size, size_t step);

/*
 * What must hold of a record after polycard_record_finish() returned rc: a
 * sentence without a value, or arguments within bounds that pass the check
 * once more.
 */
void pieces_check_record(polycard_record_t *record, int rc);


#endif /* _PIECES_H_INCLUDED_ */
