
#include "hook/curl_internal.h"
#include "hook/curl_event.h"
#include "counters/count.h"


/* 8.12.0: the first libcurl whose handles share the sessions of TLS */
#define NGX_POLYCARD_CURL_SESSIONS  0x080c00


struct ngx_polycard_curl_s {
    ngx_polycard_curl_event_t    event;
    ngx_polycard_hook_conf_t    *conf;
    ngx_queue_t                  transfers; /* at work */
    unsigned                     broken:1;  /* the multi handle */
    unsigned                     single:1;  /* one hook a connection at a time:
                                             * the gateway has no HTTP/2 */
    unsigned                     forgets:1; /* a session of TLS ends with its
                                             * handle */
};


static ngx_polycard_curl_t *ngx_polycard_curl_get(
    ngx_polycard_market_t *market);
static ngx_int_t ngx_polycard_curl_init(ngx_polycard_curl_t *curl);
static CURLM *ngx_polycard_curl_create_multi(ngx_polycard_curl_t *curl);
static ngx_int_t ngx_polycard_curl_renew(ngx_polycard_curl_t *curl);
static ngx_int_t ngx_polycard_curl_begin(ngx_polycard_curl_t *curl,
    ngx_polycard_transfer_t *t);
static CURLcode ngx_polycard_curl_create(ngx_polycard_curl_t *curl,
    CURL **easy);
static void ngx_polycard_curl_log_unfit(ngx_polycard_market_t *market,
    CURLcode rc);
static void ngx_polycard_curl_acted(void *data);
static void ngx_polycard_curl_give_up(ngx_polycard_curl_t *curl);
static void ngx_polycard_curl_finish(ngx_polycard_curl_t *curl, CURL *easy,
    CURLcode rc);
static void ngx_polycard_curl_forget(ngx_polycard_transfer_t *t);
static void ngx_polycard_curl_release(ngx_polycard_curl_t *curl,
    ngx_polycard_transfer_t *t);


ngx_int_t
ngx_polycard_curl_start(ngx_polycard_transfer_t *t)
{
    ngx_polycard_curl_t  *curl;

    t->error = NGX_POLYCARD_DELIVERY_OK;
    t->began = ngx_current_msec;

    curl = ngx_polycard_curl_get(t->market);

    if (curl && (t->fresh || curl->broken)
        && ngx_polycard_curl_renew(curl) != NGX_OK)
    {
        curl = NULL;
    }

    return ngx_polycard_curl_begin(curl, t);
}


static ngx_polycard_curl_t *
ngx_polycard_curl_get(ngx_polycard_market_t *market)
{
    ngx_polycard_curl_t  *curl;

    if (market->worker->curl) {
        return market->worker->curl;
    }

    curl = ngx_calloc(sizeof(ngx_polycard_curl_t), ngx_cycle->log);
    if (curl == NULL) {
        return NULL;
    }

    curl->conf = &market->hook;
    ngx_queue_init(&curl->transfers);

    if (ngx_polycard_curl_init(curl) != NGX_OK) {
        ngx_free(curl);
        return NULL;
    }

    market->worker->curl = curl;

    return curl;
}


static ngx_int_t
ngx_polycard_curl_init(ngx_polycard_curl_t *curl)
{
    CURLM  *multi;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return NGX_ERROR;
    }

    curl->forgets = curl_version_info(CURLVERSION_NOW)->version_num
                    < NGX_POLYCARD_CURL_SESSIONS;

    curl->event.acted = ngx_polycard_curl_acted;
    curl->event.data = curl;

    ngx_polycard_curl_event_init(&curl->event);

    multi = ngx_polycard_curl_create_multi(curl);

    if (multi == NULL) {
        curl_global_cleanup();
        return NGX_ERROR;
    }

    curl->event.multi = multi;

    return NGX_OK;
}


static CURLM *
ngx_polycard_curl_create_multi(ngx_polycard_curl_t *curl)
{
    CURLM  *multi;

    multi = curl_multi_init();
    if (multi == NULL) {
        return NULL;
    }

    if (ngx_polycard_curl_event_set_multi(&curl->event, multi) != CURLM_OK
        || curl_multi_setopt(multi, CURLMOPT_PIPELINING,
                             (long) CURLPIPE_MULTIPLEX)
           != CURLM_OK
        || curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
                             (long) curl->conf->concurrency)
           != CURLM_OK)
    {
        (void) curl_multi_cleanup(multi);
        return NULL;
    }

    return multi;
}


/*
 * Closes idle connections, and drops cached addresses, which
 * both belong to the multi handle.  Connections in use are not closed.  An
 * error if the multi handle cannot be used and there is no other.
 */

static ngx_int_t
ngx_polycard_curl_renew(ngx_polycard_curl_t *curl)
{
    CURLM  *multi;

    if (!ngx_queue_empty(&curl->transfers)) {
        return NGX_OK;
    }

    multi = ngx_polycard_curl_create_multi(curl);
    if (multi == NULL) {
        return curl->broken ? NGX_ERROR : NGX_OK;
    }

    (void) curl_multi_cleanup(curl->event.multi);

    curl->event.multi = multi;
    curl->broken = 0;

    return NGX_OK;
}


void
ngx_polycard_curl_close(ngx_polycard_market_t *market)
{
    ngx_polycard_curl_t  *curl;

    curl = market->worker->curl;

    if (curl == NULL) {
        return;
    }

    (void) curl_multi_cleanup(curl->event.multi);
    ngx_polycard_curl_event_done(&curl->event);

    curl_global_cleanup();

    ngx_free(curl);

    market->worker->curl = NULL;
}


static ngx_int_t
ngx_polycard_curl_begin(ngx_polycard_curl_t *curl, ngx_polycard_transfer_t *t)
{
    CURLcode  rc;

    t->status = 0;
    t->answer.len = 0;
    t->retry_after.len = 0;
    t->header_size = 0;
    t->header_done = 0;

    rc = curl ? ngx_polycard_curl_create(curl, &t->easy) : CURLE_FAILED_INIT;

    ngx_polycard_curl_log_unfit(t->market, rc);

    if (rc == CURLE_OK) {
        ngx_queue_insert_tail(&curl->transfers, &t->queue);

        rc = ngx_polycard_curl_set_request(t->easy, t);
    }

    if (rc == CURLE_OK
        && curl_multi_add_handle(curl->event.multi, t->easy) != CURLM_OK)
    {
        rc = CURLE_OUT_OF_MEMORY;
    }

    if (rc == CURLE_OK) {
        return NGX_OK;
    }

    ngx_polycard_curl_log(t, rc);
    ngx_polycard_curl_release(curl, t);

    return NGX_ERROR;
}


/*
 * A handle with all options set except those of one request.  Each transfer has
 * a new one: connections belong to the multi handle, and other data that a
 * handle keeps of one transfer harmed the next.  libcurl 7.83 to 8.0 unfolds a
 * header that begins with a space into one of the previous answer, which is
 * freed; and it counts the connections that turned out closed over all
 * transfers.
 */

static CURLcode
ngx_polycard_curl_create(ngx_polycard_curl_t *curl, CURL **easy)
{
    CURLcode  rc;

    *easy = curl_easy_init();
    if (*easy == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }

    rc = ngx_polycard_curl_set_options(*easy, curl->conf);

    if (rc == CURLE_OK) {
        rc = ngx_polycard_curl_event_set_options(*easy, &curl->event);
    }

    if (rc == CURLE_OK && curl->single) {

        /* else each new connection waits until the protocol of the one before
         * is known: many at once would be opened one after the other */

        rc = curl_easy_setopt(*easy, CURLOPT_PIPEWAIT, 0L);
    }

    if (rc == CURLE_OK && curl->forgets) {

        /* nobody resumes it; and where memory ends while one is kept, these
         * versions free the host's name twice */

        rc = curl_easy_setopt(*easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
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
    ngx_polycard_counts_curl(market, unfit);

    if (unfit == market->worker->no_curl) {
        return;
    }

    market->worker->no_curl = (unfit != 0);

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

    if (curl->event.rc != CURLM_OK) {
        ngx_polycard_curl_give_up(curl);
    }
}


/*
 * A multi handle that has failed once cannot be used any more: libcurl does
 * not recover from lack of memory while it records the state of a socket
 * (7.88 divides by zero the next time), and refuses everything for ever
 * after a callback that failed.  All its transfers are over, and the next one
 * has a new multi handle.
 */

static void
ngx_polycard_curl_give_up(ngx_polycard_curl_t *curl)
{
    ngx_queue_t               lost, *q;
    ngx_polycard_transfer_t  *t;

    curl->broken = 1;
    ngx_queue_init(&lost);

    while (!ngx_queue_empty(&curl->transfers)) {
        q = ngx_queue_head(&curl->transfers);
        t = ngx_queue_data(q, ngx_polycard_transfer_t, queue);

        ngx_polycard_curl_release(curl, t);
        ngx_queue_insert_tail(&lost, q);
    }

    (void) ngx_polycard_curl_renew(curl);

    while (!ngx_queue_empty(&lost)) {
        q = ngx_queue_head(&lost);
        t = ngx_queue_data(q, ngx_polycard_transfer_t, queue);

        ngx_polycard_curl_forget(t);

        t->error = ngx_polycard_curl_error(CURLE_OUT_OF_MEMORY, t);
        t->message[0] = '\0';
        ngx_polycard_curl_log(t, CURLE_OUT_OF_MEMORY);

        t->handler(t);
    }
}


static void
ngx_polycard_curl_finish(ngx_polycard_curl_t *curl, CURL *easy, CURLcode rc)
{
    ngx_polycard_transfer_t  *t;

    t = NULL;

    if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t) != CURLE_OK
        || t == NULL)
    {
        /* the caller has a timeout */
        return;
    }

    rc = ngx_polycard_curl_check(t, rc);

    if (rc == CURLE_OK) {
        curl->single = !ngx_polycard_curl_is_multiplexed(t);

        ngx_polycard_curl_event_keep(&curl->event, easy);

    } else if (ngx_polycard_curl_is_stale(t, rc)) {
        ngx_polycard_curl_release(curl, t);

        t->fresh = 1;

        if (ngx_polycard_curl_begin(curl, t) == NGX_OK) {
            return;
        }

        t->error = NGX_POLYCARD_DELIVERY_FAILED;

    } else {
        t->error = ngx_polycard_curl_error(rc, t);
        ngx_polycard_curl_log(t, rc);
    }

    ngx_polycard_curl_release(curl, t);

    t->handler(t);
}


void
ngx_polycard_curl_cancel(ngx_polycard_transfer_t *t)
{
    ngx_polycard_curl_forget(t);
    ngx_polycard_curl_release(t->market->worker->curl, t);
}


/* it may be running, or about to be reported as failed, or neither */

static void
ngx_polycard_curl_forget(ngx_polycard_transfer_t *t)
{
    if (t->queue.next) {
        ngx_queue_remove(&t->queue);
        t->queue.next = NULL;
    }
}


static void
ngx_polycard_curl_release(ngx_polycard_curl_t *curl,
    ngx_polycard_transfer_t *t)
{
    CURL  *easy;

    easy = t->easy;

    if (easy == NULL) {
        return;
    }

    t->easy = NULL;
    ngx_polycard_curl_forget(t);

    /* a transfer implies the handles of its market */
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    (void) curl_multi_remove_handle(curl->event.multi, easy);

    curl_easy_cleanup(easy);
}
