
/*
 * All #if on versions of nginx and the libraries; no other file has
 * one.  nginx 1.22 and later; hiredis 0.14 and later; cJSON 1.7.14 and later;
 * libcurl 7.77 and later.
 */


#ifndef _NGX_POLYCARD_NGINX_COMPAT_H_INCLUDED_
#define _NGX_POLYCARD_NGINX_COMPAT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <hiredis/hiredis.h>

#include <curl/curl.h>

#include <netdb.h>


/*
 * Whether nginx counts its connections (stub_status) need not be known when
 * the module is built: if it does not, there is no such symbol.
 */

extern ngx_atomic_t  *ngx_stat_active __attribute__((weak));

#define ngx_polycard_stat_active_add(n)                                       \
    if (&ngx_stat_active != NULL) {                                           \
        (void) ngx_atomic_fetch_add(ngx_stat_active, n);                      \
    }


/*
 * Nor need it be known whether it has TLS: in an nginx without TLS the symbols
 * are missing.
 */

#if (NGX_SSL)

#pragma weak ngx_ssl_create
#pragma weak ngx_ssl_certificate
#pragma weak ngx_ssl_trusted_certificate
#pragma weak ngx_ssl_client_session_cache
#pragma weak ngx_ssl_cleanup_ctx
#pragma weak ngx_ssl_create_connection
#pragma weak ngx_ssl_set_session
#pragma weak ngx_ssl_get_session
#pragma weak ngx_ssl_handshake
#pragma weak ngx_ssl_check_host
#pragma weak ngx_ssl_shutdown
#pragma weak ngx_ssl_server_conf_index

#define ngx_polycard_no_ssl()  (&ngx_ssl_create == NULL)

#else

/* the bits of ngx_ssl_create(), which is missing */
#define NGX_SSL_TLSv1    0x0008
#define NGX_SSL_TLSv1_1  0x0010
#define NGX_SSL_TLSv1_2  0x0020
#define NGX_SSL_TLSv1_3  0x0040

#define ngx_polycard_no_ssl()  1

#endif


/* OpenSSL 3 has these; type is EVP_MD and the like */

#if (NGX_SSL && OPENSSL_VERSION_NUMBER >= 0x30000000L)

#include <openssl/kdf.h>

#define ngx_polycard_ssl_fetch(type, name)                                    \
    type##_free(type##_fetch(NULL, name, NULL))

#else

#define ngx_polycard_ssl_fetch(type, name)

#endif


/* headers became linked lists in nginx 1.23.0 */

#if (nginx_version >= 1023000)
#define ngx_polycard_header_last(h)  (h)->next = NULL
#else
#define ngx_polycard_header_last(h)
#endif


/*
 * Angie calls the log handler of a request with other parameters since 1.12,
 * and has a list instead of the array of a resolver's servers.
 */

#if (defined angie_version && angie_version >= 1012000)

typedef ngx_log_ext_handler_pt  ngx_polycard_log_pt;

#define NGX_POLYCARD_LOG_PARAMETERS                                           \
    ngx_log_t *log, u_char *buf, u_char *last, void *data
#define NGX_POLYCARD_LOG_ARGUMENTS  log, buf, last, data

#define ngx_polycard_log_main  (((ngx_http_log_ctx_t *) data)->request)
#define ngx_polycard_log_sub   (((ngx_http_log_ctx_t *) data)->current_request)
#define ngx_polycard_log_room  ((size_t) (last - buf))

#define ngx_polycard_resolver_none(r)  ((r)->connections == NULL)

#else

typedef ngx_http_log_handler_pt  ngx_polycard_log_pt;

#define NGX_POLYCARD_LOG_PARAMETERS                                           \
    ngx_http_request_t *main, ngx_http_request_t *sub, u_char *buf,           \
    size_t room
#define NGX_POLYCARD_LOG_ARGUMENTS  main, sub, buf, room

#define ngx_polycard_log_main  main
#define ngx_polycard_log_sub   sub
#define ngx_polycard_log_room  room

#define ngx_polycard_resolver_none(r)  ((r)->connections.nelts == 0)

#endif


/* nginx can be built without regular expressions */

#if (NGX_PCRE)
#define ngx_polycard_location_regex(clcf)  ((clcf)->regex != NULL)
#else
#define ngx_polycard_location_regex(clcf)  0
#endif


/* nginx can be built without a cache */

#if (NGX_HTTP_CACHE)
#define ngx_polycard_upstream_no_cache(u)  (u)->cache = 0
#else
#define ngx_polycard_upstream_no_cache(u)
#endif


/*
 * hiredis 1.0 counts the elements of an array in a size_t, and needs functions
 * for two types of RESP3: they are not used here, and returning no object ends
 * the connection.
 */

#if (HIREDIS_MAJOR >= 1)

typedef size_t  ngx_polycard_elements_t;

static ngx_inline void *
ngx_polycard_no_double(const redisReadTask *task, double value, char *str,
    size_t len)
{
    return NULL;
}


static ngx_inline void *
ngx_polycard_no_bool(const redisReadTask *task, int value)
{
    return NULL;
}

#define ngx_polycard_reader_resp3                                             \
    .createDouble = ngx_polycard_no_double,                                   \
    .createBool = ngx_polycard_no_bool,

#else

typedef int     ngx_polycard_elements_t;

#define ngx_polycard_reader_resp3

#endif


/*
 * A peer that has vanished is noticed within half a minute, if the system
 * allows that to be set; else after hours.
 */

static ngx_inline void
ngx_polycard_keepalive(ngx_socket_t s)
{
#if (NGX_HAVE_KEEPALIVE_TUNABLE && defined TCP_KEEPIDLE)
    int  idle = 15, interval = 5, count = 3;

    (void) setsockopt(s, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(int));
    (void) setsockopt(s, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(int));
    (void) setsockopt(s, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(int));
#endif
}


/* protocols by name exist since libcurl 7.85.0, cleanup without waiting for the
 * threads of the resolver since 7.87.0 */

#if (LIBCURL_VERSION_NUM >= 0x075500)
#define ngx_polycard_curl_protocols(easy)                                     \
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https")
#else
#define ngx_polycard_curl_protocols(easy)                                     \
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS,                                 \
                     (long) (CURLPROTO_HTTP|CURLPROTO_HTTPS))
#endif

#if (LIBCURL_VERSION_NUM >= 0x075700)
#define ngx_polycard_curl_quick_exit(easy)                                    \
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L)
#else
#define ngx_polycard_curl_quick_exit(easy)                                    \
    CURLE_OK
#endif


/* only the GNU C library can look up addresses in a separate thread */

#ifndef GAI_NOWAIT

struct gaicb {
    const char              *ar_name;
    const char              *ar_service;
    const struct addrinfo   *ar_request;
    struct addrinfo         *ar_result;
};

#define GAI_NOWAIT                        0
#define EAI_INPROGRESS                    -100
#define getaddrinfo_a(mode, list, n, sig) EAI_FAIL
#define gai_error(request)                EAI_FAIL

#endif


/* the length of the address in host, without a port; 0: it is no address */

static ngx_inline socklen_t
ngx_polycard_inet6(ngx_str_t *host, ngx_sockaddr_t *sockaddr)
{
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;

    sin6 = &sockaddr->sockaddr_in6;

    if (ngx_inet6_addr(host->data, host->len, sin6->sin6_addr.s6_addr)
        == NGX_OK)
    {
        sin6->sin6_family = AF_INET6;
        return sizeof(struct sockaddr_in6);
    }
#endif

    return 0;
}


#if (NGX_HAVE_UNIX_DOMAIN)
#define ngx_polycard_url_is_unix(u)  ((u)->family == AF_UNIX)
#else
#define ngx_polycard_url_is_unix(u)  0
#endif


#endif /* _NGX_POLYCARD_NGINX_COMPAT_H_INCLUDED_ */
