
/*
 * The verdict on an answer of the gateway (contract, B13), and how long to wait
 * after it.
 */


#ifndef _NGX_POLYCARD_CORE_VERDICT_H_INCLUDED_
#define _NGX_POLYCARD_CORE_VERDICT_H_INCLUDED_


#include "core/types.h"


typedef enum {
    NGX_POLYCARD_VERDICT_ACCEPTED = 0,
    NGX_POLYCARD_VERDICT_REFUSED,      /* this message */
    NGX_POLYCARD_VERDICT_OUTAGE        /* whatever is sent */
} ngx_polycard_verdict_e;


/* why there is no complete answer; in the order of ngx_polycard_delivery_e */

typedef enum {
    NGX_POLYCARD_VERDICT_WHOLE = 0,    /* there is one, see status */
    NGX_POLYCARD_VERDICT_CONNECT,      /* no address or no connection */
    NGX_POLYCARD_VERDICT_TLS,
    NGX_POLYCARD_VERDICT_TIMEOUT,
    NGX_POLYCARD_VERDICT_CUT,          /* its end is missing */
    NGX_POLYCARD_VERDICT_OVERSIZED,
    NGX_POLYCARD_VERDICT_INVALID,      /* no HTTP */
    NGX_POLYCARD_VERDICT_FAILED,       /* any other error of the carrier */
    NGX_POLYCARD_VERDICT_UNKNOWN       /* given up by us */
} ngx_polycard_verdict_error_e;


typedef struct {
    ngx_polycard_verdict_error_e  error;
    int                           status;    /* 0: there was no answer */
    unsigned                      complete;  /* the body ended as announced */
    ngx_polycard_str_t            body;
} ngx_polycard_verdict_answer_t;


/* Retry-After is limited to 1 s to 1 h, in milliseconds */
#define NGX_POLYCARD_RETRY_AFTER_MIN  1000
#define NGX_POLYCARD_RETRY_AFTER_MAX  3600000

#define NGX_POLYCARD_VERDICT_REASON   48


/*
 * Accepted: status 200 and a body that is one JSON object whose Status is OK
 * (key and value compared without case; if it is given several times, each
 * is OK).  Any other JSON with 200, and most of 4xx: refused.  All else,
 * including lack of memory: outage.
 */
ngx_polycard_verdict_e ngx_polycard_verdict(
    const ngx_polycard_verdict_answer_t *answer);

/* is it certain that nothing of the hook has left? */
unsigned ngx_polycard_verdict_unreached(
    const ngx_polycard_verdict_answer_t *answer);

/*
 * Why the hook was not accepted, for logs and dead letters:
 * "status 422", "200 without JSON", "timed out".  Writes at most
 * NGX_POLYCARD_VERDICT_REASON bytes, returns the end.
 */
u_char *ngx_polycard_verdict_reason(u_char *p,
    const ngx_polycard_verdict_answer_t *answer,
    ngx_polycard_verdict_e verdict);

/*
 * The same texts, no others, as numbers: what stands in Redis may be another's.
 * ngx_polycard_verdict_read() returns 0 where it is none of them, print() takes
 * what read() has returned.
 */
int64_t ngx_polycard_verdict_read(const ngx_polycard_str_t *reason);
u_char *ngx_polycard_verdict_print(u_char *p, int64_t code);

/*
 * The value of a Retry-After header in milliseconds: seconds, or an HTTP date
 * (the three forms of RFC 9110) with now in seconds since 1970.  Values out
 * of the limits above are replaced by the limit; 0: it is neither form.
 */
int64_t ngx_polycard_verdict_retry_after(const ngx_polycard_str_t *value,
    int64_t now);

/*
 * The wait after the failures'th failure in a row (from 1): the list's value,
 * the last one repeated, up to 20 % more or less at random.
 */
int64_t ngx_polycard_verdict_wait(const int64_t *list, size_t n,
    size_t failures, uint32_t random);


#endif /* _NGX_POLYCARD_CORE_VERDICT_H_INCLUDED_ */
