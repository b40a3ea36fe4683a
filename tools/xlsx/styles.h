
/* How numbers of a workbook are shown, as far as it says what they are. */


#ifndef _POLYCARD_STYLES_H_INCLUDED_
#define _POLYCARD_STYLES_H_INCLUDED_


#include "xlsx/archive.h"


typedef enum {
    POLYCARD_STYLE_NUMBER = 0,
    POLYCARD_STYLE_DATE,         /* days, and perhaps a time */
    POLYCARD_STYLE_TIME,         /* a time only */
    POLYCARD_STYLE_PERCENT,
    POLYCARD_STYLE_ZEROS         /* as many digits as it says, at least */
} polycard_style_e;

typedef struct {
    u_char   kind;
    u_char   digits;             /* decimals, or digits of _ZEROS */
} polycard_style_t;

typedef struct {
    polycard_style_t  *style;    /* of a cell, by its attribute s */
    size_t             n;
} polycard_styles_t;


/* reads them.  NGX_POLYCARD_ERROR after a message */
int polycard_styles_open(polycard_styles_t *styles,
    const polycard_archive_t *archive, const char *path);
void polycard_styles_close(polycard_styles_t *styles);

/* the style of a format, such as dd.mm.yyyy or #,##0.00 */
polycard_style_t polycard_style_read(const char *format);


#endif /* _POLYCARD_STYLES_H_INCLUDED_ */
