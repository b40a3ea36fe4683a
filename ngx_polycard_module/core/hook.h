
/* A hook as the bytes that are sent to the gateway (contract, A3 and B10). */


#ifndef _NGX_POLYCARD_CORE_HOOK_H_INCLUDED_
#define _NGX_POLYCARD_CORE_HOOK_H_INCLUDED_


#include "core/types.h"


typedef enum {
    NGX_POLYCARD_HOOK_POST_JSON = 0,
    NGX_POLYCARD_HOOK_POST_FORM,
    NGX_POLYCARD_HOOK_GET
} ngx_polycard_hook_format_e;


/* token and alias are the current ones; data is JSON and sent unchanged */

typedef struct {
    ngx_polycard_str_t       token;        /* a secret: never logged */
    ngx_polycard_str_t       alias;
    ngx_polycard_str_t       object;
    ngx_polycard_str_t       action;
    ngx_polycard_str_t       data;
} ngx_polycard_hook_t;


/* the most bytes that ngx_polycard_hook_print() may write */
size_t ngx_polycard_hook_size(ngx_polycard_hook_format_e format,
    const ngx_polycard_hook_t *hook);

/*
 * Writes one JSON object, or name=value pairs joined by '&' in which data is
 * JSON text: a body, or a query string.  Returns the end.
 */
u_char *ngx_polycard_hook_print(u_char *p, ngx_polycard_hook_format_e format,
    const ngx_polycard_hook_t *hook);


#endif /* _NGX_POLYCARD_CORE_HOOK_H_INCLUDED_ */
