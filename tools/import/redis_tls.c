
#include "import/redis_tls.h"
#include "import/redis_tls_relay.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>


/* seconds */
#define TLS_TIMEOUT  10


static SSL_CTX *polycard_tls_context(const polycard_redis_conf_t *conf,
    char *failure);
static int polycard_tls_own(SSL_CTX *ctx, const polycard_redis_conf_t *conf,
    char *failure);
static SSL *polycard_tls_handshake(SSL_CTX *ctx,
    const polycard_redis_conf_t *conf, int fd, const char *name,
    char *failure);
static int polycard_tls_set_name(SSL *ssl, const char *name);


int
polycard_redis_tls_open(const polycard_redis_conf_t *conf, int fd,
    const char *name, char *failure)
{
    int       near;
    SSL      *ssl;
    SSL_CTX  *ctx;

    ssl = NULL;
    near = -1;

    ctx = polycard_tls_context(conf, failure);

    if (ctx) {
        ssl = polycard_tls_handshake(ctx, conf, fd, name, failure);
        SSL_CTX_free(ctx);
    }

    if (ssl) {
        near = polycard_tls_relay_start(ssl, fd, failure);
    }

    if (near == -1) {
        SSL_free(ssl);
        (void) close(fd);
    }

    return near;
}


void
polycard_redis_tls_close(void)
{
    polycard_tls_relay_end();
}


const char *
polycard_redis_tls_failure(void)
{
    return polycard_tls_relay_failure();
}


static SSL_CTX *
polycard_tls_context(const polycard_redis_conf_t *conf, char *failure)
{
    int       rc;
    SSL_CTX  *ctx;

    ctx = SSL_CTX_new(TLS_client_method());

    if (ctx == NULL) {
        (void) polycard_failed(failure, "TLS: %s", polycard_tls_error());
        return NULL;
    }

    (void) SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    (void) SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE
                                 |SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

    rc = conf->cacert ? SSL_CTX_load_verify_locations(ctx, conf->cacert, NULL)
                   : SSL_CTX_set_default_verify_paths(ctx);

    if (rc != 1) {
        (void) polycard_failed(failure, "there are no certificates in \"%s\": "
                               "%s", conf->cacert ? conf->cacert
                                                  : "the system's folder",
                               polycard_tls_error());

    } else if (polycard_tls_own(ctx, conf, failure) == NGX_POLYCARD_OK) {
        SSL_CTX_set_verify(ctx, conf->insecure ? SSL_VERIFY_NONE
                                            : SSL_VERIFY_PEER, NULL);

        /* as nginx does: an intermediate certificate alone may be trusted */

        X509_STORE_set_flags(SSL_CTX_get_cert_store(ctx),
                             X509_V_FLAG_PARTIAL_CHAIN);
        return ctx;
    }

    SSL_CTX_free(ctx);

    return NULL;
}


static int
polycard_tls_own(SSL_CTX *ctx, const polycard_redis_conf_t *conf,
    char *failure)
{
    if (conf->cert == NULL) {
        return NGX_POLYCARD_OK;
    }

    if (SSL_CTX_use_certificate_chain_file(ctx, conf->cert) != 1) {
        return polycard_failed(failure, "there is no certificate in \"%s\": "
                               "%s", conf->cert, polycard_tls_error());
    }

    if (SSL_CTX_use_PrivateKey_file(ctx, conf->key, SSL_FILETYPE_PEM) != 1) {
        return polycard_failed(failure, "there is no key of this certificate "
                               "in \"%s\": %s", conf->key,
                               polycard_tls_error());
    }

    return NGX_POLYCARD_OK;
}


static SSL *
polycard_tls_handshake(SSL_CTX *ctx, const polycard_redis_conf_t *conf,
    int fd, const char *name, char *failure)
{
    int             rc;
    SSL            *ssl;
    long            verified;
    const char     *reason;
    struct timeval  timeout = { TLS_TIMEOUT, 0 };

    (void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    (void) setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));

    ssl = SSL_new(ctx);

    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1
        || polycard_tls_set_name(ssl, conf->tls_name ? conf->tls_name : name)
           != NGX_POLYCARD_OK)
    {
        (void) polycard_failed(failure, "TLS: %s", polycard_tls_error());
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

    } else if (!conf->insecure && verified != X509_V_OK) {
        reason = X509_verify_cert_error_string(verified);

    } else {
        reason = polycard_tls_error();
    }

    (void) polycard_failed(failure, "TLS: %s", reason);
    SSL_free(ssl);

    return NULL;
}


/* of an address, or of a host, which is told the server then */

static int
polycard_tls_set_name(SSL *ssl, const char *name)
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
