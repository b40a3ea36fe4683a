
#include "import/redis_tls.h"
#include "import/terminal.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>


/* seconds */
#define TLS_TIMEOUT  10

#define TLS_BUFFER   65536


/* bytes on one of the two ways */

typedef struct {
    char         data[TLS_BUFFER];
    size_t       from;
    size_t       to;
} polycard_tls_way_t;


typedef struct {
    SSL                 *ssl;
    int                  fd;          /* the server's */
    int                  near;        /* the end of hiredis' */
    polycard_tls_way_t   out;         /* to the server */
    polycard_tls_way_t   in;
    unsigned             wants_write; /* OpenSSL does */
} polycard_tls_t;


/* one of this program, which has one connection; set before it is closed */
static const char  *polycard_tls_reason;
static pthread_t    polycard_tls_thread;
static int          polycard_tls_fd = -1;


static SSL_CTX *polycard_tls_context(const polycard_options_t *o);
static int polycard_tls_own(SSL_CTX *ctx, const polycard_options_t *o);
static SSL *polycard_tls_handshake(SSL_CTX *ctx, const polycard_options_t *o,
    int fd, const char *name);
static int polycard_tls_set_name(SSL *ssl, const polycard_options_t *o,
    const char *name);
static const char *polycard_tls_error(void);
static int polycard_tls_start(SSL *ssl, int fd);
static void *polycard_tls_run(void *data);
static int polycard_tls_turn(polycard_tls_t *tls);
static int polycard_tls_from_near(polycard_tls_t *tls);
static int polycard_tls_to_near(polycard_tls_t *tls);
static int polycard_tls_to_server(polycard_tls_t *tls);
static int polycard_tls_from_server(polycard_tls_t *tls);
static int polycard_tls_again(polycard_tls_t *tls, int rc);
static void polycard_tls_wait(polycard_tls_t *tls);


int
polycard_redis_tls_open(const polycard_options_t *o, int fd, const char *name)
{
    int       near;
    SSL      *ssl;
    SSL_CTX  *ctx;

    ssl = NULL;
    near = -1;

    ctx = polycard_tls_context(o);

    if (ctx) {
        ssl = polycard_tls_handshake(ctx, o, fd, name);
        SSL_CTX_free(ctx);
    }

    if (ssl) {
        near = polycard_tls_start(ssl, fd);
    }

    if (near == -1) {
        SSL_free(ssl);
        (void) close(fd);
    }

    return near;
}


/* its memory is given back before the program ends */

void
polycard_redis_tls_close(void)
{
    if (polycard_tls_fd == -1) {
        return;
    }

    (void) shutdown(polycard_tls_fd, SHUT_RDWR);
    (void) pthread_join(polycard_tls_thread, NULL);
    (void) close(polycard_tls_fd);

    polycard_tls_fd = -1;
}


const char *
polycard_redis_tls_failure(void)
{
    return polycard_tls_reason;
}


static SSL_CTX *
polycard_tls_context(const polycard_options_t *o)
{
    int       rc;
    SSL_CTX  *ctx;

    ctx = SSL_CTX_new(TLS_client_method());

    if (ctx == NULL) {
        polycard_say("TLS: %s", polycard_tls_error());
        return NULL;
    }

    (void) SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    (void) SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE
                                 |SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

    rc = o->cacert ? SSL_CTX_load_verify_locations(ctx, o->cacert, NULL)
                   : SSL_CTX_set_default_verify_paths(ctx);

    if (rc != 1) {
        polycard_say("there are no certificates in \"%s\": %s",
                     o->cacert ? o->cacert : "the system's folder",
                     polycard_tls_error());

    } else if (polycard_tls_own(ctx, o) == NGX_POLYCARD_OK) {
        SSL_CTX_set_verify(ctx, o->insecure ? SSL_VERIFY_NONE
                                            : SSL_VERIFY_PEER, NULL);

        /* as nginx does: what is named may be trusted by itself */

        X509_STORE_set_flags(SSL_CTX_get_cert_store(ctx),
                             X509_V_FLAG_PARTIAL_CHAIN);
        return ctx;
    }

    SSL_CTX_free(ctx);

    return NULL;
}


static int
polycard_tls_own(SSL_CTX *ctx, const polycard_options_t *o)
{
    if (o->cert == NULL) {
        return NGX_POLYCARD_OK;
    }

    if (SSL_CTX_use_certificate_chain_file(ctx, o->cert) != 1) {
        polycard_say("there is no certificate in \"%s\": %s", o->cert,
                     polycard_tls_error());
        return NGX_POLYCARD_ERROR;
    }

    if (SSL_CTX_use_PrivateKey_file(ctx, o->key, SSL_FILETYPE_PEM) != 1) {
        polycard_say("there is no key of this certificate in \"%s\": %s",
                     o->key, polycard_tls_error());
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


static SSL *
polycard_tls_handshake(SSL_CTX *ctx, const polycard_options_t *o, int fd,
    const char *name)
{
    int              rc;
    SSL             *ssl;
    long             verified;
    const char      *reason;
    struct timeval   timeout = { TLS_TIMEOUT, 0 };

    (void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    (void) setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));

    ssl = SSL_new(ctx);

    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1
        || polycard_tls_set_name(ssl, o, o->tls_name ? o->tls_name : name)
           != NGX_POLYCARD_OK)
    {
        polycard_say("TLS: %s", polycard_tls_error());
        SSL_free(ssl);
        return NULL;
    }

    ERR_clear_error();
    errno = 0;

    rc = SSL_connect(ssl);

    if (rc == 1) {
        return ssl;
    }

    verified = SSL_get_verify_result(ssl);

    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        reason = "no answer to the handshake, as by a server without it";

    } else if (!o->insecure && verified != X509_V_OK) {
        reason = X509_verify_cert_error_string(verified);

    } else {
        reason = polycard_tls_error();
    }

    polycard_say("cannot connect to redis \"%s\": TLS: %s", o->redis, reason);
    SSL_free(ssl);

    return NULL;
}


/* of an address, or of a host, which is told the server then */

static int
polycard_tls_set_name(SSL *ssl, const polycard_options_t *o, const char *name)
{
    int                 rc;
    unsigned char       address[sizeof(struct in6_addr)];
    X509_VERIFY_PARAM  *param;

    if (inet_pton(AF_INET, name, address) == 1
        || inet_pton(AF_INET6, name, address) == 1)
    {
        param = SSL_get0_param(ssl);
        rc = X509_VERIFY_PARAM_set1_ip_asc(param, name);

    } else {
        rc = SSL_set_tlsext_host_name(ssl, name) && SSL_set1_host(ssl, name);
    }

    return (rc == 1) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


static const char *
polycard_tls_error(void)
{
    const char  *reason;

    reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();

    return reason ? reason : "the connection was closed";
}


/* the end of hiredis, or -1 */

static int
polycard_tls_start(SSL *ssl, int fd)
{
    int              pair[2], rc;
    sigset_t         all, before;
    polycard_tls_t  *tls;

    tls = calloc(1, sizeof(polycard_tls_t));

    if (tls == NULL
        || socketpair(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0, pair) == -1)
    {
        polycard_say("TLS: %s", strerror(errno));
        free(tls);
        return -1;
    }

    tls->ssl = ssl;
    tls->fd = fd;
    tls->near = pair[1];

    (void) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    (void) fcntl(pair[1], F_SETFL, fcntl(pair[1], F_GETFL) | O_NONBLOCK);

    /* Ctrl-C is for the other one */

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &before);

    rc = pthread_create(&polycard_tls_thread, NULL, polycard_tls_run, tls);

    (void) pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (rc != 0) {
        polycard_say("TLS: %s", strerror(rc));
        (void) close(pair[0]);
        (void) close(pair[1]);
        free(tls);
        return -1;
    }

    polycard_tls_fd = fd;

    return pair[0];
}


static void *
polycard_tls_run(void *data)
{
    polycard_tls_t *tls = data;

    int  rc;

    while ((rc = polycard_tls_turn(tls)) >= 0) {

        if (rc == 0) {
            polycard_tls_wait(tls);
        }
    }

    SSL_free(tls->ssl);
    (void) close(tls->near);
    free(tls);
    OPENSSL_thread_stop();

    return NULL;
}


/* -1: it is over; 0: nothing can be done at the moment */

static int
polycard_tls_turn(polycard_tls_t *tls)
{
    size_t  i;
    int     rc, sum;

    static int (*const  part[])(polycard_tls_t *tls) = {
        polycard_tls_from_near, polycard_tls_to_server,
        polycard_tls_from_server, polycard_tls_to_near
    };

    sum = 0;
    tls->wants_write = 0;

    for (i = 0; i < polycard_nelts(part); i++) {
        rc = part[i](tls);

        if (rc < 0) {
            return -1;
        }

        sum += rc;
    }

    return sum;
}


static int
polycard_tls_from_near(polycard_tls_t *tls)
{
    ssize_t              n;
    polycard_tls_way_t  *way;

    way = &tls->out;

    if (way->from < way->to) {
        return 0;
    }

    n = read(tls->near, way->data, TLS_BUFFER);

    if (n > 0) {
        way->from = 0;
        way->to = n;
        return 1;
    }

    return (n == -1 && errno == EAGAIN) ? 0 : -1;
}


static int
polycard_tls_to_near(polycard_tls_t *tls)
{
    ssize_t              n;
    polycard_tls_way_t  *way;

    way = &tls->in;

    if (way->from == way->to) {
        return 0;
    }

    n = write(tls->near, way->data + way->from, way->to - way->from);

    if (n > 0) {
        way->from += n;
        return 1;
    }

    return (n == -1 && errno == EAGAIN) ? 0 : -1;
}


static int
polycard_tls_to_server(polycard_tls_t *tls)
{
    int                  n;
    polycard_tls_way_t  *way;

    way = &tls->out;

    if (way->from == way->to) {
        return 0;
    }

    n = SSL_write(tls->ssl, way->data + way->from, way->to - way->from);

    if (n > 0) {
        way->from += n;
        return 1;
    }

    return polycard_tls_again(tls, n);
}


static int
polycard_tls_from_server(polycard_tls_t *tls)
{
    int                  n;
    polycard_tls_way_t  *way;

    way = &tls->in;

    if (way->from < way->to) {
        return 0;
    }

    n = SSL_read(tls->ssl, way->data, TLS_BUFFER);

    if (n > 0) {
        way->from = 0;
        way->to = n;
        return 1;
    }

    return polycard_tls_again(tls, n);
}


static int
polycard_tls_again(polycard_tls_t *tls, int rc)
{
    int  error;

    error = SSL_get_error(tls->ssl, rc);

    if (error == SSL_ERROR_WANT_READ) {
        return 0;
    }

    if (error == SSL_ERROR_WANT_WRITE) {
        tls->wants_write = 1;
        return 0;
    }

    /* where nothing can be written, the alert that says why may have come */

    if (error == SSL_ERROR_SYSCALL) {
        ERR_clear_error();

        do {
            rc = SSL_read(tls->ssl, tls->in.data, TLS_BUFFER);
        } while (rc > 0);

        error = SSL_get_error(tls->ssl, rc);
    }

    if (error == SSL_ERROR_SSL) {
        polycard_tls_reason = polycard_tls_error();
    }

    return -1;
}


static void
polycard_tls_wait(polycard_tls_t *tls)
{
    struct pollfd  pfd[2];

    pfd[0].fd = tls->fd;
    pfd[0].events = POLLIN | (tls->wants_write ? POLLOUT : 0);

    pfd[1].fd = tls->near;
    pfd[1].events = 0;

    if (tls->out.from == tls->out.to) {
        pfd[1].events |= POLLIN;
    }

    if (tls->in.from < tls->in.to) {

        /* nothing more is read before this has gone */

        pfd[0].events &= ~POLLIN;
        pfd[1].events |= POLLOUT;
    }

    (void) poll(pfd, 2, -1);
}
