
/*
 * The labels of the counters: services, results of a request, results of an
 * attempt to deliver a hook, and the buckets of durations.
 */


#ifndef _NGX_POLYCARD_CORE_METRICS_H_INCLUDED_
#define _NGX_POLYCARD_CORE_METRICS_H_INCLUDED_


#include "core/types.h"


typedef enum {
    NGX_POLYCARD_SERVICE_GET_CLIENT = 0,
    NGX_POLYCARD_SERVICE_ADD_CLIENT,
    NGX_POLYCARD_SERVICE_GET_GROUPS,
    NGX_POLYCARD_SERVICE_GET_CLIENTS,
    NGX_POLYCARD_SERVICE_OFFICE,
    NGX_POLYCARD_SERVICE_OPERATOR,
    NGX_POLYCARD_SERVICES
} ngx_polycard_service_e;


typedef enum {
    NGX_POLYCARD_RESULT_OK = 0,
    NGX_POLYCARD_RESULT_MISS,            /* no such client */
    NGX_POLYCARD_RESULT_CONFLICT,        /* what is stored is against it */
    NGX_POLYCARD_RESULT_DENIED,          /* token, or nginx's own rules */
    NGX_POLYCARD_RESULT_INVALID,         /* the request was wrong */
    NGX_POLYCARD_RESULT_LIMITED,         /* too many requests */
    NGX_POLYCARD_RESULT_UNAVAILABLE,     /* Redis is away, no cards left */
    NGX_POLYCARD_RESULT_TIMEOUT,         /* Redis did not answer in time */
    NGX_POLYCARD_RESULT_ERROR,           /* on our side */
    NGX_POLYCARD_RESULT_CLOSED,          /* the caller did not wait */
    NGX_POLYCARD_RESULTS
} ngx_polycard_result_e;


/* those of ngx_polycard_verdict_e, and one more */

typedef enum {
    NGX_POLYCARD_ATTEMPT_ACCEPTED = 0,
    NGX_POLYCARD_ATTEMPT_REFUSED,
    NGX_POLYCARD_ATTEMPT_OUTAGE,
    NGX_POLYCARD_ATTEMPT_ABORTED,        /* by us: the worker was leaving */
    NGX_POLYCARD_ATTEMPTS
} ngx_polycard_attempt_e;


#define NGX_POLYCARD_OBJECTS   3
#define NGX_POLYCARD_ACTIONS   3

/* bounds of times; longer ones than the last have no bucket */
#define NGX_POLYCARD_BUCKETS   14


extern const ngx_polycard_str_t  ngx_polycard_services[NGX_POLYCARD_SERVICES];
extern const ngx_polycard_str_t  ngx_polycard_results[NGX_POLYCARD_RESULTS];
extern const ngx_polycard_str_t  ngx_polycard_attempts[NGX_POLYCARD_ATTEMPTS];
extern const ngx_polycard_str_t  ngx_polycard_objects[NGX_POLYCARD_OBJECTS];
extern const ngx_polycard_str_t  ngx_polycard_actions[NGX_POLYCARD_ACTIONS];

/* milliseconds, rising; and the same as seconds, in writing */
extern const int64_t  ngx_polycard_buckets[NGX_POLYCARD_BUCKETS];
extern const char    *ngx_polycard_bucket_names[NGX_POLYCARD_BUCKETS];


/*
 * What an HTTP status says; 0: there was no answer.  limited: nginx's limits
 * of requests or connections refused it, whatever the status.
 */
ngx_polycard_result_e ngx_polycard_result(unsigned status, unsigned limited);

/* the first bucket whose bound is not exceeded, NGX_POLYCARD_BUCKETS: none */
size_t ngx_polycard_bucket(int64_t ms);

/*
 * The time that so many of a thousand were not above, milliseconds, within its
 * bucket as if they were spread evenly; count: of each bucket, the last one
 * beyond all bounds, which counts as the greatest.  -1: there are none.
 */
int64_t ngx_polycard_quantile(const uint64_t *count, unsigned per_mille);

/* the place of a name in a list of n; n: it is not there */
size_t ngx_polycard_find_name(const ngx_polycard_str_t *names, size_t n,
    const u_char *data, size_t len);


#endif /* _NGX_POLYCARD_CORE_METRICS_H_INCLUDED_ */
