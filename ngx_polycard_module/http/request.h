
/*
 * What the services and the office share before they ask the store: method,
 * token, query, waiting for Redis, and the end of the request.
 *
 * An error is a status that a handler returns, or finalises the request with,
 * after ngx_polycard_request_fail(); the filter of error.h writes the answer.
 */


#ifndef _NGX_POLYCARD_HTTP_REQUEST_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_REQUEST_H_INCLUDED_


#include "market/market.h"
#include "http/service.h"
#include "core/input.h"
#include "redis/store.h"


/* a request in one of our locations; a service's own data follow it */

typedef struct {
    ngx_http_request_t         *request;
    ngx_polycard_market_t      *market;
    ngx_polycard_store_call_t  *call;         /* the last one, or NULL */

    const char                 *error;        /* for the error answer */
    ngx_uint_t                  retry_after;  /* seconds, with 503 */
    ngx_str_t                   allow;        /* with 405; empty: the
                                               * service's */
    ngx_uint_t                  status;       /* of an answer; 0: 200 */
    unsigned                    keepalive:1;  /* nginx closes after a 400 */

    /* of the error filter */
    ngx_polycard_loc_conf_t    *location;     /* whose error it is */
    ngx_str_t                   answer;
    unsigned                    answered:1;

    /* for logs and counters */
    ngx_polycard_str_t         *phone;        /* as given, valid or not */
    ngx_msec_t                  redis_start;
    ngx_msec_t                  redis_time;
    ngx_msec_t                  held;         /* while the caller wanted to
                                               * wait */
    unsigned                    asked:1;      /* Redis */
    unsigned                    waits:1;      /* for it */
} ngx_polycard_ctx_t;


/*
 * Makes the request's context (size bytes, zeroed, ngx_polycard_ctx_t first),
 * checks method and token, reads the query into in by its table, whose first
 * attribute must be ngx_polycard_request_token.  Below a tree what is wrong in
 * the query is left in in->error, for ngx_polycard_query_check().  The
 * body of GET, HEAD and DELETE is discarded.  NGX_OK, or what the handler must
 * return.
 */
ngx_int_t ngx_polycard_request_begin(ngx_http_request_t *r, size_t size,
    ngx_polycard_ctx_t **ctx, ngx_polycard_input_t *in,
    const ngx_polycard_table_t *query);

#define NGX_POLYCARD_REQUEST_TOKEN                                            \
    { ngx_polycard_string("token"), NGX_POLYCARD_TYPE_TEXT, 0 }

/* remembers the error's text, which outlives the request; returns status */
ngx_int_t ngx_polycard_request_fail(ngx_polycard_ctx_t *ctx, ngx_int_t status,
    const char *error);

/* the same for an error of the store: 503, 504 */
ngx_int_t ngx_polycard_request_fail_store(ngx_polycard_ctx_t *ctx,
    ngx_int_t status);

/* its text */
const char *ngx_polycard_request_store_error(ngx_int_t status);

/*
 * Before the store is called: fills the head of the call, whose handler is
 * called unless the caller closes the connection before.
 */
void ngx_polycard_request_ask(ngx_polycard_ctx_t *ctx,
    ngx_polycard_store_call_t *call, ngx_polycard_store_pt handler);

/*
 * After the store was called: with rc == NGX_OK the request waits and the
 * result is NGX_DONE, else what to fail with.  The caller must raise the
 * request's count, as nginx does when it reads a body.
 */
ngx_int_t ngx_polycard_request_wait(ngx_polycard_ctx_t *ctx, ngx_int_t rc);

/* ends a request that has waited; ctx may be gone afterwards */
void ngx_polycard_request_finish(ngx_polycard_ctx_t *ctx, ngx_int_t rc);

/*
 * 200, or ctx->status, and JSON, regardless of If-Match, If-None-Match and the
 * like; the bufs of out are final.  Returns what to finish with:
 * NGX_AGAIN if the caller's socket is full, nginx sends the rest.
 */
ngx_int_t ngx_polycard_request_answer(ngx_polycard_ctx_t *ctx,
    ngx_chain_t *out, off_t size);

/* the same for one piece of memory */
ngx_int_t ngx_polycard_request_answer_bytes(ngx_polycard_ctx_t *ctx,
    u_char *start, u_char *end);

/* says that no cache may keep the answer, as those below a tree do:
 * these have no token in their address, and perhaps none at all */
ngx_int_t ngx_polycard_request_no_store(ngx_http_request_t *r);

/* an answer had flaws (core/answer.h): counted, and logged once per worker
 * (B23, B26) */
void ngx_polycard_request_mended(ngx_polycard_ctx_t *ctx);

/* the headers of an answer of size bytes of JSON */
void ngx_polycard_request_set_type(ngx_http_request_t *r, off_t size);

/* adds a header: name is a constant, value memory of the request or constant */
ngx_int_t ngx_polycard_request_header(ngx_http_request_t *r,
    const char *name, u_char *value, size_t len);


#endif /* _NGX_POLYCARD_HTTP_REQUEST_H_INCLUDED_ */
