
/*
 * Masking of personal data for logs.  Masked text is as long as the original,
 * so it is masked in place.
 */


#ifndef _NGX_POLYCARD_CORE_MASK_H_INCLUDED_
#define _NGX_POLYCARD_CORE_MASK_H_INCLUDED_


#include "core/types.h"


/*
 * A phone as 38067***2233, if the text is one (core/phone.h); anything else
 * becomes asterisks.
 */
void ngx_polycard_mask_phone(u_char *text, size_t len);

/*
 * A request line, of which only what is known to be harmless is kept:
 *
 *   - a method and a version of HTTP
 *   - of the path its beginning, if that is known, a text of the configuration
 *     that may be empty, and the names in the paths of the services
 *   - a query as below
 *
 * All else becomes asterisks, phones as above.
 */
void ngx_polycard_mask_request(u_char *text, size_t len,
    const ngx_polycard_str_t *known);

/*
 * A query, without its "?".  The names of the services' own parameters are
 * kept, and values of offset, limit and after of up to 7 digits.
 */
void ngx_polycard_mask_query(u_char *text, size_t len);

/* a path that may have a query: like that of a request line */
void ngx_polycard_mask_uri(u_char *text, size_t len,
    const ngx_polycard_str_t *known);

/*
 * A parameter from name on, with its "=" at sign, up to last: the value is
 * masked as in a query, the name is kept.
 */
void ngx_polycard_mask_value(const u_char *name, u_char *sign,
    const u_char *last);

/*
 * A message of a server, which may quote parts of a request.  Asterisks
 * replace
 *
 *   - the contents of a query, as above, from a "?" or "&" on, and values
 *     after a "=" elsewhere
 *   - text that was matched against a pattern, a query and a user's name that
 *     are quoted in nginx's own messages
 *   - the word after "Bearer" and "Basic"
 *   - e-mail addresses
 *   - numbers of ten digits or more, and phones with blanks, hyphens and
 *     brackets
 *   - non-ASCII letters between quotes
 *
 * Phones are shown as above.
 */
void ngx_polycard_mask_line(u_char *text, size_t len);

/* masks each occurrence of the secret, which may be empty */
void ngx_polycard_mask_secret(u_char *text, size_t len, const u_char *secret,
    size_t secret_len);


#endif /* _NGX_POLYCARD_CORE_MASK_H_INCLUDED_ */
