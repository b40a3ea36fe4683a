
/*
 * The CA certificates for the gateway's, read once with the configuration:
 * libcurl itself would read the system's bundle during the event
 * loop, which blocks it for 20 ms.
 */


#ifndef _NGX_POLYCARD_HOOK_TRUST_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_TRUST_H_INCLUDED_


#include "market/market.h"


/*
 * The certificates in the file, or in the system's bundle if its name is
 * empty.  NULL after a line in the log, which names the place.
 */
ngx_polycard_trust_t *ngx_polycard_trust_load(ngx_conf_t *cf, ngx_str_t *file,
    const ngx_polycard_place_t *place);

/*
 * The name of the system's bundle, with a zero at the end.  NGX_ERROR after a
 * line in the log: there is none, and "DIRECTIVE_trusted_certificate" is
 * needed.
 */
ngx_int_t ngx_polycard_trust_find_file(ngx_conf_t *cf, ngx_str_t *file,
    const char *directive, const ngx_polycard_place_t *place);

/* a certificate and its key, both PEM; NGX_ERROR: invalid, or no pair */
ngx_int_t ngx_polycard_trust_check_pair(ngx_str_t *certificate,
    ngx_str_t *key);

/* verifies the transfer's peer, its name included, by these certificates */
CURLcode ngx_polycard_trust_set(ngx_polycard_trust_t *trust, CURL *easy);


#endif /* _NGX_POLYCARD_HOOK_TRUST_H_INCLUDED_ */
