
/* Built without libzip or expat. */


#include "import/terminal.h"
#include "xlsx/xlsx.h"


polycard_xlsx_t *
polycard_xlsx_open(int fd, const char *name, const char *sheet, char decimal)
{
    polycard_say("\"%s\" is a workbook, which this program was built to do "
                 "without; open it in the spreadsheet and save it as \"CSV "
                 "UTF-8\"", name);
    return NULL;
}


void
polycard_xlsx_close(polycard_xlsx_t *xlsx)
{
}


const char *
polycard_xlsx_sheet(const polycard_xlsx_t *xlsx, unsigned *n)
{
    *n = 0;
    return "";
}


double
polycard_xlsx_done(const polycard_xlsx_t *xlsx)
{
    return 0;
}


int
polycard_xlsx_read(polycard_xlsx_t *xlsx, polycard_csv_t *csv)
{
    return NGX_POLYCARD_ERROR;
}
