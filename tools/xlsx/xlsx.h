
/*
 * A sheet of a workbook of Excel (.xlsx) as rows, on the way and within bounds:
 * memory does not depend on how large it is.  Where libzip or expat was not
 * there at build time (xlsx_none.c) it says how to do without.
 */


#ifndef _POLYCARD_XLSX_H_INCLUDED_
#define _POLYCARD_XLSX_H_INCLUDED_


#include "import/csv.h"


/* how a zip archive begins */
#define POLYCARD_XLSX_MAGIC  "PK\003\004"


typedef struct polycard_xlsx_s  polycard_xlsx_t;


/*
 * fd is a file, and stays the caller's; name, for messages, must outlive it.
 * sheet: its name, or NULL: the first one that is shown.  decimal: the sign
 * before decimals of numbers.  NULL after a message.
 */
polycard_xlsx_t *polycard_xlsx_open(int fd, const char *name,
    const char *sheet, char decimal);
void polycard_xlsx_close(polycard_xlsx_t *xlsx);

/* the name of the sheet that is read, and how many are shown */
const char *polycard_xlsx_sheet(const polycard_xlsx_t *xlsx, unsigned *n);

/* how far it is, from 0 to 1 */
double polycard_xlsx_done(const polycard_xlsx_t *xlsx);

/*
 * The next row that has cells, as csv's record: as polycard_csv_read(), but
 * that a line is a row's number, and a text with line breaks stays within it.
 */
int polycard_xlsx_read(polycard_xlsx_t *xlsx, polycard_csv_t *csv);


#endif /* _POLYCARD_XLSX_H_INCLUDED_ */
