
/*
 * What a log may show of those whom it is about.  Masked text is as long as
 * it was, so it is masked where it stands.
 */


#ifndef _NGX_POLYCARD_CORE_MASK_H_INCLUDED_
#define _NGX_POLYCARD_CORE_MASK_H_INCLUDED_


#include "core/types.h"


/*
 * A phone as 38067***2233, where the text is one (core/phone.h); anything else
 * becomes asterisks.
 */
void ngx_polycard_mask_phone(u_char *text, size_t len);

/*
 * A line that may hold parameters of a request, whole or in parts: a request
 * line, a query, or what a server says of one.  Asterisks take the place of
 *
 *   - the values of all parameters but offset, limit and after, and what
 *     stands between "?" or "&" and the next one without a "="
 *   - the word after "Bearer" and "Basic"
 *   - e-mail addresses
 *   - numbers of ten digits or more
 *
 * Phones are shown as above.
 */
void ngx_polycard_mask_line(u_char *text, size_t len);

/* each place where the secret stands; an empty one stands nowhere */
void ngx_polycard_mask_secret(u_char *text, size_t len, const u_char *secret,
    size_t secret_len);


#endif /* _NGX_POLYCARD_CORE_MASK_H_INCLUDED_ */
