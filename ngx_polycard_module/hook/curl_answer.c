
#include "hook/curl_internal.h"


#define NGX_POLYCARD_CURL_HEADERS_MAX  65536
#define NGX_POLYCARD_CURL_ANSWER_MIN   1024


static ngx_int_t ngx_polycard_curl_retry_after(ngx_polycard_transfer_t *t,
    u_char *line, size_t len);


size_t
ngx_polycard_curl_write(char *data, size_t size, size_t n, void *transfer)
{
    ngx_polycard_transfer_t  *t = transfer;

    u_char  *p;

    n *= size;

    if (n > NGX_POLYCARD_DELIVERY_BODY_MAX - t->answer.len) {
        t->oversized = 1;
        return 0;
    }

    if (n > t->size - t->answer.len) {

        /* an answer in one piece fits; a longer one gets the largest buffer */

        t->size = t->size == 0 ? ngx_max(n, NGX_POLYCARD_CURL_ANSWER_MIN)
                               : NGX_POLYCARD_DELIVERY_BODY_MAX;

        p = ngx_pnalloc(t->pool, t->size);
        if (p == NULL) {
            t->size = t->answer.len;
            return 0;
        }

        if (t->answer.len) {
            ngx_memcpy(p, t->answer.data, t->answer.len);
        }

        t->answer.data = p;
    }

    ngx_memcpy(t->answer.data + t->answer.len, data, n);
    t->answer.len += n;

    return n;
}


size_t
ngx_polycard_curl_header(char *data, size_t size, size_t n, void *transfer)
{
    ngx_polycard_transfer_t  *t = transfer;

    n *= size;
    t->header_size += n;

    if (t->header_size > NGX_POLYCARD_CURL_HEADERS_MAX) {
        t->oversized = 1;
        return 0;
    }

    /* there may be several, after "100 Continue", and trailers at the end */

    if (n > 5 && ngx_strncmp(data, "HTTP/", 5) == 0) {
        t->header_done = 0;
        t->retry_after.len = 0;

    } else if (n <= 2 && (*data == CR || *data == LF)) {
        t->header_done = 1;
    }

    return (ngx_polycard_curl_retry_after(t, (u_char *) data, n) == NGX_OK)
           ? n : 0;
}


static ngx_int_t
ngx_polycard_curl_retry_after(ngx_polycard_transfer_t *t, u_char *line,
    size_t len)
{
    static ngx_str_t  name = ngx_string("Retry-After:");

    u_char  *p, *last;

    if (len < name.len
        || ngx_strncasecmp(line, name.data, name.len) != 0)
    {
        return NGX_OK;
    }

    p = line + name.len;
    last = line + len;

    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    while (last > p && last[-1] <= ' ') {
        last--;
    }

    t->retry_after.len = last - p;
    t->retry_after.data = ngx_pnalloc(t->pool, t->retry_after.len + 1);

    if (t->retry_after.data == NULL) {
        t->retry_after.len = 0;
        return NGX_ERROR;
    }

    ngx_memcpy(t->retry_after.data, p, t->retry_after.len);

    return NGX_OK;
}


/*
 * The result that libcurl reports for a transfer is checked against its
 * state.  All such places are tested with a libcurl that lies,
 * in t/hooks/curl.t:
 *
 *   curl_multi_info_read()   CURLE_OK without an answer's header, with an
 *                            invalid status, or with another length than
 *                            the answer announced: below
 *   curl_easy_getinfo()      fails: the transfer is unknown, the status 0, the
 *                            length is not compared
 *   curl_easy_init(), curl_easy_setopt(), curl_multi_add_handle(),
 *   curl_multi_init(), curl_global_init()
 *                            fail: one attempt has failed (curl.c)
 *   curl_multi_socket_action() fails: its transfers are over (curl.c)
 */

CURLcode
ngx_polycard_curl_check(ngx_polycard_transfer_t *t, CURLcode rc)
{
    long        status;
    curl_off_t  length;

    status = 0;

    if (t->header_done) {
        (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    }

    t->status = status;

    if (rc != CURLE_OK) {
        return rc;
    }

    if (!t->header_done) {

        /* an end within the header is no error for libcurl */

        return CURLE_PARTIAL_FILE;
    }

    if (status < 100 || status > 999) {
        t->status = 0;

        return CURLE_WEIRD_SERVER_REPLY;
    }

    if (status != NGX_HTTP_OK
        || curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                             &length)
           != CURLE_OK
        || length < 0
        || (size_t) length == t->answer.len)
    {
        return CURLE_OK;
    }

    return CURLE_PARTIAL_FILE;
}


ngx_uint_t
ngx_polycard_curl_is_multiplexed(ngx_polycard_transfer_t *t)
{
    long  version;

    return curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version)
           == CURLE_OK
           && version == CURL_HTTP_VERSION_2_0;
}


ngx_uint_t
ngx_polycard_curl_is_stale(ngx_polycard_transfer_t *t, CURLcode rc)
{
    long  connects;

    if (t->fresh) {
        return 0;
    }

    switch (rc) {

    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_PARTIAL_FILE:
        break;

    default:
        return 0;
    }

    /*
     * A gateway closes an HTTP/2 connection after a number of requests, and
     * later ones must be sent again.  libcurl 7.88 loses answers that arrived
     * just before.
     */

    if (ngx_polycard_curl_is_multiplexed(t)) {
        return 1;
    }

    return t->header_size == 0
           && curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects)
              == CURLE_OK
           && connects == 0;
}


ngx_polycard_delivery_e
ngx_polycard_curl_error(CURLcode rc, ngx_polycard_transfer_t *t)
{
    long  tunnel;

    if (t->oversized) {
        return NGX_POLYCARD_DELIVERY_OVERSIZED;
    }

    tunnel = 0;

    (void) curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);

    if (tunnel >= NGX_HTTP_SPECIAL_RESPONSE) {

        /* the proxy refused the request */

        return NGX_POLYCARD_DELIVERY_CONNECT;
    }

    switch (rc) {

    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_PROXY:
        return NGX_POLYCARD_DELIVERY_CONNECT;

    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
        return NGX_POLYCARD_DELIVERY_TLS;

    case CURLE_OPERATION_TIMEDOUT:
        return NGX_POLYCARD_DELIVERY_TIMEOUT;

    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2_STREAM:
        return NGX_POLYCARD_DELIVERY_CUT;

    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
        return NGX_POLYCARD_DELIVERY_INVALID;

    default:
        return NGX_POLYCARD_DELIVERY_FAILED;
    }
}


/*
 * libcurl's longer message only if nothing was received: an answer of the
 * gateway may repeat personal data of the request.
 */

void
ngx_polycard_curl_log(ngx_polycard_transfer_t *t, CURLcode rc)
{
    ngx_uint_t  early;

    early = t->error == NGX_POLYCARD_DELIVERY_CONNECT
            || t->error == NGX_POLYCARD_DELIVERY_TLS;

    ngx_log_error(NGX_LOG_INFO, t->log, 0,
                  "polycard hook was not posted: %s (libcurl %d)",
                  early && t->message[0] ? t->message : curl_easy_strerror(rc),
                  (int) rc);
}
