
/* The one format of a phone number: 380 and 9 digits (contract, B1). */


#ifndef _NGX_POLYCARD_CORE_PHONE_H_INCLUDED_
#define _NGX_POLYCARD_CORE_PHONE_H_INCLUDED_


#include "core/types.h"


#define NGX_POLYCARD_PHONE_LEN  12


/* NGX_POLYCARD_OK or NGX_POLYCARD_ERROR */
int ngx_polycard_phone_check(const ngx_polycard_str_t *phone);

/*
 * How many bytes from p are a phone as people write it: 380671112233 or
 * 0671112233, with blanks, hyphens and brackets between the digits, and not
 * followed by a digit; 0: none.
 */
size_t ngx_polycard_phone_match(const u_char *p, const u_char *last);


#endif /* _NGX_POLYCARD_CORE_PHONE_H_INCLUDED_ */
