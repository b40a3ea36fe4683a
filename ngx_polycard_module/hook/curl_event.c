
#include "hook/curl_event.h"


static int ngx_polycard_curl_event_socket(CURL *easy, curl_socket_t s,
    int what, void *data, void *socket_data);
static ngx_connection_t *ngx_polycard_curl_event_attach(
    ngx_polycard_curl_event_t *event, curl_socket_t s);
static void ngx_polycard_curl_event_detach(ngx_connection_t *c);
static void ngx_polycard_curl_event_set(ngx_event_t *ev, ngx_int_t event,
    ngx_uint_t wanted);
static void ngx_polycard_curl_event_handler(ngx_event_t *ev);
static int ngx_polycard_curl_event_set_timer(CURLM *multi, long ms,
    void *data);
static void ngx_polycard_curl_event_timer(ngx_event_t *ev);
static void ngx_polycard_curl_event_act(ngx_polycard_curl_event_t *event,
    curl_socket_t s, int mask);


ngx_int_t
ngx_polycard_curl_event_init(ngx_polycard_curl_event_t *event)
{
    CURLM  *multi;

    multi = event->multi;

    event->timer.data = event;
    event->timer.log = ngx_cycle->log;
    event->timer.handler = ngx_polycard_curl_event_timer;

    /* who waits for a transfer has a timer that keeps the worker alive */
    event->timer.cancelable = 1;

    return (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION,
                              ngx_polycard_curl_event_socket)
            == CURLM_OK
            && curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, event)
               == CURLM_OK
            && curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION,
                                 ngx_polycard_curl_event_set_timer)
               == CURLM_OK
            && curl_multi_setopt(multi, CURLMOPT_TIMERDATA, event)
               == CURLM_OK)
           ? NGX_OK : NGX_ERROR;
}


void
ngx_polycard_curl_event_done(ngx_polycard_curl_event_t *event)
{
    if (event->timer.timer_set) {
        ngx_del_timer(&event->timer);
    }
}


/*
 * Never an error: libcurl would give up all transfers at once.  A socket that
 * nobody watches makes its own transfer time out.
 */

static int
ngx_polycard_curl_event_socket(CURL *easy, curl_socket_t s, int what,
    void *data, void *socket_data)
{
    ngx_polycard_curl_event_t  *event = data;
    ngx_connection_t           *c = socket_data;

    if (what == CURL_POLL_REMOVE) {

        if (c) {
            ngx_polycard_curl_event_detach(c);
            (void) curl_multi_assign(event->multi, s, NULL);
        }

        return 0;
    }

    if (c == NULL) {
        c = ngx_polycard_curl_event_attach(event, s);
        if (c == NULL) {
            return 0;
        }

        (void) curl_multi_assign(event->multi, s, c);
    }

    ngx_polycard_curl_event_set(c->read, NGX_READ_EVENT, what & CURL_POLL_IN);
    ngx_polycard_curl_event_set(c->write, NGX_WRITE_EVENT,
                                what & CURL_POLL_OUT);

    return 0;
}


static ngx_connection_t *
ngx_polycard_curl_event_attach(ngx_polycard_curl_event_t *event,
    curl_socket_t s)
{
    ngx_connection_t  *c;

    c = ngx_get_connection(s, ngx_cycle->log);
    if (c == NULL) {
        return NULL;
    }

    (void) fcntl(s, F_SETFD, FD_CLOEXEC);

    /* ngx_close_connection() frees the slot, libcurl closes the socket */
    c->shared = 1;
    c->data = event;
    c->log = ngx_cycle->log;

    c->read->handler = ngx_polycard_curl_event_handler;
    c->write->handler = ngx_polycard_curl_event_handler;
    c->read->log = ngx_cycle->log;
    c->write->log = ngx_cycle->log;

    return c;
}


static void
ngx_polycard_curl_event_detach(ngx_connection_t *c)
{
    if (ngx_del_conn) {
        (void) ngx_del_conn(c, 0);

    } else {
        ngx_polycard_curl_event_set(c->read, NGX_READ_EVENT, 0);
        ngx_polycard_curl_event_set(c->write, NGX_WRITE_EVENT, 0);
    }

    ngx_close_connection(c);
}


/* level-triggered: libcurl need not read all there is */

static void
ngx_polycard_curl_event_set(ngx_event_t *ev, ngx_int_t event,
    ngx_uint_t wanted)
{
    if (wanted && !ev->active) {
        (void) ngx_add_event(ev, event, NGX_LEVEL_EVENT);

    } else if (!wanted && ev->active) {
        (void) ngx_del_event(ev, event, 0);
    }
}


static void
ngx_polycard_curl_event_handler(ngx_event_t *ev)
{
    ngx_connection_t  *c;

    c = ev->data;

    ngx_polycard_curl_event_act(c->data, c->fd,
                                ev->write ? CURL_CSELECT_OUT
                                          : CURL_CSELECT_IN);
}


/* without the deletion nginx would leave a timer that is near as it is */

static int
ngx_polycard_curl_event_set_timer(CURLM *multi, long ms, void *data)
{
    ngx_polycard_curl_event_t  *event = data;

    if (event->timer.timer_set) {
        ngx_del_timer(&event->timer);
    }

    if (ms >= 0) {
        ngx_add_timer(&event->timer, ms);
    }

    return 0;
}


static void
ngx_polycard_curl_event_timer(ngx_event_t *ev)
{
    ngx_polycard_curl_event_act(ev->data, CURL_SOCKET_TIMEOUT, 0);
}


static void
ngx_polycard_curl_event_act(ngx_polycard_curl_event_t *event, curl_socket_t s,
    int mask)
{
    int        running;
    CURLMcode  rc;

    rc = curl_multi_socket_action(event->multi, s, mask, &running);

    if (rc != CURLM_OK && rc != event->rc) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "curl_multi_socket_action() failed (%d: %s)",
                      (int) rc, curl_multi_strerror(rc));
    }

    event->rc = rc;

    event->acted(event->data);
}
