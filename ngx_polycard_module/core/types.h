
/*
 * What all of core/ shares: a counted string and the return codes.
 *
 * core/ decides and does no I/O: plain C without nginx, sockets or a clock,
 * so that it is tested and fuzzed alone.
 */


#ifndef _NGX_POLYCARD_CORE_TYPES_H_INCLUDED_
#define _NGX_POLYCARD_CORE_TYPES_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>


#define NGX_POLYCARD_OK         0
#define NGX_POLYCARD_ERROR     -1
#define NGX_POLYCARD_NO_MEMORY -2


/* the members of ngx_str_t, in its order: the two can be copied memberwise */

typedef struct {
    size_t                   len;
    u_char                  *data;
} ngx_polycard_str_t;


#define ngx_polycard_string(s)  { sizeof(s) - 1, (u_char *) s }


/* are the two the same bytes? */

static inline unsigned
ngx_polycard_str_is(const ngx_polycard_str_t *one,
    const ngx_polycard_str_t *other)
{
    return one->len == other->len
           && (one->len == 0 || memcmp(one->data, other->data, one->len) == 0);
}


#endif /* _NGX_POLYCARD_CORE_TYPES_H_INCLUDED_ */
