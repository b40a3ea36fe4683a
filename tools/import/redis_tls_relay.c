
#include "import/failure.h"
#include "import/redis_tls_relay.h"

#include <openssl/err.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>


#define TLS_BUFFER  65536


/* bytes on one of the two ways */

typedef struct {
    char                  data[TLS_BUFFER];
    size_t                from;
    size_t                to;
} polycard_tls_way_t;


typedef struct {
    SSL                  *ssl;
    int                   fd;          /* the server's */
    int                   near;        /* the end of hiredis' */
    polycard_tls_way_t    out;         /* to the server */
    polycard_tls_way_t    in;
    unsigned              wants_write; /* OpenSSL does */
} polycard_tls_relay_t;


/* one of this program, which has one connection at a time; set before it is
 * closed */
static const char  *polycard_tls_relay_reason;
static pthread_t    polycard_tls_relay_thread;
static int          polycard_tls_relay_fd = -1;


static void *polycard_tls_relay_run(void *data);
static int polycard_tls_relay_turn(polycard_tls_relay_t *relay);
static int polycard_tls_relay_from_near(polycard_tls_relay_t *relay);
static int polycard_tls_relay_to_near(polycard_tls_relay_t *relay);
static int polycard_tls_relay_to_server(polycard_tls_relay_t *relay);
static int polycard_tls_relay_from_server(polycard_tls_relay_t *relay);
static int polycard_tls_relay_again(polycard_tls_relay_t *relay, int rc);
static void polycard_tls_relay_wait(polycard_tls_relay_t *relay);


const char *
polycard_tls_error(void)
{
    const char  *reason;

    reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();

    return reason ? reason : "the connection was closed";
}


int
polycard_tls_relay_start(SSL *ssl, int fd, char *failure)
{
    int                    pair[2], rc;
    sigset_t               all, before;
    polycard_tls_relay_t  *relay;

    relay = calloc(1, sizeof(polycard_tls_relay_t));

    if (relay == NULL
        || socketpair(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0, pair) == -1)
    {
        (void) polycard_failed(failure, "TLS: %s", strerror(errno));
        free(relay);
        return -1;
    }

    polycard_tls_relay_reason = NULL;

    relay->ssl = ssl;
    relay->fd = fd;
    relay->near = pair[1];

    (void) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    (void) fcntl(pair[1], F_SETFL, fcntl(pair[1], F_GETFL) | O_NONBLOCK);

    /* Ctrl-C is for the other one */

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &before);

    rc = pthread_create(&polycard_tls_relay_thread, NULL,
                        polycard_tls_relay_run, relay);

    (void) pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (rc != 0) {
        (void) polycard_failed(failure, "TLS: %s", strerror(rc));
        (void) close(pair[0]);
        (void) close(pair[1]);
        free(relay);
        return -1;
    }

    polycard_tls_relay_fd = fd;

    return pair[0];
}


/* its memory is given back before the program ends */

void
polycard_tls_relay_end(void)
{
    if (polycard_tls_relay_fd == -1) {
        return;
    }

    (void) shutdown(polycard_tls_relay_fd, SHUT_RDWR);
    (void) pthread_join(polycard_tls_relay_thread, NULL);
    (void) close(polycard_tls_relay_fd);

    polycard_tls_relay_fd = -1;
}


const char *
polycard_tls_relay_failure(void)
{
    return polycard_tls_relay_reason;
}


static void *
polycard_tls_relay_run(void *data)
{
    polycard_tls_relay_t  *relay = data;

    int  rc;

    while ((rc = polycard_tls_relay_turn(relay)) >= 0) {

        if (rc == 0) {
            polycard_tls_relay_wait(relay);
        }
    }

    SSL_free(relay->ssl);
    (void) close(relay->near);
    free(relay);
    OPENSSL_thread_stop();

    return NULL;
}


/* -1: it is over; 0: nothing can be done at the moment */

static int
polycard_tls_relay_turn(polycard_tls_relay_t *relay)
{
    size_t  i;
    int     rc, sum;

    static int (*const  part[])(polycard_tls_relay_t *relay) = {
        polycard_tls_relay_from_near, polycard_tls_relay_to_server,
        polycard_tls_relay_from_server, polycard_tls_relay_to_near
    };

    sum = 0;
    relay->wants_write = 0;

    for (i = 0; i < polycard_nelts(part); i++) {
        rc = part[i](relay);

        if (rc < 0) {
            return -1;
        }

        sum += rc;
    }

    return sum;
}


static int
polycard_tls_relay_from_near(polycard_tls_relay_t *relay)
{
    ssize_t              n;
    polycard_tls_way_t  *way;

    way = &relay->out;

    if (way->from < way->to) {
        return 0;
    }

    n = read(relay->near, way->data, TLS_BUFFER);

    if (n > 0) {
        way->from = 0;
        way->to = n;
        return 1;
    }

    return (n == -1 && errno == EAGAIN) ? 0 : -1;
}


static int
polycard_tls_relay_to_near(polycard_tls_relay_t *relay)
{
    ssize_t              n;
    polycard_tls_way_t  *way;

    way = &relay->in;

    if (way->from == way->to) {
        return 0;
    }

    n = write(relay->near, way->data + way->from, way->to - way->from);

    if (n > 0) {
        way->from += n;
        return 1;
    }

    return (n == -1 && errno == EAGAIN) ? 0 : -1;
}


static int
polycard_tls_relay_to_server(polycard_tls_relay_t *relay)
{
    int                  n;
    polycard_tls_way_t  *way;

    way = &relay->out;

    if (way->from == way->to) {
        return 0;
    }

    n = SSL_write(relay->ssl, way->data + way->from, way->to - way->from);

    if (n > 0) {
        way->from += n;
        return 1;
    }

    return polycard_tls_relay_again(relay, n);
}


static int
polycard_tls_relay_from_server(polycard_tls_relay_t *relay)
{
    int                  n;
    polycard_tls_way_t  *way;

    way = &relay->in;

    if (way->from < way->to) {
        return 0;
    }

    n = SSL_read(relay->ssl, way->data, TLS_BUFFER);

    if (n > 0) {
        way->from = 0;
        way->to = n;
        return 1;
    }

    return polycard_tls_relay_again(relay, n);
}


static int
polycard_tls_relay_again(polycard_tls_relay_t *relay, int rc)
{
    int  error;

    error = SSL_get_error(relay->ssl, rc);

    if (error == SSL_ERROR_WANT_READ) {
        return 0;
    }

    if (error == SSL_ERROR_WANT_WRITE) {
        relay->wants_write = 1;
        return 0;
    }

    /* where nothing can be written, the alert that says why may have come */

    if (error == SSL_ERROR_SYSCALL) {
        ERR_clear_error();

        do {
            rc = SSL_read(relay->ssl, relay->in.data, TLS_BUFFER);
        } while (rc > 0);

        error = SSL_get_error(relay->ssl, rc);
    }

    if (error == SSL_ERROR_SSL) {
        polycard_tls_relay_reason = polycard_tls_error();
    }

    return -1;
}


static void
polycard_tls_relay_wait(polycard_tls_relay_t *relay)
{
    struct pollfd  pfd[2];

    pfd[0].fd = relay->fd;
    pfd[0].events = POLLIN | (relay->wants_write ? POLLOUT : 0);

    pfd[1].fd = relay->near;
    pfd[1].events = 0;

    if (relay->out.from == relay->out.to) {
        pfd[1].events |= POLLIN;
    }

    if (relay->in.from < relay->in.to) {

        /* nothing more is read before this has gone */

        pfd[0].events &= ~POLLIN;
        pfd[1].events |= POLLOUT;
    }

    (void) poll(pfd, 2, -1);
}
