
#include "redis/tls.h"
#include "redis/tls_fetch.h"
#include "nginx/certificates.h"

#include <openssl/x509v3.h>


/* certificates between that of the server and a trusted one */
#define NGX_POLYCARD_TLS_DEPTH  10

/* bytes of c->pool: nginx keeps little there */
#define NGX_POLYCARD_TLS_POOL   1024


struct ngx_polycard_tls_s {
    ngx_ssl_t                    ssl;
    ngx_str_t                    name;        /* empty: the host's */
    ngx_flag_t                   verify;
    ngx_ssl_session_t           *session;     /* the last one of this worker */
};


static ngx_int_t ngx_polycard_tls_fill(ngx_conf_t *cf,
    ngx_polycard_tls_t *tls, ngx_polycard_tls_conf_t *conf);
static ngx_int_t ngx_polycard_tls_trust(ngx_conf_t *cf,
    ngx_polycard_tls_t *tls, ngx_polycard_tls_conf_t *conf);
static void ngx_polycard_tls_cleanup(void *data);
static ngx_uint_t ngx_polycard_tls_is_address(ngx_str_t *host);
static ngx_int_t ngx_polycard_tls_set_name(ngx_connection_t *c,
    ngx_str_t *host);
static void ngx_polycard_tls_save_session(ngx_connection_t *c);
static void ngx_polycard_tls_forget_session(ngx_polycard_tls_t *tls);
static ngx_uint_t ngx_polycard_tls_is_for(ngx_connection_t *c,
    ngx_str_t *host);
static ngx_uint_t ngx_polycard_tls_is_for_address(ngx_connection_t *c,
    ngx_str_t *address);


ngx_polycard_tls_t *
ngx_polycard_tls_load(ngx_conf_t *cf, ngx_polycard_tls_conf_t *conf)
{
    ngx_log_t            silent;
    ngx_int_t            rc;
    ngx_pool_cleanup_t  *cln;
    ngx_polycard_tls_t  *tls;

    if (ngx_polycard_no_ssl()) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "this nginx is built without TLS, which \"%s\" in "
                      "%V:%ui needs", conf->directive, &conf->place.file,
                      conf->place.line);
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_polycard_tls_t));
    if (cln == NULL) {
        return NULL;
    }

    tls = cln->data;
    ngx_memzero(tls, sizeof(ngx_polycard_tls_t));

    tls->verify = conf->verify;
    tls->name = conf->name;

    /* nginx does not name the line of the configuration: it is logged here */

    silent = *cf->log;
    silent.log_level = NGX_LOG_STDERR;
    silent.next = NULL;

    tls->ssl.log = &silent;

    if (ngx_ssl_create(&tls->ssl, conf->protocols, tls) != NGX_OK) {
        return NULL;
    }

    cln->handler = ngx_polycard_tls_cleanup;

    rc = ngx_polycard_tls_fill(cf, tls, conf);

    tls->ssl.log = cf->cycle->log;

    ngx_polycard_tls_fetch();
    ERR_clear_error();

    return (rc == NGX_OK) ? tls : NULL;
}


static ngx_int_t
ngx_polycard_tls_fill(ngx_conf_t *cf, ngx_polycard_tls_t *tls,
    ngx_polycard_tls_conf_t *conf)
{
    SSL_CTX  *ctx;

    ctx = tls->ssl.ctx;

    /* bytes to be written may have moved in memory, and grown */

    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE
                          |SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

    if (ngx_ssl_client_session_cache(cf, &tls->ssl, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    if (conf->ciphers.len
        && SSL_CTX_set_cipher_list(ctx, (char *) conf->ciphers.data) == 0)
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "no such ciphers in \"%s_ciphers\" in %V:%ui",
                      conf->directive, &conf->ciphers_place.file,
                      conf->ciphers_place.line);
        return NGX_ERROR;
    }

    if (conf->certificate.path.len
        && ngx_ssl_certificate(cf, &tls->ssl, &conf->certificate.path,
                               &conf->key.path, NULL)
           != NGX_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the certificate \"%V\" cannot be used in %V:%ui",
                      &conf->certificate.path, &conf->certificate.place.file,
                      conf->certificate.place.line);
        return NGX_ERROR;
    }

    return conf->verify ? ngx_polycard_tls_trust(cf, tls, conf) : NGX_OK;
}


static ngx_int_t
ngx_polycard_tls_trust(ngx_conf_t *cf, ngx_polycard_tls_t *tls,
    ngx_polycard_tls_conf_t *conf)
{
    X509_STORE            *store;
    ngx_polycard_place_t  *place;

    if (ngx_ssl_trusted_certificate(cf, &tls->ssl, &conf->trusted.path,
                                    NGX_POLYCARD_TLS_DEPTH)
        != NGX_OK)
    {
        place = conf->trusted.place.line ? &conf->trusted.place
                                         : &conf->place;

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "there are no certificates in \"%V\" in %V:%ui",
                      &conf->trusted.path, &place->file, place->line);
        return NGX_ERROR;
    }

    /* as with hooks: an intermediate certificate alone may be trusted */

    store = SSL_CTX_get_cert_store(tls->ssl.ctx);
    ngx_polycard_certificates_read(store);

    X509_STORE_set_flags(store,
                         X509_V_FLAG_TRUSTED_FIRST|X509_V_FLAG_PARTIAL_CHAIN);

    return NGX_OK;
}


static void
ngx_polycard_tls_cleanup(void *data)
{
    ngx_polycard_tls_t *tls = data;

    ngx_polycard_tls_forget_session(tls);
    ngx_ssl_cleanup_ctx(&tls->ssl);
}


ngx_int_t
ngx_polycard_tls_start(ngx_polycard_tls_t *tls, ngx_connection_t *c,
    ngx_str_t *host, ngx_connection_handler_pt handler)
{
    c->pool = ngx_create_pool(NGX_POLYCARD_TLS_POOL, ngx_cycle->log);
    if (c->pool == NULL) {
        return NGX_ERROR;
    }

    /* other libraries may have left errors in the queue */
    ERR_clear_error();

    if (ngx_ssl_create_connection(&tls->ssl, c, NGX_SSL_CLIENT) != NGX_OK) {
        return NGX_ERROR;
    }

    c->ssl->handler = handler;
    c->ssl->save_session = ngx_polycard_tls_save_session;
    c->ssl->no_wait_shutdown = 1;
    c->ssl->no_send_shutdown = 1;

    if (ngx_polycard_tls_set_name(c, tls->name.len ? &tls->name : host)
        != NGX_OK
        || (tls->session && ngx_ssl_set_session(c, tls->session) != NGX_OK))
    {
        return NGX_ERROR;
    }

    return ngx_ssl_handshake(c);
}


/* SNI, which is for names only */

static ngx_int_t
ngx_polycard_tls_set_name(ngx_connection_t *c, ngx_str_t *host)
{
    u_char  name[NGX_POLYCARD_TLS_HOST + 1];

    if (host->len == 0 || host->len > NGX_POLYCARD_TLS_HOST
        || ngx_polycard_tls_is_address(host))
    {
        return NGX_OK;
    }

    (void) ngx_cpystrn(name, host->data, host->len + 1);

    return SSL_set_tlsext_host_name(c->ssl->connection, (char *) name)
           ? NGX_OK : NGX_ERROR;
}


static ngx_uint_t
ngx_polycard_tls_is_address(ngx_str_t *host)
{
    return ngx_inet_addr(host->data, host->len) != INADDR_NONE
           || ngx_strlchr(host->data, host->data + host->len, ':') != NULL;
}


/* with TLS 1.3 also long after the handshake */

static void
ngx_polycard_tls_save_session(ngx_connection_t *c)
{
    ngx_ssl_session_t   *session;
    ngx_polycard_tls_t  *tls;

    tls = ngx_ssl_get_server_conf(c->ssl->session_ctx);
    session = ngx_ssl_get_session(c);

    if (session) {
        ngx_polycard_tls_forget_session(tls);
        tls->session = session;
    }
}


static void
ngx_polycard_tls_forget_session(ngx_polycard_tls_t *tls)
{
    if (tls->session) {
        ngx_ssl_free_session(tls->session);
        tls->session = NULL;
    }
}


const char *
ngx_polycard_tls_refusal(ngx_polycard_tls_t *tls, ngx_connection_t *c,
    ngx_str_t *host, ngx_polycard_tls_ear_t *ear)
{
    long         rc;
    u_char       name[NGX_POLYCARD_TLS_REASON];
    ngx_str_t   *wanted;
    const char  *reason;

    reason = NULL;

    if (c->ssl == NULL || !c->ssl->handshaked) {
        reason = ngx_polycard_tls_failure(ear);

        if (reason == NULL) {
            reason = "TLS: the server closed the connection in the handshake";
        }

    } else if (tls->verify) {
        rc = SSL_get_verify_result(c->ssl->connection);
        wanted = tls->name.len ? &tls->name : host;

        if (rc != X509_V_OK) {
            reason = ngx_polycard_tls_say(ear, "the server's certificate: ",
                                          X509_verify_cert_error_string(rc));

        } else if (!ngx_polycard_tls_is_for(c, wanted)) {
            (void) ngx_cpystrn(name, wanted->data,
                               ngx_min(wanted->len + 1, sizeof(name)));

            reason = ngx_polycard_tls_say(ear, "the server's certificate is "
                                          "not one for ", (char *) name);
        }
    }

    if (reason) {
        ngx_polycard_tls_forget_session(tls);
    }

    ERR_clear_error();

    return reason;
}


static ngx_uint_t
ngx_polycard_tls_is_for(ngx_connection_t *c, ngx_str_t *host)
{
    if (host->len == 0 || host->len > NGX_POLYCARD_TLS_HOST) {
        return 0;
    }

    if (ngx_polycard_tls_is_address(host)) {
        return ngx_polycard_tls_is_for_address(c, host);
    }

    return ngx_ssl_check_host(c, host) == NGX_OK;
}


static ngx_uint_t
ngx_polycard_tls_is_for_address(ngx_connection_t *c, ngx_str_t *address)
{
    X509        *certificate;
    u_char       text[NGX_POLYCARD_TLS_HOST + 1];
    ngx_uint_t   rc;

    certificate = SSL_get_peer_certificate(c->ssl->connection);

    if (certificate == NULL) {
        return 0;
    }

    (void) ngx_cpystrn(text, address->data, address->len + 1);

    rc = (X509_check_ip_asc(certificate, (char *) text, 0) == 1);

    X509_free(certificate);

    return rc;
}


void
ngx_polycard_tls_end(ngx_connection_t *c)
{
    if (c->ssl) {
        ERR_clear_error();
        (void) ngx_ssl_shutdown(c);
    }
}
