
/*
 * The inside of the transfers, shared by their files: curl.c (handles and
 * transfers), curl_options.c (options of a handle) and curl_answer.c (the
 * answer, or why there is none).
 */


#ifndef _NGX_POLYCARD_HOOK_CURL_INTERNAL_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_CURL_INTERNAL_H_INCLUDED_


#include "hook/curl.h"


/* for a new handle: all options except those of one request */
CURLcode ngx_polycard_curl_set_options(CURL *easy,
    ngx_polycard_hook_conf_t *conf);

/* those of this request: body or arguments, headers, where the answer goes; t
 * has to stay until the transfer has ended */
CURLcode ngx_polycard_curl_set_request(CURL *easy,
    ngx_polycard_transfer_t *t);

/* callbacks of libcurl */
size_t ngx_polycard_curl_write(char *data, size_t size, size_t n,
    void *transfer);
size_t ngx_polycard_curl_header(char *data, size_t size, size_t n,
    void *transfer);

/*
 * When a transfer is over: sets the status, and returns rc, or why there is
 * no complete answer though rc is CURLE_OK.
 */
CURLcode ngx_polycard_curl_check(ngx_polycard_transfer_t *t, CURLcode rc);

/* for a transfer with an answer: did it use HTTP/2? */
ngx_uint_t ngx_polycard_curl_is_multiplexed(ngx_polycard_transfer_t *t);

/*
 * Whether a transfer failed because its keepalive connection was closed before
 * a byte of the answer arrived (contract, B13), so that it may be tried again
 * on a new connection.  Never twice.
 */
ngx_uint_t ngx_polycard_curl_is_stale(ngx_polycard_transfer_t *t,
    CURLcode rc);

/* never NGX_POLYCARD_DELIVERY_OK or _UNKNOWN: each code is an outage */
ngx_polycard_delivery_e ngx_polycard_curl_error(CURLcode rc,
    ngx_polycard_transfer_t *t);
void ngx_polycard_curl_log(ngx_polycard_transfer_t *t, CURLcode rc);


#endif /* _NGX_POLYCARD_HOOK_CURL_INTERNAL_H_INCLUDED_ */
