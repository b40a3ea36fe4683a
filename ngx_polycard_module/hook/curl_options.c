
#include "hook/curl_internal.h"
#include "hook/trust.h"


/* seconds that the addresses of the gateway are kept */
#define NGX_POLYCARD_CURL_DNS_CACHE  5L


static CURLcode ngx_polycard_curl_set_common(CURL *easy,
    ngx_polycard_hook_conf_t *conf);
static CURLcode ngx_polycard_curl_set_network(CURL *easy,
    ngx_polycard_hook_conf_t *conf);
static CURLcode ngx_polycard_curl_set_ssl(CURL *easy,
    ngx_polycard_hook_conf_t *conf);
static CURLcode ngx_polycard_curl_set_blob(CURL *easy, CURLoption option,
    ngx_str_t *pem);
static CURLcode ngx_polycard_curl_set_fresh(CURL *easy,
    ngx_polycard_transfer_t *t);
static CURLcode ngx_polycard_curl_set_args(CURL *easy,
    ngx_polycard_transfer_t *t);


/* setopt until one fails */
#define ngx_polycard_curl_set(rc, easy, option, value)                        \
    if (rc == CURLE_OK) {                                                     \
        rc = curl_easy_setopt(easy, option, value);                           \
    }


CURLcode
ngx_polycard_curl_set_options(CURL *easy, ngx_polycard_hook_conf_t *conf)
{
    CURLcode  rc;

    rc = ngx_polycard_curl_set_common(easy, conf);

    if (rc == CURLE_OK) {
        rc = ngx_polycard_curl_set_network(easy, conf);
    }

    if (rc == CURLE_OK) {
        rc = ngx_polycard_curl_set_ssl(easy, conf);
    }

    return rc;
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

    /* a name server that hangs must not block the loop */

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

    /*
     * libcurl 7.88 to 8.4 tries the next one too late: it waits for events
     * of the socket that it has given up.  So they are shuffled.
     */

    (void) curl_easy_setopt(easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
    ngx_polycard_curl_set(rc, easy, CURLOPT_DNS_CACHE_TIMEOUT,
                          NGX_POLYCARD_CURL_DNS_CACHE);

    /* ignores the environment */

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


CURLcode
ngx_polycard_curl_set_request(CURL *easy, ngx_polycard_transfer_t *t)
{
    CURLcode  rc;

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

    if (rc == CURLE_OK && t->fresh) {
        rc = ngx_polycard_curl_set_fresh(easy, t);
    }

    return rc;
}


/* a second connection gets the rest of the time of the first one */

static CURLcode
ngx_polycard_curl_set_fresh(CURL *easy, ngx_polycard_transfer_t *t)
{
    CURLcode    rc;
    ngx_msec_t  timeout, spent;

    timeout = t->market->hook.timeout;
    spent = ngx_current_msec - t->began;

    rc = CURLE_OK;

    ngx_polycard_curl_set(rc, easy, CURLOPT_FRESH_CONNECT, 1L);
    ngx_polycard_curl_set(rc, easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    ngx_polycard_curl_set(rc, easy, CURLOPT_TIMEOUT_MS,
                          (long) (spent < timeout ? timeout - spent : 1));

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
