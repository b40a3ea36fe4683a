
/* The rows whose answers are still on their way, as they stood in the file. */


#ifndef _POLYCARD_ROWS_H_INCLUDED_
#define _POLYCARD_ROWS_H_INCLUDED_


#include "import/csv.h"
#include "import/redis.h"


typedef struct {
    uint64_t   line;
    u_char    *data;       /* the fields, one behind the other */
    size_t     size;
    size_t     n;
    uint32_t   len[POLYCARD_CSV_FIELDS_MAX];
} polycard_row_t;


typedef struct {
    polycard_row_t   row[POLYCARD_PIPELINE_MAX];
    size_t           next;
} polycard_rows_t;


/* keeps the row that csv has read last; NGX_POLYCARD_ERROR: no memory */
int polycard_rows_keep(polycard_rows_t *rows, const polycard_csv_t *csv);

/*
 * The fields of the row that begins at this line, one of the last
 * POLYCARD_PIPELINE_MAX; returns how many.
 */
size_t polycard_rows_find(const polycard_rows_t *rows, uint64_t line,
    ngx_polycard_str_t *field);

void polycard_rows_free(polycard_rows_t *rows);


#endif /* _POLYCARD_ROWS_H_INCLUDED_ */
