
/*
 * One attempt to deliver one hook: a detached request whose subrequest goes to
 * the market's polycard_hook location, whatever content handler that has.
 * Nothing is decided here; core/verdict decides what an answer means.
 */


#ifndef _NGX_POLYCARD_HOOK_REQUEST_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_REQUEST_H_INCLUDED_


#include "market/market.h"


/* the longest body of an answer that is read */
#define NGX_POLYCARD_DELIVERY_BODY_MAX  65536


typedef enum {
    NGX_POLYCARD_DELIVERY_OK = 0,       /* a whole answer, of any status */
    NGX_POLYCARD_DELIVERY_CONNECT,      /* no such name, no connection */
    NGX_POLYCARD_DELIVERY_TLS,          /* handshake or certificate */
    NGX_POLYCARD_DELIVERY_TIMEOUT,      /* hook_timeout has passed */
    NGX_POLYCARD_DELIVERY_CUT,          /* closed before the answer's end */
    NGX_POLYCARD_DELIVERY_OVERSIZED,    /* longer than is read */
    NGX_POLYCARD_DELIVERY_INVALID,      /* no HTTP */
    NGX_POLYCARD_DELIVERY_FAILED,       /* any other error of the carrier */
    NGX_POLYCARD_DELIVERY_UNKNOWN       /* given up by us: worker's exit */
} ngx_polycard_delivery_e;


typedef struct ngx_polycard_delivery_s  ngx_polycard_delivery_t;

typedef void (*ngx_polycard_delivery_pt)(ngx_polycard_delivery_t *d);


/*
 * The caller's memory: the structure and its strings must stay
 * unchanged from ngx_polycard_hook_request_start() to the handler's call.
 */

struct ngx_polycard_delivery_s {

    /* set by the caller */

    ngx_polycard_market_t       *market;
    ngx_str_t                    id;        /* webhook-id: visible ASCII */
    ngx_str_t                    object;
    ngx_str_t                    action;
    ngx_str_t                    data;      /* JSON, the same every time */
    ngx_str_t                    key;       /* phone or group: the caller's */
    ngx_uint_t                   attempt;   /* from 1 */
    unsigned                     fresh:1;   /* see hook/curl.h */
    ngx_polycard_delivery_pt     handler;
    void                        *owner;     /* the caller's */

    /* the result; strings are valid only while the handler runs */

    ngx_polycard_delivery_e      error;
    ngx_uint_t                   status;    /* 0: no valid HTTP answer */
    ngx_str_t                    body;      /* what came of it */
    ngx_str_t                    retry_after;  /* the header, len 0: none */
    ngx_msec_t                   time;      /* from start to result */
    unsigned                     complete:1;   /* error is OK */
};


/*
 * NGX_OK: the handler will be called exactly once, in any case, from the
 * event loop when the request is freed, never from within this call.
 * The handler may free the delivery, and start the same or another one.  When
 * the worker exits or its shutdown times out it is called with
 * NGX_POLYCARD_DELIVERY_UNKNOWN, unless the result was already there.
 *
 * NGX_BUSY: no free connection now; NGX_ERROR: no memory, or the worker is
 * exiting.  In both cases nothing has happened and no handler will be called.
 */
ngx_int_t ngx_polycard_hook_request_start(ngx_polycard_delivery_t *d);

/*
 * At the worker's exit, before Redis is closed: ends all deliveries, calling
 * their handlers; afterwards start() returns NGX_ERROR.
 */
void ngx_polycard_hook_request_exit(void);

/* the delivery of a subrequest; NULL: it is not one of ours */
ngx_polycard_delivery_t *ngx_polycard_hook_request_delivery(
    ngx_http_request_t *r);


#endif /* _NGX_POLYCARD_HOOK_REQUEST_H_INCLUDED_ */
