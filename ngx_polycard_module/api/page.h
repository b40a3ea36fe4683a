
/* A JSON array of many records, for getClients and getGroups. */


#ifndef _NGX_POLYCARD_API_PAGE_H_INCLUDED_
#define _NGX_POLYCARD_API_PAGE_H_INCLUDED_


#include "http/request.h"


/* a service's context may begin with it */

typedef struct {
    ngx_polycard_ctx_t           ctx;       /* first */
    const ngx_polycard_table_t  *table;

    ngx_polycard_store_list_t    list;
    ngx_polycard_store_records_t records;
    ngx_str_t                   *ids;
    ngx_uint_t                   n;
    ngx_uint_t                   asked;     /* requested from the store */
    ngx_uint_t                   batch;     /* where the current call began */

    ngx_chain_t                 *out;
    ngx_chain_t                 *last;
    ngx_buf_t                   *buf;
    off_t                        size;
    size_t                       most;      /* bytes of any record */
    ngx_uint_t                   written;   /* records */
} ngx_polycard_page_t;


/*
 * Called with the store's list of ids: remembers those that have the form of
 * an id, then requests their records, batch by batch, and finishes the request
 * with the whole array, or with an error; never with a part.
 */
void ngx_polycard_page_start(ngx_polycard_page_t *page,
    const ngx_polycard_table_t *table);


#endif /* _NGX_POLYCARD_API_PAGE_H_INCLUDED_ */
