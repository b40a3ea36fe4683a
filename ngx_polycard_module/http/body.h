
/*
 * The body of addClient, in any of its encodings (contract, B6), and bodies
 * of the office.
 */


#ifndef _NGX_POLYCARD_HTTP_BODY_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_BODY_H_INCLUDED_


#include "market/market.h"
#include "core/input.h"


/*
 * The largest body accepted: all attributes at their longest, with every
 * character escaped, are 36 KB.
 */
#define NGX_POLYCARD_BODY_MAX  65536


typedef enum {
    NGX_POLYCARD_BODY_UNKNOWN = 0,
    NGX_POLYCARD_BODY_JSON,
    NGX_POLYCARD_BODY_FORM,
    NGX_POLYCARD_BODY_MULTIPART,
    NGX_POLYCARD_BODY_PATCH,        /* JSON Merge Patch (RFC 7396) */
    NGX_POLYCARD_BODY_LINES         /* JSON, an object a line */
} ngx_polycard_body_e;


/*
 * By the Content-Type header; UNKNOWN, to be answered with 415, also for a body
 * that is compressed or in another character set.
 */
ngx_polycard_body_e ngx_polycard_body_type(ngx_http_request_t *r);

/*
 * Has nginx read the body, in one buffer if it fits, and call the handler.
 * NGX_DONE; or what to finish the request with: the body cannot be read.
 */
ngx_int_t ngx_polycard_body_start(ngx_http_request_t *r,
    ngx_http_client_body_handler_pt handler);

/*
 * Reads the body's attributes into in; both live in the request's pool.
 * NGX_OK; NGX_HTTP_BAD_REQUEST with in->error;
 * NGX_HTTP_REQUEST_ENTITY_TOO_LARGE; NGX_HTTP_UNSUPPORTED_MEDIA_TYPE: JSON
 * that is said to be a form; NGX_HTTP_SERVICE_UNAVAILABLE: no memory;
 * NGX_HTTP_INTERNAL_SERVER_ERROR: a temporary file cannot be read.
 */
ngx_int_t ngx_polycard_body_read(ngx_http_request_t *r,
    ngx_polycard_body_e type, ngx_polycard_input_t *in);

/*
 * Before a reader of core/: the body in one piece, unchanged, empty if there
 * is none, and in prepared for the table's attributes.  NGX_OK, or as above.
 */
ngx_int_t ngx_polycard_body_input(ngx_http_request_t *r,
    const ngx_polycard_table_t *table, ngx_polycard_input_t *in,
    ngx_polycard_str_t *body);


#endif /* _NGX_POLYCARD_HTTP_BODY_H_INCLUDED_ */
