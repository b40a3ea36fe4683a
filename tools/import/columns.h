
/* The columns of a table, by its header. */


#ifndef _POLYCARD_COLUMNS_H_INCLUDED_
#define _POLYCARD_COLUMNS_H_INCLUDED_


#include "import/csv.h"
#include "import/options.h"
#include "import/record.h"


/* the first two columns of a list of refused rows, which are skipped */
#define POLYCARD_REFUSED_LINE    "line"
#define POLYCARD_REFUSED_REASON  "reason"


typedef struct {
    /* the index in the record's table, or POLYCARD_HEADING_PASSED */
    int                  index[POLYCARD_CSV_FIELDS_MAX];
    ngx_polycard_str_t   title[POLYCARD_CSV_FIELDS_MAX];  /* as it stands */
    size_t               skip;      /* how many are of a list of refused rows */
    size_t               n;         /* without empty ones at the end */
    size_t               fields;    /* with them */
    u_char              *text;      /* holds the titles */
} polycard_columns_t;


/*
 * Reads the header that csv has read last: names of attributes, those of --map,
 * names that are known (names.h).  NGX_POLYCARD_ERROR after messages about all
 * errors.
 */
int polycard_columns_read(polycard_columns_t *columns,
    const polycard_csv_t *csv, const polycard_options_t *o,
    polycard_record_t *record);
void polycard_columns_free(polycard_columns_t *columns);

/* prints the title after the name of the attribute, if they differ */
void polycard_columns_tell(const polycard_columns_t *columns, size_t i,
    const ngx_polycard_str_t *name);

/* prints how many are passed over, if any, and the first titles */
void polycard_columns_tell_passed(const polycard_columns_t *columns);


#endif /* _POLYCARD_COLUMNS_H_INCLUDED_ */
