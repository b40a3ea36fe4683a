
/* The number of a cell as the text that Excel shows. */


#ifndef _POLYCARD_CELL_H_INCLUDED_
#define _POLYCARD_CELL_H_INCLUDED_


#include "xlsx/styles.h"


/* room for any of them */
#define POLYCARD_CELL_MAX  384


/*
 * Writes it to buf; returns its length, 0: value is no number.
 *
 *   - A date is 1990-12-31, followed by a time if there is one.
 *   - Numbers shown with leading zeros, or in per cent, are written so.
 *   - Other numbers have all their digits and as many
 *     decimals as are shown, without separators of thousands.  With three
 *     decimals one more is written, so that they are not thousands.
 *   - Numbers that Excel has rounded keep their exponent.
 *
 * date1904: days count from 1904; decimal: the sign before decimals.
 */
size_t polycard_cell_print(char *buf, const char *value,
    const polycard_style_t *style, unsigned date1904, char decimal);


#endif /* _POLYCARD_CELL_H_INCLUDED_ */
