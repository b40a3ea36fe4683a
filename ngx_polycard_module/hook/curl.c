
#include "hook/curl.h"
#include "hook/curl_event.h"
#include "hook/trust.h"


#define NGX_POLYCARD_CURL_HEADERS_MAX  65536
#define NGX_POLYCARD_CURL_ANSWER_MIN   1024


struct ngx_polycard_curl_s {
    ngx_polycard_curl_event_t    event;
    ngx_polycard_hook_conf_t    *conf;
    CURL                       **idle;      /* options set, not at work */
    ngx_uint_t                   nidle;
};


static ngx_polycard_curl_t *ngx_polycard_curl_get(
    ngx_polycard_market_t *market);
static ngx_int_t ngx_polycard_curl_init(ngx_polycard_curl_t *curl);
static CURL *ngx_polycard_curl_take(ngx_polycard_curl_t *curl);
static CURLcode ngx_polycard_curl_set_common(CURL *easy,
    ngx_polycard_hook_conf_t *conf);
static CURLcode ngx_polycard_curl_set_network(CURL *easy,
    ngx_polycard_hook_conf_t *conf);
static CURLcode ngx_polycard_curl_set_ssl(CURL *easy,
    ngx_polycard_hook_conf_t *conf);
static CURLcode ngx_polycard_curl_set_blob(CURL *easy, CURLoption option,
    ngx_str_t *pem);
static CURLcode ngx_polycard_curl_set_request(CURL *easy,
    ngx_polycard_transfer_t *t);
static CURLcode ngx_polycard_curl_set_args(CURL *easy,
    ngx_polycard_transfer_t *t);

static void ngx_polycard_curl_acted(void *data);
static void ngx_polycard_curl_finish(ngx_polycard_curl_t *curl, CURL *easy,
    CURLcode rc);
static void ngx_polycard_curl_release(ngx_polycard_curl_t *curl,
    ngx_polycard_transfer_t *t, ngx_uint_t keep);
static ngx_polycard_delivery_e ngx_polycard_curl_error(CURLcode rc,
    ngx_polycard_transfer_t *t);
static void ngx_polycard_curl_log(ngx_polycard_transfer_t *t, CURLcode rc);
static size_t ngx_polycard_curl_write(char *data, size_t size, size_t n,
    void *transfer);
static size_t ngx_polycard_curl_header(char *data, size_t size, size_t n,
    void *transfer);


/* setopt until one fails */
#define ngx_polycard_curl_set(rc, easy, option, value)                        \
    if (rc == CURLE_OK) {                                                     \
        rc = curl_easy_setopt(easy, option, value);                           \
    }


ngx_int_t
ngx_polycard_curl_start(ngx_polycard_transfer_t *t)
{
    CURLcode              rc;
    ngx_polycard_curl_t  *curl;

    t->error = NGX_POLYCARD_DELIVERY_OK;

    curl = ngx_polycard_curl_get(t->market);
    t->easy = curl ? ngx_polycard_curl_take(curl) : NULL;

    if (t->easy == NULL) {
        ngx_polycard_curl_release(curl, t, 0);
        return NGX_ERROR;
    }

    rc = ngx_polycard_curl_set_request(t->easy, t);

    if (rc != CURLE_OK
        || curl_multi_add_handle(curl->event.multi, t->easy) != CURLM_OK)
    {
        ngx_polycard_curl_log(t, rc);
        ngx_polycard_curl_release(curl, t, 0);

        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_polycard_curl_t *
ngx_polycard_curl_get(ngx_polycard_market_t *market)
{
    ngx_polycard_curl_t  *curl;

    if (market->curl) {
        return market->curl;
    }

    curl = ngx_calloc(sizeof(ngx_polycard_curl_t), ngx_cycle->log);
    if (curl == NULL) {
        return NULL;
    }

    curl->conf = &market->hook;

    if (ngx_polycard_curl_init(curl) != NGX_OK) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "libcurl could not be set up");
        ngx_free(curl);

        return NULL;
    }

    market->curl = curl;

    return curl;
}


static ngx_int_t
ngx_polycard_curl_init(ngx_polycard_curl_t *curl)
{
    CURLM  *multi;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return NGX_ERROR;
    }

    multi = curl_multi_init();

    curl->idle = ngx_alloc(curl->conf->concurrency * sizeof(CURL *),
                           ngx_cycle->log);

    curl->event.multi = multi;
    curl->event.acted = ngx_polycard_curl_acted;
    curl->event.data = curl;

    if (multi == NULL
        || curl->idle == NULL
        || ngx_polycard_curl_event_init(&curl->event) != NGX_OK
        || curl_multi_setopt(multi, CURLMOPT_PIPELINING,
                             (long) CURLPIPE_MULTIPLEX)
           != CURLM_OK
        || curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
                             (long) curl->conf->concurrency)
           != CURLM_OK)
    {
        curl_multi_cleanup(multi);
        ngx_free(curl->idle);
        curl_global_cleanup();

        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_polycard_curl_close(ngx_polycard_market_t *market)
{
    ngx_polycard_curl_t  *curl;

    curl = market->curl;

    if (curl == NULL) {
        return;
    }

    while (curl->nidle) {
        curl_easy_cleanup(curl->idle[--curl->nidle]);
    }

    curl_multi_cleanup(curl->event.multi);
    ngx_polycard_curl_event_done(&curl->event);

    curl_global_cleanup();

    ngx_free(curl->idle);
    ngx_free(curl);

    market->curl = NULL;
}


/* a handle with all options set but those of one request */

static CURL *
ngx_polycard_curl_take(ngx_polycard_curl_t *curl)
{
    CURL      *easy;
    CURLcode   rc;

    if (curl->nidle) {
        return curl->idle[--curl->nidle];
    }

    easy = curl_easy_init();
    if (easy == NULL) {
        return NULL;
    }

    rc = ngx_polycard_curl_set_common(easy, curl->conf);

    if (rc == CURLE_OK) {
        rc = ngx_polycard_curl_set_network(easy, curl->conf);
    }

    if (rc == CURLE_OK) {
        rc = ngx_polycard_curl_set_ssl(easy, curl->conf);
    }

    if (rc != CURLE_OK) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "curl_easy_setopt() failed (%d: %s)",
                      (int) rc, curl_easy_strerror(rc));
        curl_easy_cleanup(easy);

        return NULL;
    }

    return easy;
}


static CURLcode
ngx_polycard_curl_set_common(CURL *easy, ngx_polycard_hook_conf_t *conf)
{
    CURLcode  rc;

    rc = ngx_polycard_curl_protocols(easy);

    ngx_polycard_curl_set(rc, easy, CURLOPT_URL, conf->url.data);
    ngx_polycard_curl_set(rc, easy, CURLOPT_FOLLOWLOCATION, 0L);
    ngx_polycard_curl_set(rc, easy, CURLOPT_HTTP09_ALLOWED, 0L);
    ngx_polycard_curl_set(rc, easy, CURLOPT_NOSIGNAL, 1L);
    ngx_polycard_curl_set(rc, easy, CURLOPT_NOPROGRESS, 1L);
    ngx_polycard_curl_set(rc, easy, CURLOPT_WRITEFUNCTION,
                          ngx_polycard_curl_write);
    ngx_polycard_curl_set(rc, easy, CURLOPT_HEADERFUNCTION,
                          ngx_polycard_curl_header);

    /* only over TLS: the two ends agree on it in the handshake */

    (void) curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                            (long) CURL_HTTP_VERSION_2TLS);

    /* a name server that hangs must not stop the loop */

    (void) ngx_polycard_curl_quick_exit(easy);

    return rc;
}


static CURLcode
ngx_polycard_curl_set_network(CURL *easy, ngx_polycard_hook_conf_t *conf)
{
    char      interface[sizeof("host!") + NGX_INET6_ADDRSTRLEN];
    CURLcode  rc;

    rc = CURLE_OK;

    /* an address that does not answer leaves time for the next one */

    ngx_polycard_curl_set(rc, easy, CURLOPT_TIMEOUT_MS, (long) conf->timeout);
    ngx_polycard_curl_set(rc, easy, CURLOPT_CONNECTTIMEOUT_MS,
                          (long) (conf->timeout + 1) / 2);

    /* the environment has no say */

    ngx_polycard_curl_set(rc, easy, CURLOPT_PROXY,
                          conf->proxy.len ? (char *) conf->proxy.data : "");
    ngx_polycard_curl_set(rc, easy, CURLOPT_NOPROXY, "");
    ngx_polycard_curl_set(rc, easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    ngx_polycard_curl_set(rc, easy, CURLOPT_HEADEROPT,
                          (long) CURLHEADER_SEPARATE);

    if (conf->bind.len) {
        ngx_snprintf((u_char *) interface, sizeof(interface), "host!%V%Z",
                     &conf->bind);
        ngx_polycard_curl_set(rc, easy, CURLOPT_INTERFACE, interface);
    }

    return rc;
}


static CURLcode
ngx_polycard_curl_set_ssl(CURL *easy, ngx_polycard_hook_conf_t *conf)
{
    CURLcode  rc;

    if (ngx_strncasecmp(conf->url.data, (u_char *) "https:", 6) != 0) {
        return CURLE_OK;
    }

    rc = CURLE_OK;

    ngx_polycard_curl_set(rc, easy, CURLOPT_PIPEWAIT, 1L);
    ngx_polycard_curl_set(rc, easy, CURLOPT_SSLVERSION,
                          (long) CURL_SSLVERSION_TLSv1_2);

    ngx_polycard_curl_set(rc, easy, CURLOPT_SSL_VERIFYPEER,
                          (long) conf->verify);
    ngx_polycard_curl_set(rc, easy, CURLOPT_SSL_VERIFYHOST,
                          conf->verify ? 2L : 0L);
    ngx_polycard_curl_set(rc, easy, CURLOPT_CAPATH, NULL);

    if (rc == CURLE_OK && conf->trust) {
        rc = ngx_polycard_trust_set(conf->trust, easy);
    }

    if (rc == CURLE_OK && conf->certificate.len) {
        rc = ngx_polycard_curl_set_blob(easy, CURLOPT_SSLCERT_BLOB,
                                        &conf->certificate);
    }

    if (rc == CURLE_OK && conf->certificate_key.len) {
        rc = ngx_polycard_curl_set_blob(easy, CURLOPT_SSLKEY_BLOB,
                                        &conf->certificate_key);
    }

    return rc;
}


static CURLcode
ngx_polycard_curl_set_blob(CURL *easy, CURLoption option, ngx_str_t *pem)
{
    struct curl_blob  blob;

    blob.data = pem->data;
    blob.len = pem->len;
    blob.flags = CURL_BLOB_NOCOPY;

    return curl_easy_setopt(easy, option, &blob);
}


static CURLcode
ngx_polycard_curl_set_request(CURL *easy, ngx_polycard_transfer_t *t)
{
    CURLcode            rc;
    struct curl_slist  *headers;

    /* "100 Continue" is not waited for */

    headers = curl_slist_append(t->headers, "Expect:");
    if (headers == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }

    t->headers = headers;
    t->message[0] = '\0';

    rc = CURLE_OK;

    if (t->args.len) {
        rc = ngx_polycard_curl_set_args(easy, t);

    } else {
        ngx_polycard_curl_set(rc, easy, CURLOPT_POST, 1L);
        ngx_polycard_curl_set(rc, easy, CURLOPT_POSTFIELDS, t->body.data);
        ngx_polycard_curl_set(rc, easy, CURLOPT_POSTFIELDSIZE_LARGE,
                              (curl_off_t) t->body.len);
    }

    ngx_polycard_curl_set(rc, easy, CURLOPT_HTTPHEADER, t->headers);
    ngx_polycard_curl_set(rc, easy, CURLOPT_ERRORBUFFER, t->message);
    ngx_polycard_curl_set(rc, easy, CURLOPT_WRITEDATA, t);
    ngx_polycard_curl_set(rc, easy, CURLOPT_HEADERDATA, t);
    ngx_polycard_curl_set(rc, easy, CURLOPT_PRIVATE, t);

    return rc;
}


static CURLcode
ngx_polycard_curl_set_args(CURL *easy, ngx_polycard_transfer_t *t)
{
    u_char     *p, *url;
    CURLcode    rc;
    ngx_str_t  *base;

    base = &t->market->hook.url;

    url = ngx_pnalloc(t->pool, base->len + 1 + t->args.len + 1);
    if (url == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }

    p = ngx_cpymem(url, base->data, base->len);
    *p = ngx_strlchr(url, p, '?') ? '&' : '?';
    p = ngx_cpymem(p + 1, t->args.data, t->args.len);
    *p = '\0';

    rc = curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);

    ngx_polycard_curl_set(rc, easy, CURLOPT_URL, url);

    return rc;
}


static void
ngx_polycard_curl_acted(void *data)
{
    ngx_polycard_curl_t  *curl = data;

    int       left;
    CURLMsg  *message;

    while ((message = curl_multi_info_read(curl->event.multi, &left))) {

        if (message->msg == CURLMSG_DONE) {
            ngx_polycard_curl_finish(curl, message->easy_handle,
                                     message->data.result);
        }
    }
}


static void
ngx_polycard_curl_finish(ngx_polycard_curl_t *curl, CURL *easy, CURLcode rc)
{
    long                      status;
    ngx_polycard_transfer_t  *t;

    status = 0;

    if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t) != CURLE_OK) {
        return;
    }

    (void) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);

    if (rc == CURLE_OK && !t->header_done) {

        /* an end within the header is none of libcurl's errors */

        rc = CURLE_PARTIAL_FILE;
    }

    t->status = t->header_done ? status : 0;

    if (rc != CURLE_OK) {
        t->error = ngx_polycard_curl_error(rc, t);
        ngx_polycard_curl_log(t, rc);
    }

    ngx_polycard_curl_release(curl, t, rc == CURLE_OK);

    t->handler(t);
}


void
ngx_polycard_curl_cancel(ngx_polycard_transfer_t *t)
{
    if (t->easy) {
        ngx_polycard_curl_release(t->market->curl, t, 0);
    }
}


static void
ngx_polycard_curl_release(ngx_polycard_curl_t *curl,
    ngx_polycard_transfer_t *t, ngx_uint_t keep)
{
    CURL  *easy;

    easy = t->easy;

    if (easy) {
        t->easy = NULL;

        (void) curl_multi_remove_handle(curl->event.multi, easy);

        if (keep && curl->nidle < curl->conf->concurrency) {
            (void) curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
            (void) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);

            curl->idle[curl->nidle++] = easy;

        } else {
            curl_easy_cleanup(easy);
        }
    }

    curl_slist_free_all(t->headers);
    t->headers = NULL;
}


static ngx_polycard_delivery_e
ngx_polycard_curl_error(CURLcode rc, ngx_polycard_transfer_t *t)
{
    long  tunnel;

    if (t->oversized) {
        return NGX_POLYCARD_DELIVERY_OVERSIZED;
    }

    tunnel = 0;

    (void) curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);

    if (tunnel >= NGX_HTTP_SPECIAL_RESPONSE) {

        /* the proxy does not let us through */

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
        return NGX_POLYCARD_DELIVERY_UNKNOWN;
    }
}


/*
 * libcurl's longer message only before anything was said: what a gateway says
 * may repeat what it was told.
 */

static void
ngx_polycard_curl_log(ngx_polycard_transfer_t *t, CURLcode rc)
{
    ngx_uint_t  early;

    early = t->error == NGX_POLYCARD_DELIVERY_CONNECT
            || t->error == NGX_POLYCARD_DELIVERY_TLS;

    ngx_log_error(NGX_LOG_ERR, t->log, 0,
                  "polycard hook was not posted: %s (libcurl %d)",
                  early && t->message[0] ? t->message : curl_easy_strerror(rc),
                  (int) rc);
}


static size_t
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

        /* what comes in one piece fits; what does not gets all there is */

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


static size_t
ngx_polycard_curl_header(char *data, size_t size, size_t n, void *transfer)
{
    static ngx_str_t  name = ngx_string("Retry-After:");

    ngx_polycard_transfer_t  *t = transfer;

    u_char  *p, *last;

    n *= size;
    t->header_size += n;

    if (t->header_size > NGX_POLYCARD_CURL_HEADERS_MAX) {
        t->oversized = 1;
        return 0;
    }

    /* there may be several, after "100 Continue", and trailers behind it */

    if (n > 5 && ngx_strncmp(data, "HTTP/", 5) == 0) {
        t->header_done = 0;
        t->retry_after.len = 0;

    } else if (n <= 2 && (*data == CR || *data == LF)) {
        t->header_done = 1;
    }

    if (n < name.len
        || ngx_strncasecmp((u_char *) data, name.data, name.len) != 0)
    {
        return n;
    }

    p = (u_char *) data + name.len;
    last = (u_char *) data + n;

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
        return 0;
    }

    ngx_memcpy(t->retry_after.data, p, t->retry_after.len);

    return n;
}
