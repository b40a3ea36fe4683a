
/*
 * Masking of personal data for logs.  Masked text is as long as the original,
 * so it is masked in place.
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
 * A request line, of which only what is known to be harmless stays:
 *
 *   - a method and a version of HTTP
 *   - of the path what begins with known, text of the configuration, which may
 *     be empty, and the names in the paths of the services
 *   - a query as below
 *
 * All else becomes asterisks, phones as above.
 */
void ngx_polycard_mask_request(u_char *text, size_t len,
    const ngx_polycard_str_t *known);

/*
 * A query, without its "?".  What stays are the names of the services' own
 * parameters, and values of offset, limit and after that are up to 7 digits.
 */
void ngx_polycard_mask_query(u_char *text, size_t len);

/* a path that may have a query: like that of a request line */
void ngx_polycard_mask_uri(u_char *text, size_t len,
    const ngx_polycard_str_t *known);

/*
 * A parameter from name on, with its "=" at sign, up to last: of the value as
 * in a query.  The name stays.
 */
void ngx_polycard_mask_value(const u_char *name, u_char *sign,
    const u_char *last);

/*
 * What a server says, which may quote parts of a request.  Asterisks take the
 * place of
 *
 *   - what a query holds, as above, from a "?" or "&" on, and of what follows
 *     a "=" elsewhere
 *   - what was held against a pattern, a query and a user's name that are
 *     quoted in nginx's own words
 *   - the word after "Bearer" and "Basic"
 *   - e-mail addresses
 *   - numbers of ten digits or more, and phones with blanks, hyphens and
 *     brackets
 *   - letters between quotes that are not those of ASCII
 *
 * Phones are shown as above.
 */
void ngx_polycard_mask_line(u_char *text, size_t len);

/* each place where the secret stands; an empty one stands nowhere */
void ngx_polycard_mask_secret(u_char *text, size_t len, const u_char *secret,
    size_t secret_len);


#endif /* _NGX_POLYCARD_CORE_MASK_H_INCLUDED_ */
