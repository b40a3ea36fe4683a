
/*
 * How long to wait before the next attempt to connect: doubling from 50 ms to
 * 700 ms, with jitter: a new master is found within a second; not at all after
 * a connection that worked for a while.
 */


#ifndef _NGX_POLYCARD_REDIS_BACKOFF_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_BACKOFF_H_INCLUDED_


#include "nginx/base.h"


typedef struct {
    ngx_msec_t                   last;        /* before the last attempt */
    ngx_msec_t                   relapse;     /* after it worked, not long */
    ngx_msec_t                   ready_time;
} ngx_polycard_backoff_t;


/* the connection works from now on */
void ngx_polycard_backoff_ready(ngx_polycard_backoff_t *backoff);

/* an attempt failed: how long to wait */
ngx_msec_t ngx_polycard_backoff_failed(ngx_polycard_backoff_t *backoff);

/* a connection that was ready is lost: how long to wait; 0: it worked well */
ngx_msec_t ngx_polycard_backoff_lost(ngx_polycard_backoff_t *backoff);


#endif /* _NGX_POLYCARD_REDIS_BACKOFF_H_INCLUDED_ */
