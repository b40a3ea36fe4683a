
#ifndef _NGX_POLYCARD_DRIVER_H_INCLUDED_
#define _NGX_POLYCARD_DRIVER_H_INCLUDED_


#include "hook/request.h"


typedef struct ngx_polycard_driver_s  ngx_polycard_driver_t;


struct ngx_polycard_driver_s {
    ngx_pool_t                 *pool;       /* deliveries outlive the request */
    ngx_http_request_t         *request;    /* NULL: it has gone */
    ngx_polycard_market_t      *market;
    ngx_str_t                   id;
    ngx_str_t                   object;
    ngx_str_t                   action;
    ngx_str_t                   data;
    ngx_uint_t                  attempt;
    ngx_uint_t                  count;
    ngx_uint_t                  parallel;
    ngx_uint_t                  started;
    ngx_uint_t                  running;
    ngx_uint_t                  busy;
    ngx_event_t                 again;
    ngx_array_t                 results;
    ngx_str_t                   answer;
};


/* room for them */
ngx_int_t ngx_polycard_driver_results(ngx_polycard_driver_t *driver);

/* what became of one of its deliveries */
void ngx_polycard_driver_result(ngx_polycard_driver_t *driver,
    ngx_polycard_delivery_t *d);

/* sends what became of all: what to finalize the request with */
ngx_int_t ngx_polycard_driver_answer(ngx_polycard_driver_t *driver);


#endif /* _NGX_POLYCARD_DRIVER_H_INCLUDED_ */
