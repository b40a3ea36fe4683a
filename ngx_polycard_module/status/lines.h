
/* Text that grows line by line in memory of a pool. */


#ifndef _NGX_POLYCARD_STATUS_LINES_H_INCLUDED_
#define _NGX_POLYCARD_STATUS_LINES_H_INCLUDED_


#include "market/market.h"


/* the most bytes that one call may print */
#define NGX_POLYCARD_LINES_MAX  1024


typedef struct {
    ngx_pool_t      *pool;
    ngx_chain_t     *first;
    ngx_chain_t     *last;
    unsigned         failed:1;       /* no memory: nothing is printed */
} ngx_polycard_lines_t;


/* as ngx_sprintf() */
void ngx_polycard_lines_print(ngx_polycard_lines_t *lines, const char *format,
    ...);

/* the length of the whole text */
off_t ngx_polycard_lines_size(ngx_polycard_lines_t *lines);


#endif /* _NGX_POLYCARD_STATUS_LINES_H_INCLUDED_ */
