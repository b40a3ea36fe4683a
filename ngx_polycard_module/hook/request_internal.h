
/*
 * The inside of a delivery, shared by its files: request.c (the life of a
 * job), request_connection.c (the connection without a socket and the detached
 * request), request_subrequest.c and request_result.c.
 */


#ifndef _NGX_POLYCARD_HOOK_REQUEST_INTERNAL_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_REQUEST_INTERNAL_H_INCLUDED_


#include "hook/request.h"


typedef struct {
    ngx_queue_t                  queue;     /* of all jobs */
    ngx_pool_t                  *pool;      /* the job's own, outlives c */
    ngx_connection_t            *connection;   /* NULL: it has gone */
    ngx_http_request_t          *request;   /* detached */
    ngx_http_request_t          *subrequest;
    ngx_polycard_delivery_t     *delivery;
    ngx_http_post_subrequest_t   post;
    ngx_msec_t                   start;
    ngx_event_t                  event;     /* the next step */
    ngx_event_t                  timer;
    unsigned                     young:1;   /* its carrier takes a slot yet */
    unsigned                     done:1;    /* the result is there */
} ngx_polycard_job_t;


/* sets the next step of the job's event, instead of a pending one */
void ngx_polycard_job_step(ngx_polycard_job_t *job,
    ngx_event_handler_pt handler, ngx_queue_t *queue);

/* a step: ends the detached request */
void ngx_polycard_job_close(ngx_event_t *ev);

/* for the connection's pool: everything but the job is being freed */
void ngx_polycard_job_gone(void *data);

/* one after the other; if one fails the caller cleans up */
ngx_int_t ngx_polycard_job_connect(ngx_polycard_job_t *job);
ngx_int_t ngx_polycard_job_create_request(ngx_polycard_job_t *job);
ngx_int_t ngx_polycard_job_create_subrequest(ngx_polycard_job_t *job);

/* handler of the subrequest: stores its result */
ngx_int_t ngx_polycard_job_done(ngx_http_request_t *sr, void *data,
    ngx_int_t rc);


#endif /* _NGX_POLYCARD_HOOK_REQUEST_INTERNAL_H_INCLUDED_ */
