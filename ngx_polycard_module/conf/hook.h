
/* The directives of a market about hooks. */


#ifndef _NGX_POLYCARD_CONF_HOOK_H_INCLUDED_
#define _NGX_POLYCARD_CONF_HOOK_H_INCLUDED_


#include "conf/values.h"


#define NGX_POLYCARD_HOOK_URL_MAX          2048
#define NGX_POLYCARD_HOOK_CONCURRENCY_MAX  1024
#define NGX_POLYCARD_HOOK_ATTEMPTS_MAX     1000000
#define NGX_POLYCARD_HOOK_OUTBOX_MAX       1000000000
#define NGX_POLYCARD_HOOK_HISTORY_MAX      10000000

/* the greatest lease and idempotency_time that the functions accept */
#define NGX_POLYCARD_HOOK_DAYS_MAX         365


/* a part of the block's table, a null name at its end */
extern ngx_polycard_directive_t  ngx_polycard_conf_hook_directives[];


/* the defaults, before the block is read */
void ngx_polycard_conf_hook_init(ngx_polycard_hook_conf_t *hook);


/* The checks: one emerg line with file and line at most. */

/* the values of "hook", "hook_proxy", "hook_alias" and "hook_bind" */
char *ngx_polycard_conf_hook_check_url(ngx_conf_t *cf, ngx_str_t *url);
char *ngx_polycard_conf_hook_check_proxy(ngx_conf_t *cf, ngx_str_t *url);
char *ngx_polycard_conf_hook_check_alias(ngx_conf_t *cf, ngx_str_t *alias);
char *ngx_polycard_conf_hook_check_bind(ngx_conf_t *cf, ngx_str_t *address);

/* at the end of a block: how they fit together, and the default alias */
char *ngx_polycard_conf_hook_check_block(ngx_conf_t *cf,
    ngx_polycard_market_t *market);

/* a polycard_hook location, whose market is known: stored in the market */
ngx_int_t ngx_polycard_conf_hook_check_location(ngx_conf_t *cf,
    ngx_polycard_location_t *location);

/* after the locations: a market with hooks has one */
ngx_int_t ngx_polycard_conf_hook_check(ngx_conf_t *cf,
    ngx_polycard_market_t *market);


#endif /* _NGX_POLYCARD_CONF_HOOK_H_INCLUDED_ */
