
/*
 * What nginx -t finds in a market: invalid values, and directives that exclude
 * or need each other.  Each function logs one emerg line with file and line.
 */


#ifndef _NGX_POLYCARD_CONF_CHECK_H_INCLUDED_
#define _NGX_POLYCARD_CONF_CHECK_H_INCLUDED_


#include "market/market.h"


/* letters, digits, "_", "-", "."; at most 64; not yet in use */
ngx_int_t ngx_polycard_conf_check_name(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf, ngx_str_t *name);

/* exactly one {tag}, visible ASCII, no glob characters (design, section 2) */
char *ngx_polycard_conf_check_prefix(ngx_conf_t *cf, ngx_str_t *prefix);

/* an EAN-13 has 12 digits before its check digit: prefix and serial number */
char *ngx_polycard_conf_check_cards(ngx_conf_t *cf,
    ngx_polycard_cards_conf_t *cards);

/* at the end of a block: required directives, and the default of key_prefix */
char *ngx_polycard_conf_check_block(ngx_conf_t *cf,
    ngx_polycard_market_t *market);

/*
 * After all of http {} is read: finds each location's market, and mistakes
 * that involve several blocks.  NGX_ERROR after one emerg line with file and
 * line.
 */
ngx_int_t ngx_polycard_conf_check(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf);

/* NULL: there is no such market */
ngx_polycard_market_t *ngx_polycard_conf_find(
    ngx_polycard_main_conf_t *pmcf, ngx_str_t *name);

/*
 * When a location with a service or the status is merged, or an "if" or
 * "limit_except" inside of it: NGX_ERROR after a line in the log if another
 * directive, before or after, has set a content handler.
 */
ngx_int_t ngx_polycard_conf_check_handler(ngx_conf_t *cf,
    ngx_polycard_loc_conf_t *plcf, ngx_http_core_loc_conf_t *clcf);

#define NGX_POLYCARD_CONF_HANDLER                                           \
    "shares its location with another content handler, such as \"proxy_pass\""


#endif /* _NGX_POLYCARD_CONF_CHECK_H_INCLUDED_ */
