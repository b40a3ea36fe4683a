
#include "hook/curl_internal.h"
#include "hook/curl_event.h"
#include "status/count.h"


struct ngx_polycard_curl_s {
    ngx_polycard_curl_event_t    event;
    ngx_polycard_hook_conf_t    *conf;
    CURL                       **idle;      /* options set, not at work */
    ngx_uint_t                   nidle;
};


static ngx_polycard_curl_t *ngx_polycard_curl_get(
    ngx_polycard_market_t *market);
static ngx_int_t ngx_polycard_curl_init(ngx_polycard_curl_t *curl);
static CURLcode ngx_polycard_curl_take(ngx_polycard_curl_t *curl,
    CURL **easy);
static void ngx_polycard_curl_log_unfit(ngx_polycard_market_t *market,
    CURLcode rc);
static void ngx_polycard_curl_acted(void *data);
static void ngx_polycard_curl_finish(ngx_polycard_curl_t *curl, CURL *easy,
    CURLcode rc);
static void ngx_polycard_curl_release(ngx_polycard_curl_t *curl,
    ngx_polycard_transfer_t *t, ngx_uint_t keep);


ngx_int_t
ngx_polycard_curl_start(ngx_polycard_transfer_t *t)
{
    CURLcode              rc;
    ngx_polycard_curl_t  *curl;

    t->error = NGX_POLYCARD_DELIVERY_OK;

    curl = ngx_polycard_curl_get(t->market);
    rc = curl ? ngx_polycard_curl_take(curl, &t->easy) : CURLE_FAILED_INIT;

    ngx_polycard_curl_log_unfit(t->market, rc);

    if (rc != CURLE_OK) {
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

static CURLcode
ngx_polycard_curl_take(ngx_polycard_curl_t *curl, CURL **easy)
{
    CURLcode  rc;

    if (curl->nidle) {
        *easy = curl->idle[--curl->nidle];
        return CURLE_OK;
    }

    *easy = curl_easy_init();
    if (*easy == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }

    rc = ngx_polycard_curl_set_options(*easy, curl->conf);

    if (rc == CURLE_OK) {
        rc = ngx_polycard_curl_event_set_options(*easy, &curl->event);
    }

    if (rc != CURLE_OK) {
        curl_easy_cleanup(*easy);
        *easy = NULL;
    }

    return rc;
}


/* one line when it begins and one when it is over */

static void
ngx_polycard_curl_log_unfit(ngx_polycard_market_t *market, CURLcode rc)
{
    unsigned  unfit;

    unfit = (rc != CURLE_OK);
    ngx_polycard_status_curl(market, unfit);

    if (unfit == market->no_curl) {
        return;
    }

    market->no_curl = unfit;

    if (unfit) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "libcurl cannot be used for polycard market \"%V\": %s "
                      "(libcurl %d)", &market->name, curl_easy_strerror(rc),
                      (int) rc);

    } else {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "libcurl can be used for polycard market \"%V\" again",
                      &market->name);
    }
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

    } else {
        ngx_polycard_curl_event_keep(&curl->event, easy);
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
}
