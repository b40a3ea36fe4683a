
/*
 * Amounts as whole hundredths, never as floats (contract, B4 and B16), and
 * whole numbers.
 */


#ifndef _NGX_POLYCARD_CORE_NUMBER_H_INCLUDED_
#define _NGX_POLYCARD_CORE_NUMBER_H_INCLUDED_


#include "core/types.h"


/*
 * The greatest amount is 9999999999999.99: its hundredths, 15 digits, are
 * exact in a double, which is what JSON readers and Lua count with.
 */
#define NGX_POLYCARD_AMOUNT_MAX    INT64_C(999999999999999)
#define NGX_POLYCARD_AMOUNT_WHOLE  13   /* digits before the point */

/* the greatest change of an amount: also exact, far below 2^53 */
#define NGX_POLYCARD_CHANGE_MAX    (2 * NGX_POLYCARD_AMOUNT_MAX)

#define NGX_POLYCARD_INTEGER_MAX   INT64_C(9007199254740991)

/* the longest text that is read as an amount: old cJSON reads no more */
#define NGX_POLYCARD_AMOUNT_LEN    63

/* room for any printed number: sign, 16 digits, point */
#define NGX_POLYCARD_NUMBER_LEN    24


/*
 * Decimal text to hundredths: an optional minus, digits with an optional
 * fraction, an optional exponent, as in JSON (leading zeros and a
 * bare ".5" or "5." are invalid).  More than 2 decimals are rounded half away
 * from zero, so that noise such as 0.30000000000000004 does no harm.
 * NGX_POLYCARD_ERROR: no such number ("0x10", "inf", "nan", "1e400", ""),
 * longer than NGX_POLYCARD_AMOUNT_LEN, or greater than
 * NGX_POLYCARD_AMOUNT_MAX in size.
 */
int ngx_polycard_number_parse_amount(const ngx_polycard_str_t *text,
    int64_t *hundredths);

/* the same for the difference of two amounts, up to NGX_POLYCARD_CHANGE_MAX
 * (contract, B32) */
int ngx_polycard_number_parse_change(const ngx_polycard_str_t *text,
    int64_t *hundredths);

/*
 * Writes hundredths in the shortest form that reads back the same ("12550",
 * "7.5", "-0.01", "0") at p, at most NGX_POLYCARD_NUMBER_LEN bytes; returns
 * the end.
 */
u_char *ngx_polycard_number_print_amount(u_char *p, int64_t hundredths);

/*
 * 1: this is what print_amount would write for it, as most of what is stored
 * is; 0: it may be.  One with a minus never is.
 */
unsigned ngx_polycard_number_is_printed(const ngx_polycard_str_t *text);

/*
 * Digits without sign or leading zeros, 0 to NGX_POLYCARD_INTEGER_MAX;
 * NGX_POLYCARD_ERROR for anything else.
 */
int ngx_polycard_number_parse_integer(const ngx_polycard_str_t *text,
    int64_t *n);

/* as print_amount, for any whole number */
u_char *ngx_polycard_number_print_integer(u_char *p, int64_t n);


#endif /* _NGX_POLYCARD_CORE_NUMBER_H_INCLUDED_ */
