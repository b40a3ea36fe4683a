
/* libcurl's multi interface in nginx's event loop: per market and worker. */


#ifndef _NGX_POLYCARD_HOOK_CURL_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_CURL_H_INCLUDED_


#include "hook/request.h"


typedef struct ngx_polycard_transfer_s  ngx_polycard_transfer_t;

typedef void (*ngx_polycard_transfer_pt)(ngx_polycard_transfer_t *t);


/*
 * A request to the market's "hook" and its answer.  The memory of the strings
 * must be valid until the end; the answer is in the pool.
 */

struct ngx_polycard_transfer_s {
    ngx_polycard_market_t      *market;
    ngx_pool_t                 *pool;
    ngx_log_t                  *log;
    ngx_str_t                   args;       /* of a GET, else the body */
    ngx_str_t                   body;
    struct curl_slist          *headers;    /* the caller's, never freed */
    ngx_polycard_transfer_pt    handler;
    void                       *data;
    unsigned                    fresh:1;    /* the gateway's name is looked up
                                             * again, no connection is kept */

    ngx_polycard_delivery_e     error;      /* the answer */
    ngx_uint_t                  status;     /* 0: none came */
    ngx_str_t                   answer;
    ngx_str_t                   retry_after;

    /* private */

    CURL                       *easy;       /* NULL: not at work */
    ngx_queue_t                 queue;      /* next is NULL: in none */
    ngx_msec_t                  began;
    size_t                      size;       /* of the answer's buffer */
    size_t                      header_size;
    unsigned                    header_done:1;
    unsigned                    oversized:1;
    char                        message[CURL_ERROR_SIZE];
};


/*
 * NGX_OK: the handler will be called from the event loop, never from within
 * this call.
 */
ngx_int_t ngx_polycard_curl_start(ngx_polycard_transfer_t *t);

/* at any time: a running transfer is aborted without calling the handler */
void ngx_polycard_curl_cancel(ngx_polycard_transfer_t *t);

/* at the worker's exit, when no transfer is running any more */
void ngx_polycard_curl_close(ngx_polycard_market_t *market);


#endif /* _NGX_POLYCARD_HOOK_CURL_H_INCLUDED_ */
