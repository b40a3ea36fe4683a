
/* The number of a cell as a text that says what Excel shows. */


#ifndef _POLYCARD_CELL_H_INCLUDED_
#define _POLYCARD_CELL_H_INCLUDED_


#include "xlsx/styles.h"


/* room for any of them */
#define POLYCARD_CELL_MAX  384


/*
 * Writes it to buf; returns its length, 0: value is no number.
 *
 *   - A day is 1990-12-31, with a time behind it where there is one.
 *   - What is shown with leading zeros has them, what is shown in per cent is
 *     in per cent.
 *   - Other numbers are written out, with all their digits and with as many
 *     decimals as are shown, and without what parts thousands.  Of three
 *     decimals one more is written, so that they are no thousands.
 *   - What Excel no longer knows to the last digit keeps its exponent.
 *
 * date1904: days count from 1904; decimal: the sign before decimals.
 */
size_t polycard_cell_print(char *buf, const char *value,
    const polycard_style_t *style, unsigned date1904, char decimal);


#endif /* _POLYCARD_CELL_H_INCLUDED_ */
