
#include "hook/request_internal.h"


/* ms after the carrier's timeout until the whole attempt is aborted */
#define NGX_POLYCARD_REQUEST_GRACE  250

/* pools kept for the next jobs: as many as are often in flight at once */
#define NGX_POLYCARD_REQUEST_POOLS  64


static ngx_polycard_job_t *ngx_polycard_job_create(ngx_polycard_delivery_t *d);
static ngx_pool_t *ngx_polycard_job_take_pool(void);
static void ngx_polycard_job_give_pool(ngx_pool_t *pool);
static void ngx_polycard_job_run(ngx_event_t *ev);
static void ngx_polycard_job_settle(ngx_event_t *ev);
static void ngx_polycard_job_deliver(ngx_event_t *ev);
static void ngx_polycard_job_timeout(ngx_event_t *ev);


/* of this worker */
static ngx_queue_t  ngx_polycard_request_jobs;
static ngx_uint_t   ngx_polycard_request_young;
static ngx_uint_t   ngx_polycard_request_exiting;
static ngx_pool_t  *ngx_polycard_request_pools[NGX_POLYCARD_REQUEST_POOLS];
static ngx_uint_t   ngx_polycard_request_npools;


ngx_int_t
ngx_polycard_hook_request_start(ngx_polycard_delivery_t *d)
{
    ngx_polycard_job_t  *job;

    if (ngx_polycard_request_exiting || ngx_exiting || ngx_terminate) {
        return NGX_ERROR;
    }

    /*
     * Asking when there is none logs an alert.  The carrier needs another one,
     * and so do the carriers of those that were started just now.
     */

    if (ngx_cycle->free_connection_n < 2 + ngx_polycard_request_young) {
        return NGX_BUSY;
    }

    job = ngx_polycard_job_create(d);
    if (job == NULL) {
        return NGX_ERROR;
    }

    if (ngx_polycard_job_connect(job) != NGX_OK) {
        ngx_polycard_job_give_pool(job->pool);
        return NGX_ERROR;
    }

    if (ngx_polycard_job_create_request(job) != NGX_OK
        || ngx_polycard_job_create_subrequest(job) != NGX_OK)
    {
        ngx_polycard_job_close(&job->event);

        ngx_delete_posted_event(&job->event);
        ngx_polycard_job_give_pool(job->pool);

        return NGX_ERROR;
    }

    if (ngx_polycard_request_jobs.next == NULL) {
        ngx_queue_init(&ngx_polycard_request_jobs);
    }

    ngx_queue_insert_tail(&ngx_polycard_request_jobs, &job->queue);

    job->young = 1;
    ngx_polycard_request_young++;

    ngx_add_timer(&job->timer, d->market->hook.timeout
                               + NGX_POLYCARD_REQUEST_GRACE);

    ngx_polycard_job_step(job, ngx_polycard_job_run, &ngx_posted_events);

    return NGX_OK;
}


static ngx_polycard_job_t *
ngx_polycard_job_create(ngx_polycard_delivery_t *d)
{
    ngx_pool_t          *pool;
    ngx_polycard_job_t  *job;

    pool = ngx_polycard_job_take_pool();
    if (pool == NULL) {
        return NULL;
    }

    job = ngx_pcalloc(pool, sizeof(ngx_polycard_job_t));
    if (job == NULL) {
        ngx_polycard_job_give_pool(pool);
        return NULL;
    }

    job->pool = pool;
    job->delivery = d;
    job->start = ngx_current_msec;

    job->event.data = job;
    job->event.log = ngx_cycle->log;

    /* a normal timer: it keeps a worker alive that waits for an answer */

    job->timer.data = job;
    job->timer.log = ngx_cycle->log;
    job->timer.handler = ngx_polycard_job_timeout;

    d->error = NGX_POLYCARD_DELIVERY_OK;
    d->status = 0;
    ngx_str_null(&d->body);
    ngx_str_null(&d->retry_after);
    d->time = 0;
    d->complete = 0;

    return job;
}


static ngx_pool_t *
ngx_polycard_job_take_pool(void)
{
    return ngx_polycard_request_npools
           ? ngx_polycard_request_pools[--ngx_polycard_request_npools]
           : ngx_create_pool(2048, ngx_cycle->log);
}


/* it has only allocated memory */

static void
ngx_polycard_job_give_pool(ngx_pool_t *pool)
{
    if (ngx_polycard_request_exiting
        || ngx_polycard_request_npools == NGX_POLYCARD_REQUEST_POOLS)
    {
        ngx_destroy_pool(pool);
        return;
    }

    ngx_reset_pool(pool);

    ngx_polycard_request_pools[ngx_polycard_request_npools++] = pool;
}


/*
 * A job has one event, which takes it through its steps: run, settle, (the
 * subrequest is done), close, (the connection is gone), deliver.
 */

void
ngx_polycard_job_step(ngx_polycard_job_t *job,
    ngx_event_handler_pt handler, ngx_queue_t *queue)
{
    if (job->event.posted) {
        ngx_delete_posted_event(&job->event);
    }

    job->event.handler = handler;

    ngx_post_event(&job->event, queue);
}


static void
ngx_polycard_job_run(ngx_event_t *ev)
{
    ngx_polycard_job_t  *job = ev->data;

    /* the request may be gone after this, the job is not */
    ngx_http_run_posted_requests(job->connection);

    if (!job->event.posted) {

        /* libcurl opens its sockets in the next turn of the loop */

        ngx_polycard_job_step(job, ngx_polycard_job_settle,
                              &ngx_posted_next_events);
    }
}


static void
ngx_polycard_job_settle(ngx_event_t *ev)
{
    ngx_polycard_job_t  *job = ev->data;

    if (job->young) {
        job->young = 0;
        ngx_polycard_request_young--;
    }
}


/*
 * Ends the detached request, whatever its count, like nginx ends one whose
 * client has closed: no lingering, no error page.
 */

void
ngx_polycard_job_close(ngx_event_t *ev)
{
    ngx_polycard_job_t  *job = ev->data;

    ngx_connection_t  *c;

    c = job->connection;

    if (job->request == NULL) {
        ngx_http_close_connection(c);
        return;
    }

    ngx_http_finalize_request(job->request, NGX_ERROR);
    ngx_http_run_posted_requests(c);
}


/* cleanup of the connection's pool: the only place that is always reached */

void
ngx_polycard_job_gone(void *data)
{
    ngx_polycard_job_t  *job = data;

    job->connection = NULL;
    job->request = NULL;
    job->subrequest = NULL;

    ngx_polycard_job_settle(&job->event);

    if (!job->done) {
        job->done = 1;

        if (job->delivery->error == NGX_POLYCARD_DELIVERY_OK) {
            job->delivery->error = (ngx_polycard_request_exiting
                                    || ngx_exiting)
                                   ? NGX_POLYCARD_DELIVERY_UNKNOWN
                                   : NGX_POLYCARD_DELIVERY_FAILED;
        }
    }

    /* in the next turn of the loop, after other events */

    ngx_polycard_job_step(job, ngx_polycard_job_deliver,
                          &ngx_posted_next_events);
}


static void
ngx_polycard_job_deliver(ngx_event_t *ev)
{
    ngx_polycard_job_t  *job = ev->data;

    ngx_polycard_delivery_t  *d;

    if (job->event.posted) {
        ngx_delete_posted_event(&job->event);
    }

    if (job->timer.timer_set) {
        ngx_del_timer(&job->timer);
    }

    ngx_queue_remove(&job->queue);

    d = job->delivery;
    d->time = ngx_current_msec - job->start;

    d->handler(d);

    ngx_polycard_job_give_pool(job->pool);
}


/*
 * The carrier has its own timeouts; this one is for the whole attempt.  The
 * carrier stops its work as when nginx terminates a request; the count is
 * raised because that may decrease it.
 */

static void
ngx_polycard_job_timeout(ngx_event_t *ev)
{
    ngx_polycard_job_t  *job = ev->data;

    ngx_http_request_t  *r;
    ngx_http_cleanup_t  *cln;

    if (job->done) {
        ngx_add_timer(ev, NGX_POLYCARD_REQUEST_GRACE);
        return;
    }

    r = job->request;

    ngx_log_error(NGX_LOG_INFO, r->connection->log, NGX_ETIMEDOUT,
                  "polycard hook was not answered in time");

    r->count++;

    cln = r->cleanup;
    r->cleanup = NULL;

    for ( /* void */ ; cln; cln = cln->next) {
        if (cln->handler) {
            cln->handler(cln->data);
        }
    }

    job->delivery->error = NGX_POLYCARD_DELIVERY_TIMEOUT;

    ngx_http_finalize_request(job->subrequest, NGX_HTTP_GATEWAY_TIME_OUT);
}


void
ngx_polycard_hook_request_exit(void)
{
    ngx_queue_t         *q;
    ngx_polycard_job_t  *job;

    ngx_polycard_request_exiting = 1;

    while (ngx_polycard_request_npools) {
        ngx_destroy_pool(ngx_polycard_job_take_pool());
    }

    if (ngx_polycard_request_jobs.next == NULL) {
        return;
    }

    while (!ngx_queue_empty(&ngx_polycard_request_jobs)) {
        q = ngx_queue_head(&ngx_polycard_request_jobs);
        job = ngx_queue_data(q, ngx_polycard_job_t, queue);

        if (job->connection) {
            ngx_polycard_job_close(&job->event);
        }

        ngx_polycard_job_deliver(&job->event);
    }
}
