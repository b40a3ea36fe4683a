
/*
 * The settings of a market that each host reports to Redis when it asks for
 * the lease, so that those of all hosts count, not only the holder's (contract,
 * B12).
 */


#ifndef _NGX_POLYCARD_HOOK_SETTINGS_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_SETTINGS_H_INCLUDED_


#include "market/market.h"


/* the host, and names with values */
#define NGX_POLYCARD_SETTINGS       19

#define NGX_POLYCARD_SETTINGS_TEXT  512

/* bytes of the text about other hosts' settings */
#define NGX_POLYCARD_SETTINGS_DIFFER  256


typedef struct {
    ngx_str_t   argument[NGX_POLYCARD_SETTINGS];
    ngx_uint_t  n;

    u_char      text[NGX_POLYCARD_SETTINGS_TEXT];
    u_char     *last;

    u_char      differ[NGX_POLYCARD_SETTINGS_DIFFER];
    size_t      differ_len;    /* logged last, 0: all alike */
} ngx_polycard_settings_t;


/*
 * Fills settings with the arguments of the functions "lease" and "release" that
 * follow their own.  The host is its name, with a checksum of the path of its
 * configuration: the same after a reload or a restart.  The hook's URL is
 * only a checksum, too.
 */
void ngx_polycard_settings_init(ngx_polycard_settings_t *settings,
    const ngx_polycard_market_t *market);

/*
 * One worker of a host logs which settings are others on other hosts, by what
 * the function "lease" says of it, when that changes.
 */
void ngx_polycard_settings_log(ngx_polycard_settings_t *settings,
    ngx_polycard_market_t *market, const ngx_polycard_str_t *differ);


#endif /* _NGX_POLYCARD_HOOK_SETTINGS_H_INCLUDED_ */
