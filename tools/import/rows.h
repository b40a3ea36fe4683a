
/*
 * The records whose replies are pending: the row as it was in the
 * file, and the arguments made from it.
 */


#ifndef _POLYCARD_ROWS_H_INCLUDED_
#define _POLYCARD_ROWS_H_INCLUDED_


#include "core/phone.h"
#include "import/csv.h"
#include "import/record.h"
#include "import/redis.h"


typedef struct {
    uint64_t   line;
    u_char    *data;       /* fields, then arguments, one behind the other */
    size_t     size;
    size_t     used;

    size_t     n;          /* fields as they stood; 0: it is no table */
    uint32_t   len[POLYCARD_CSV_FIELDS_MAX];

    /* arguments from the identity on: names and values in turn */
    size_t     args;
    uint32_t   arg[POLYCARD_RECORD_ARGS];
} polycard_row_t;


/* rows that go to Redis in one call, as in redis-scripts/import.lua */
#define POLYCARD_BATCH_MAX  8

/* those on their way, those that are about to be sent, and the one read last */
#define POLYCARD_ROWS_MAX   (POLYCARD_PIPELINE_MAX + POLYCARD_BATCH_MAX + 1)


typedef struct {
    polycard_row_t   row[POLYCARD_ROWS_MAX];
    size_t           next;
} polycard_rows_t;


/*
 * Keeps a finished record of this line in row[*place], until POLYCARD_ROWS_MAX
 * more have been kept; csv: the row, or NULL if it is no table.
 * NGX_POLYCARD_ERROR: no memory.
 */
int polycard_rows_keep(polycard_rows_t *rows, uint64_t line,
    const polycard_csv_t *csv, const polycard_record_t *record,
    size_t *place);

/* all zero is fine, too */
void polycard_rows_free(polycard_rows_t *rows);


/* its original fields; returns how many */
size_t polycard_row_fields(const polycard_row_t *row,
    ngx_polycard_str_t *field);

/* its arguments, at most POLYCARD_RECORD_ARGS; returns how many */
size_t polycard_row_args(const polycard_row_t *row, const char **argv,
    size_t *lens);

/* the value that it gives to an attribute; data == NULL: none */
ngx_polycard_str_t polycard_row_value(const polycard_row_t *row,
    const ngx_polycard_str_t *name);

/* a client's card number; len == 0: none */
ngx_polycard_str_t polycard_row_card(const polycard_row_t *row);

/* a client's phone, with a null character behind it */
void polycard_row_phone(const polycard_row_t *row,
    char phone[NGX_POLYCARD_PHONE_LEN + 1]);


#endif /* _POLYCARD_ROWS_H_INCLUDED_ */
