
#include "redis/tls_ear.h"


/* OpenSSL's reason for an alert of the server */
#define ngx_polycard_tls_alert(n)  (SSL_AD_REASON_OFFSET + (n))


static void ngx_polycard_tls_hear(ngx_log_t *log, ngx_uint_t level,
    u_char *buf, size_t len);
static u_char *ngx_polycard_tls_next_code(u_char *p, u_char *last,
    unsigned long *code);
static ngx_uint_t ngx_polycard_tls_is_about_ours(int reason);


void
ngx_polycard_tls_listen(ngx_polycard_tls_ear_t *ear, ngx_log_t *log)
{
    ear->code = 0;

    ngx_memzero(&ear->log, sizeof(ngx_log_t));

    ear->log.log_level = NGX_LOG_INFO;
    ear->log.writer = ngx_polycard_tls_hear;
    ear->log.wdata = ear;
    ear->log.next = log;
}


static void
ngx_polycard_tls_hear(ngx_log_t *log, ngx_uint_t level, u_char *buf,
    size_t len)
{
    u_char                  *p, *last;
    unsigned long            code;
    ngx_polycard_tls_ear_t  *ear;

    ear = log->wdata;

    /* the first one is the cause; alerts are not about this connection */

    if (ear->code || level <= NGX_LOG_ALERT) {
        return;
    }

    last = buf + len;
    p = ngx_strnstr(buf, "(SSL:", len);

    while (p) {
        p = ngx_polycard_tls_next_code(p, last, &code);

        /*
         * The system's errors, which OpenSSL reports from 3.2 on, are what
         * follows: the server's alert may not have been read yet.
         */

        if (p && ERR_GET_LIB(code) != ERR_LIB_SYS) {
            ear->code = code;
            return;
        }
    }
}


/* the code of the next "error:CODE:..."; NULL: there is none */

static u_char *
ngx_polycard_tls_next_code(u_char *p, u_char *last, unsigned long *code)
{
    u_char     *end;
    ngx_int_t   n;

    p = ngx_strnstr(p, " error:", last - p);

    if (p == NULL) {
        return NULL;
    }

    p += sizeof(" error:") - 1;
    end = ngx_strlchr(p, last, ':');
    n = end ? ngx_hextoi(p, end - p) : NGX_ERROR;

    if (n <= 0) {
        return NULL;
    }

    *code = n;

    return end;
}


const char *
ngx_polycard_tls_failure(ngx_polycard_tls_ear_t *ear)
{
    int          reason;
    const char  *detail;

    if (ear->code == 0) {
        return NULL;
    }

    detail = ERR_reason_error_string(ear->code);

    if (detail == NULL) {
        detail = "unknown";
    }

    if (ERR_GET_LIB(ear->code) != ERR_LIB_SSL) {
        return ngx_polycard_tls_say(ear, "", detail);
    }

    reason = ERR_GET_REASON(ear->code);

    if (reason == SSL_R_WRONG_VERSION_NUMBER
        || reason == SSL_R_PACKET_LENGTH_TOO_LONG
        || reason == SSL_R_HTTP_REQUEST)
    {
        return "TLS: the server does not speak it";
    }

    return ngx_polycard_tls_say(ear, ngx_polycard_tls_is_about_ours(reason)
                                     ? "the server refuses our certificate: "
                                     : "", detail);
}


static ngx_uint_t
ngx_polycard_tls_is_about_ours(int reason)
{
    return (reason >= ngx_polycard_tls_alert(SSL_AD_BAD_CERTIFICATE)
            && reason <= ngx_polycard_tls_alert(SSL_AD_CERTIFICATE_UNKNOWN))
           || reason == ngx_polycard_tls_alert(SSL_AD_UNKNOWN_CA)
           || reason == ngx_polycard_tls_alert(SSL_AD_CERTIFICATE_REQUIRED);
}


const char *
ngx_polycard_tls_say(ngx_polycard_tls_ear_t *ear, const char *what,
    const char *detail)
{
    u_char  *last;

    last = ngx_snprintf(ear->reason, NGX_POLYCARD_TLS_REASON - 1,
                        "TLS: %s%s", what, detail);
    *last = '\0';

    return (char *) ear->reason;
}
