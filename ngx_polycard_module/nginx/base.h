
/* nginx, its libraries, and two small helpers that all rooms need. */


#ifndef _NGX_POLYCARD_NGINX_BASE_H_INCLUDED_
#define _NGX_POLYCARD_NGINX_BASE_H_INCLUDED_


#include "nginx/compat.h"
#include "core/types.h"


/* nginx has 28 bits for the length of a variable: the module needs no more */
#define NGX_POLYCARD_VARIABLE_LEN  0x0fffffff


/* a memberwise copy: core/ has a string of its own with the same members */

static ngx_inline ngx_polycard_str_t
ngx_polycard_str(const ngx_str_t *s)
{
    ngx_polycard_str_t  str;

    str.len = s->len;
    str.data = s->data;

    return str;
}


/* wait: milliseconds from now, whether the timer was set or not */

static ngx_inline void
ngx_polycard_set_timer(ngx_event_t *ev, ngx_msec_t wait)
{
    if (ev->timer_set) {

        /* nginx ignores a new time that is close to the old one */
        ngx_del_timer(ev);
    }

    ngx_add_timer(ev, wait);
}


#endif /* _NGX_POLYCARD_NGINX_BASE_H_INCLUDED_ */
