
/* Commands in Redis' wire format (RESP2, "Redis serialization protocol"). */


#ifndef _NGX_POLYCARD_REDIS_COMMAND_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_COMMAND_H_INCLUDED_


#include "market/market.h"


/* the most bytes of an argument of len bytes, and of the head of a command */
#define ngx_polycard_command_size(len)                                        \
    (sizeof("$\r\n\r\n") - 1 + NGX_SIZE_T_LEN + (len))
#define NGX_POLYCARD_COMMAND_HEAD  ngx_polycard_command_size(0)


/* "*N": a command of n arguments, its name included; returns the end */
u_char *ngx_polycard_command_start(u_char *p, ngx_uint_t n);

/* one argument; returns the end */
u_char *ngx_polycard_command_arg(u_char *p, const void *data, size_t len);

/* one argument that is joined from two */
u_char *ngx_polycard_command_join(u_char *p, const ngx_str_t *one,
    const void *data, size_t len);

/* a whole number as an argument of at most NGX_INT64_LEN bytes */
u_char *ngx_polycard_command_number(u_char *p, int64_t n);


#endif /* _NGX_POLYCARD_REDIS_COMMAND_H_INCLUDED_ */
