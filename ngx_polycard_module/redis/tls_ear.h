
/*
 * nginx reports why TLS fails only in its log: this reads what it logs for one
 * connection, which is not written, because the owner logs one line.
 */


#ifndef _NGX_POLYCARD_REDIS_TLS_EAR_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_TLS_EAR_H_INCLUDED_


#include "nginx/base.h"


#define NGX_POLYCARD_TLS_REASON  128


typedef struct {
    ngx_log_t                    log;         /* for the connection */
    unsigned long                code;        /* OpenSSL's; 0: no failure */
    u_char                       reason[NGX_POLYCARD_TLS_REASON];
} ngx_polycard_tls_ear_t;


/* for a new connection; log: its alerts are written there nevertheless */
void ngx_polycard_tls_listen(ngx_polycard_tls_ear_t *ear, ngx_log_t *log);

/* why reading or writing failed; NULL: not because of TLS */
const char *ngx_polycard_tls_failure(ngx_polycard_tls_ear_t *ear);

/* "TLS: " and both, as much as there is room for; valid as long as the ear */
const char *ngx_polycard_tls_say(ngx_polycard_tls_ear_t *ear, const char *what,
    const char *detail);


#endif /* _NGX_POLYCARD_REDIS_TLS_EAR_H_INCLUDED_ */
