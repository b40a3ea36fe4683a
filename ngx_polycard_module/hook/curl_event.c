
#include "hook/curl_event.h"
#include "nginx/socket.h"

#include <openssl/err.h>


/* microseconds of one turn of the loop */
#define NGX_POLYCARD_CURL_EVENT_SHARE  2000

/* milliseconds between two lines about failures of libcurl */
#define NGX_POLYCARD_CURL_EVENT_TELL   60000


/*
 * Not with curl_multi_assign(): libcurl drops it at CURL_POLL_REMOVE, which
 * comes after each transfer, and passes only the descriptor when it closes one.
 */

struct ngx_polycard_curl_socket_s {
    ngx_connection_t            *connection;
    unsigned                     kept:1;    /* until libcurl closes it */
    unsigned                     idle:1;    /* no transfer uses it */
};


static int ngx_polycard_curl_event_close(void *data, curl_socket_t s);
static ngx_polycard_curl_socket_t *ngx_polycard_curl_event_find(
    ngx_polycard_curl_event_t *event, curl_socket_t s);
static int ngx_polycard_curl_event_socket(CURL *easy, curl_socket_t s,
    int what, void *data, void *socket_data);
static void ngx_polycard_curl_event_detach(
    ngx_polycard_curl_socket_t *socket);
static void ngx_polycard_curl_event_set(ngx_event_t *ev, ngx_int_t event,
    ngx_uint_t wanted);
static void ngx_polycard_curl_event_handler(ngx_event_t *ev);
static ngx_uint_t ngx_polycard_curl_event_late(
    ngx_polycard_curl_event_t *event);
static void ngx_polycard_curl_event_turn(ngx_polycard_curl_event_t *event);
static void ngx_polycard_curl_event_next(ngx_event_t *ev);
static uint64_t ngx_polycard_curl_event_clock(void);
static int ngx_polycard_curl_event_set_timer(CURLM *multi, long ms,
    void *data);
static void ngx_polycard_curl_event_timer(ngx_event_t *ev);
static void ngx_polycard_curl_event_act(ngx_polycard_curl_event_t *event,
    curl_socket_t s, int mask);


void
ngx_polycard_curl_event_init(ngx_polycard_curl_event_t *event)
{
    event->timer.data = event;
    event->timer.log = ngx_cycle->log;
    event->timer.handler = ngx_polycard_curl_event_timer;

    /* the caller of a transfer has a timer that keeps the worker alive */
    event->timer.cancelable = 1;

    event->next.data = event;
    event->next.log = ngx_cycle->log;
    event->next.handler = ngx_polycard_curl_event_next;
}


CURLMcode
ngx_polycard_curl_event_set_multi(ngx_polycard_curl_event_t *event,
    CURLM *multi)
{
    CURLMcode  rc;

    rc = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION,
                           ngx_polycard_curl_event_socket);

    if (rc == CURLM_OK) {
        rc = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, event);
    }

    if (rc == CURLM_OK) {
        rc = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION,
                               ngx_polycard_curl_event_set_timer);
    }

    if (rc == CURLM_OK) {
        rc = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, event);
    }

    return rc;
}


void
ngx_polycard_curl_event_done(ngx_polycard_curl_event_t *event)
{
    if (event->timer.timer_set) {
        ngx_del_timer(&event->timer);
    }

    if (event->next.posted) {
        ngx_delete_posted_event(&event->next);
    }

    if (event->sockets) {
        ngx_free(event->sockets);
    }
}


CURLcode
ngx_polycard_curl_event_set_options(CURL *easy,
    ngx_polycard_curl_event_t *event)
{
    CURLcode  rc;

    rc = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION,
                          ngx_polycard_curl_event_close);

    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, event);
    }

    return rc;
}


void
ngx_polycard_curl_event_keep(ngx_polycard_curl_event_t *event, CURL *easy)
{
    long                         connects;
    curl_socket_t                s;
    ngx_polycard_curl_socket_t  *socket;

    if (curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects) != CURLE_OK
        || connects == 0
        || curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &s) != CURLE_OK
        || s == CURL_SOCKET_BAD)
    {
        return;
    }

    socket = ngx_polycard_curl_event_find(event, s);

    if (socket) {
        socket->kept = 1;
    }
}


static int
ngx_polycard_curl_event_close(void *data, curl_socket_t s)
{
    ngx_polycard_curl_event_t  *event = data;

    ngx_polycard_curl_socket_t  *socket;

    socket = ngx_polycard_curl_event_find(event, s);

    if (socket) {
        ngx_polycard_curl_event_detach(socket);
        socket->kept = 0;
    }

    return close(s);
}


/* NULL: no memory; then the socket is not kept, or not watched */

static ngx_polycard_curl_socket_t *
ngx_polycard_curl_event_find(ngx_polycard_curl_event_t *event, curl_socket_t s)
{
    size_t                       size;
    ngx_uint_t                   n;
    ngx_polycard_curl_socket_t  *sockets;

    if ((ngx_uint_t) s < event->nsockets) {
        return &event->sockets[s];
    }

    n = ngx_max(2 * event->nsockets, (ngx_uint_t) s + 1);
    size = n * sizeof(ngx_polycard_curl_socket_t);

    sockets = ngx_alloc(size, ngx_cycle->log);
    if (sockets == NULL) {
        return NULL;
    }

    ngx_memzero(sockets, size);

    if (event->nsockets) {
        ngx_memcpy(sockets, event->sockets,
                   event->nsockets * sizeof(ngx_polycard_curl_socket_t));
        ngx_free(event->sockets);
    }

    event->sockets = sockets;
    event->nsockets = n;

    return &sockets[s];
}


/*
 * Never an error: libcurl would abort all transfers at once.  A socket that
 * is not watched makes its own transfer time out.
 *
 * Between two transfers a connection stays in epoll, unless nginx's
 * connections run short: to remove and add it takes as long as to
 * read the answer.
 */

static int
ngx_polycard_curl_event_socket(CURL *easy, curl_socket_t s, int what,
    void *data, void *socket_data)
{
    ngx_polycard_curl_event_t  *event = data;

    ngx_connection_t            *c;
    ngx_polycard_curl_socket_t  *socket;

    socket = ngx_polycard_curl_event_find(event, s);
    if (socket == NULL) {
        return 0;
    }

    if (what == CURL_POLL_REMOVE) {
        socket->idle = 1;

        if (!socket->kept
            || ngx_cycle->free_connection_n < ngx_cycle->connection_n / 2)
        {
            ngx_polycard_curl_event_detach(socket);
        }

        return 0;
    }

    if (socket->connection == NULL) {
        socket->connection = ngx_polycard_socket_open(s,
                                     ngx_polycard_curl_event_handler,
                                     ngx_polycard_curl_event_handler, event);
    }

    c = socket->connection;
    if (c == NULL) {
        return 0;
    }

    socket->idle = 0;

    ngx_polycard_curl_event_set(c->read, NGX_READ_EVENT, what & CURL_POLL_IN);
    ngx_polycard_curl_event_set(c->write, NGX_WRITE_EVENT,
                                what & CURL_POLL_OUT);

    return 0;
}


static void
ngx_polycard_curl_event_detach(ngx_polycard_curl_socket_t *socket)
{
    if (socket->connection) {
        ngx_polycard_socket_close(socket->connection);
        socket->connection = NULL;
    }
}


static void
ngx_polycard_curl_event_set(ngx_event_t *ev, ngx_int_t event,
    ngx_uint_t wanted)
{
    if (wanted) {
        ngx_polycard_socket_add(ev, event);

    } else {
        ngx_polycard_socket_del(ev, event);
    }
}


static void
ngx_polycard_curl_event_handler(ngx_event_t *ev)
{
    ngx_connection_t           *c;
    ngx_polycard_curl_event_t  *event;

    c = ev->data;
    event = c->data;

    if (event->sockets[c->fd].idle) {

        /* closed by the gateway: libcurl checks before it uses it again */

        ngx_polycard_socket_del(ev, ev->write ? NGX_WRITE_EVENT
                                              : NGX_READ_EVENT);
        return;
    }

    if (ngx_polycard_curl_event_late(event)) {
        return;
    }

    ngx_polycard_curl_event_act(event, c->fd, ev->write ? CURL_CSELECT_OUT
                                                        : CURL_CSELECT_IN);
}


/*
 * Whether libcurl has used its share of this turn of the loop: many handshakes
 * at once take long.  epoll reports the rest again in the next turn.
 */

static ngx_uint_t
ngx_polycard_curl_event_late(ngx_polycard_curl_event_t *event)
{
    ngx_polycard_curl_event_turn(event);

    if (event->used <= NGX_POLYCARD_CURL_EVENT_SHARE) {
        return 0;
    }

    if (!event->next.posted) {
        ngx_post_event(&event->next, &ngx_posted_next_events);
    }

    return 1;
}


/* nginx reads the clock once per turn, if a millisecond has passed */

static void
ngx_polycard_curl_event_turn(ngx_polycard_curl_event_t *event)
{
    if (event->turn != ngx_current_msec) {
        event->turn = ngx_current_msec;
        event->used = 0;
    }
}


/* with timer_resolution it does not read the clock for many turns */

static void
ngx_polycard_curl_event_next(ngx_event_t *ev)
{
    ngx_polycard_curl_event_t  *event = ev->data;

    event->used = 0;
}


/* microseconds */

static uint64_t
ngx_polycard_curl_event_clock(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


/* without the deletion nginx would ignore a small change of the time */

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
    uint64_t   began;
    CURLMcode  rc;

    began = ngx_polycard_curl_event_clock();

    rc = curl_multi_socket_action(event->multi, s, mask, &running);

    /* nginx would take errors that it leaves for those of other connections */

    if (ERR_peek_error()) {
        ERR_clear_error();
    }

    if (rc != CURLM_OK
        && (event->told == 0
            || ngx_current_msec - event->told > NGX_POLYCARD_CURL_EVENT_TELL))
    {
        event->told = ngx_current_msec;

        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "curl_multi_socket_action() failed (%d: %s)",
                      (int) rc, curl_multi_strerror(rc));
    }

    event->rc = rc;

    event->acted(event->data);

    ngx_polycard_curl_event_turn(event);
    event->used += ngx_polycard_curl_event_clock() - began;
}
