
#include "hook/request.h"


/* how much later than the carrier the attempt as a whole is given up */
#define NGX_POLYCARD_REQUEST_GRACE  250


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


/* nginx's own context comes first: it writes into it */

typedef struct {
    ngx_http_log_ctx_t           ctx;
    ngx_polycard_job_t          *job;
} ngx_polycard_job_log_t;


static ngx_polycard_job_t *ngx_polycard_request_create_job(
    ngx_polycard_delivery_t *d);
static ngx_int_t ngx_polycard_request_connect(ngx_polycard_job_t *job);
static ngx_int_t ngx_polycard_request_set_log(ngx_polycard_job_t *job,
    ngx_connection_t *c);
static ngx_int_t ngx_polycard_request_create(ngx_polycard_job_t *job);
static ngx_int_t ngx_polycard_request_create_subrequest(
    ngx_polycard_job_t *job);
static ngx_int_t ngx_polycard_request_set_body(ngx_polycard_job_t *job);
static ngx_int_t ngx_polycard_request_set_headers(ngx_polycard_job_t *job);
static ngx_table_elt_t *ngx_polycard_request_header(ngx_http_request_t *sr,
    const char *name, u_char *value, size_t len);
static void ngx_polycard_request_handler(ngx_http_request_t *sr);

static void ngx_polycard_request_step(ngx_polycard_job_t *job,
    ngx_event_handler_pt handler, ngx_queue_t *queue);
static void ngx_polycard_request_run(ngx_event_t *ev);
static void ngx_polycard_request_settle(ngx_event_t *ev);
static ngx_int_t ngx_polycard_request_done(ngx_http_request_t *sr, void *data,
    ngx_int_t rc);
static ngx_polycard_delivery_e ngx_polycard_request_error(
    ngx_http_request_t *sr, ngx_int_t rc);
static ngx_polycard_delivery_e ngx_polycard_request_upstream_error(
    ngx_http_request_t *sr, ngx_int_t rc);
static void ngx_polycard_request_read_body(ngx_polycard_job_t *job,
    ngx_http_request_t *sr);
static void ngx_polycard_request_read_headers(ngx_polycard_job_t *job,
    ngx_http_request_t *sr);
static ngx_int_t ngx_polycard_request_copy(ngx_polycard_job_t *job,
    ngx_str_t *to, u_char *data, size_t len);
static void ngx_polycard_request_close(ngx_event_t *ev);
static void ngx_polycard_request_gone(void *data);
static void ngx_polycard_request_deliver(ngx_event_t *ev);

static void ngx_polycard_request_timeout(ngx_event_t *ev);
static void ngx_polycard_request_read(ngx_event_t *rev);
static void ngx_polycard_request_write(ngx_event_t *wev);
static ssize_t ngx_polycard_request_recv(ngx_connection_t *c, u_char *buf,
    size_t size);
static ngx_chain_t *ngx_polycard_request_send_chain(ngx_connection_t *c,
    ngx_chain_t *in, off_t limit);
static u_char *ngx_polycard_request_log(ngx_log_t *log, u_char *buf,
    size_t len);


/* of this worker */
static ngx_queue_t  ngx_polycard_request_jobs;
static ngx_uint_t   ngx_polycard_request_young;
static ngx_uint_t   ngx_polycard_request_exiting;


ngx_int_t
ngx_polycard_hook_request_start(ngx_polycard_delivery_t *d)
{
    ngx_polycard_job_t  *job;

    if (ngx_polycard_request_exiting || ngx_exiting || ngx_terminate) {
        return NGX_ERROR;
    }

    /*
     * Asking when there is none logs an alert.  The carrier takes another one,
     * as the carriers of those do that were started just now.
     */

    if (ngx_cycle->free_connection_n < 2 + ngx_polycard_request_young) {
        return NGX_BUSY;
    }

    job = ngx_polycard_request_create_job(d);
    if (job == NULL) {
        return NGX_ERROR;
    }

    if (ngx_polycard_request_connect(job) != NGX_OK) {
        ngx_destroy_pool(job->pool);
        return NGX_ERROR;
    }

    if (ngx_polycard_request_create(job) != NGX_OK
        || ngx_polycard_request_create_subrequest(job) != NGX_OK)
    {
        ngx_polycard_request_close(&job->event);

        ngx_delete_posted_event(&job->event);
        ngx_destroy_pool(job->pool);

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

    ngx_polycard_request_step(job, ngx_polycard_request_run,
                              &ngx_posted_events);

    return NGX_OK;
}


static ngx_polycard_job_t *
ngx_polycard_request_create_job(ngx_polycard_delivery_t *d)
{
    ngx_pool_t          *pool;
    ngx_polycard_job_t  *job;

    pool = ngx_create_pool(2048, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    job = ngx_pcalloc(pool, sizeof(ngx_polycard_job_t));
    if (job == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    job->pool = pool;
    job->delivery = d;
    job->start = ngx_current_msec;

    job->event.data = job;
    job->event.log = ngx_cycle->log;

    /* an ordinary timer: it keeps a worker alive that waits for an answer */

    job->timer.data = job;
    job->timer.log = ngx_cycle->log;
    job->timer.handler = ngx_polycard_request_timeout;

    d->error = NGX_POLYCARD_DELIVERY_OK;
    d->status = 0;
    ngx_str_null(&d->body);
    ngx_str_null(&d->retry_after);
    d->time = 0;
    d->complete = 0;

    return job;
}


/*
 * A connection without a socket.  Its number is 0 and never closed, because
 * "shared"; the events are "active", so that nobody asks the kernel for them.
 */

static ngx_int_t
ngx_polycard_request_connect(ngx_polycard_job_t *job)
{
    static ngx_str_t           text = ngx_string("127.0.0.1");
    static struct sockaddr_in  address;

    ngx_connection_t    *c;
    ngx_pool_cleanup_t  *cln;

    c = ngx_get_connection(0, ngx_cycle->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->shared = 1;
    c->type = SOCK_STREAM;

    c->pool = ngx_create_pool(1024, ngx_cycle->log);
    if (c->pool == NULL) {
        ngx_close_connection(c);
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(c->pool, 0);
    c->buffer = ngx_create_temp_buf(c->pool, 8);

    if (cln == NULL || c->buffer == NULL
        || ngx_polycard_request_set_log(job, c) != NGX_OK)
    {
        ngx_destroy_pool(c->pool);
        ngx_close_connection(c);
        return NGX_ERROR;
    }

    cln->handler = ngx_polycard_request_gone;
    cln->data = job;

    c->read->active = 1;
    c->read->handler = ngx_polycard_request_read;
    c->write->active = 1;
    c->write->ready = 1;
    c->write->handler = ngx_polycard_request_write;

    c->recv = ngx_polycard_request_recv;
    c->send_chain = ngx_polycard_request_send_chain;

    c->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
    c->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;

    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    c->sockaddr = (struct sockaddr *) &address;
    c->socklen = sizeof(struct sockaddr_in);
    c->local_sockaddr = c->sockaddr;
    c->local_socklen = c->socklen;
    c->addr_text = text;

    c->start_time = ngx_current_msec;

    /* nginx counts it down where it closes the connection */
    ngx_polycard_stat_active_add(1);

    job->connection = c;

    return NGX_OK;
}


/* nginx writes into a connection's log: it must not be the cycle's own */

static ngx_int_t
ngx_polycard_request_set_log(ngx_polycard_job_t *job, ngx_connection_t *c)
{
    ngx_log_t               *log;
    ngx_polycard_job_log_t  *data;

    log = ngx_palloc(c->pool, sizeof(ngx_log_t));
    if (log == NULL) {
        return NGX_ERROR;
    }

    data = ngx_pcalloc(c->pool, sizeof(ngx_polycard_job_log_t));
    if (data == NULL) {
        return NGX_ERROR;
    }

    data->ctx.connection = c;
    data->job = job;

    *log = *ngx_cycle->log;

    log->handler = ngx_polycard_request_log;
    log->data = data;
    log->action = NULL;

    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    log->connection = c->number;

    c->log = log;
    c->read->log = log;
    c->write->log = log;
    c->log_error = NGX_ERROR_INFO;

    return NGX_OK;
}


/* the detached request: it runs no phase, it only carries the subrequest */

static ngx_int_t
ngx_polycard_request_create(ngx_polycard_job_t *job)
{
    static ngx_str_t  protocol = ngx_string("HTTP/1.1");
    static ngx_str_t  schema = ngx_string("http");
    static ngx_str_t  root = ngx_string("/");
    static ngx_str_t  post = ngx_string("POST");
    static ngx_str_t  get = ngx_string("GET");

    u_char                    *p;
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_http_connection_t     *hc;
    ngx_polycard_hook_conf_t  *hook;

    c = job->connection;
    hook = &job->delivery->market->hook;

    hc = ngx_pcalloc(c->pool, sizeof(ngx_http_connection_t));
    if (hc == NULL) {
        return NGX_ERROR;
    }

    hc->conf_ctx = hook->cscf->ctx;
    c->data = hc;

    r = ngx_http_create_request(c);
    if (r == NULL) {
        return NGX_ERROR;
    }

    job->request = r;
    c->data = r;

    /*
     * The log of the location, without nginx's debug messages: they show the
     * whole request that goes to the gateway, with the token in it.
     */

    ngx_set_connection_log(c, hook->clcf->error_log);

    if (c->log->log_level >= NGX_LOG_DEBUG) {
        c->log->log_level = NGX_LOG_INFO;
    }

    r->logged = 1;
    r->internal = 1;
    r->write_event_handler = ngx_http_request_empty_handler;

    /* a server's "post_action", "limit_req", "limit_conn" are for visitors */

    r->post_action = 1;
    r->uri_changes = 0;
    r->limit_req_status = 1;
    r->limit_conn_status = 1;

    if (hook->format == NGX_POLYCARD_HOOK_GET) {
        r->method = NGX_HTTP_GET;
        r->method_name = get;

    } else {
        r->method = NGX_HTTP_POST;
        r->method_name = post;
    }

    r->uri = hook->clcf->name.data[0] == '/' ? hook->clcf->name : root;
    r->unparsed_uri = r->uri;
    r->http_version = NGX_HTTP_VERSION_11;
    r->http_protocol = protocol;
    r->schema = schema;
    r->headers_in.server = hook->cscf->server_name;

    /* of the access log; never with the arguments of a GET */

    r->request_line.len = r->method_name.len + 1 + r->uri.len + 1
                          + protocol.len;

    p = ngx_pnalloc(r->pool, r->request_line.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    r->request_line.data = p;
    ngx_sprintf(p, "%V %V %V", &r->method_name, &r->uri, &protocol);

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_request_create_subrequest(ngx_polycard_job_t *job)
{
    ngx_http_request_t  *r, *sr;

    r = job->request;

    job->post.handler = ngx_polycard_request_done;
    job->post.data = job;

    /* in the background: else its line in the access log could be missing */

    if (ngx_http_subrequest(r, &r->uri, NULL, &sr, &job->post,
                            NGX_HTTP_SUBREQUEST_IN_MEMORY
                            |NGX_HTTP_SUBREQUEST_BACKGROUND)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    job->subrequest = sr;

    sr->method = r->method;
    sr->method_name = r->method_name;
    sr->write_event_handler = ngx_polycard_request_handler;

    return (ngx_polycard_request_set_body(job) == NGX_OK
            && ngx_polycard_request_set_headers(job) == NGX_OK)
           ? NGX_OK : NGX_ERROR;
}


/* the body, or the arguments of a GET */

static ngx_int_t
ngx_polycard_request_set_body(ngx_polycard_job_t *job)
{
    size_t                     len;
    u_char                    *p;
    ngx_buf_t                 *b;
    ngx_chain_t               *cl;
    ngx_http_request_t        *sr;
    ngx_polycard_hook_t        hook;
    ngx_polycard_hook_conf_t  *conf;

    sr = job->subrequest;
    conf = &job->delivery->market->hook;

    hook.token = ngx_polycard_str(&conf->token);
    hook.alias = ngx_polycard_str(&conf->alias);
    hook.object = ngx_polycard_str(&job->delivery->object);
    hook.action = ngx_polycard_str(&job->delivery->action);
    hook.data = ngx_polycard_str(&job->delivery->data);

    p = ngx_pnalloc(job->pool, ngx_polycard_hook_size(conf->format, &hook));
    if (p == NULL) {
        return NGX_ERROR;
    }

    len = ngx_polycard_hook_print(p, conf->format, &hook) - p;

    sr->request_body = ngx_pcalloc(sr->pool, sizeof(ngx_http_request_body_t));
    if (sr->request_body == NULL) {
        return NGX_ERROR;
    }

    if (conf->format == NGX_POLYCARD_HOOK_GET) {
        sr->args.data = p;
        sr->args.len = len;

        return NGX_OK;
    }

    b = ngx_calloc_buf(sr->pool);
    cl = ngx_alloc_chain_link(sr->pool);

    if (b == NULL || cl == NULL) {
        return NGX_ERROR;
    }

    /* where a next upstream is tried, nginx begins again at "start" */

    b->start = p;
    b->pos = p;
    b->last = p + len;
    b->end = b->last;
    b->memory = 1;
    b->last_buf = 1;

    cl->buf = b;
    cl->next = NULL;

    sr->request_body->bufs = cl;
    sr->headers_in.content_length_n = len;

    return NGX_OK;
}


/* proxy_pass and its kin send what they find in headers_in */

static ngx_int_t
ngx_polycard_request_set_headers(ngx_polycard_job_t *job)
{
    static u_char  json[] = "application/json";
    static u_char  form[] = "application/x-www-form-urlencoded";
    static u_char  agent[] = "ngx_polycard_module";

    u_char                      *p;
    ngx_http_request_t          *sr;
    ngx_http_headers_in_t       *in;
    ngx_polycard_delivery_t     *d;
    ngx_polycard_hook_format_e   format;

    d = job->delivery;
    format = d->market->hook.format;

    sr = job->subrequest;
    in = &sr->headers_in;

    /* the copy shares the parent's list */

    if (ngx_list_init(&in->headers, sr->pool, 8, sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(sr->pool, NGX_OFF_T_LEN + NGX_TIME_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    if (format != NGX_POLYCARD_HOOK_GET) {
        in->content_type = format == NGX_POLYCARD_HOOK_POST_JSON
                           ? ngx_polycard_request_header(sr, "Content-Type",
                                                   json, sizeof(json) - 1)
                           : ngx_polycard_request_header(sr, "Content-Type",
                                                   form, sizeof(form) - 1);

        in->content_length = ngx_polycard_request_header(sr, "Content-Length",
                     p, ngx_sprintf(p, "%O", in->content_length_n) - p);

        if (in->content_type == NULL || in->content_length == NULL) {
            return NGX_ERROR;
        }

        p += NGX_OFF_T_LEN;
    }

    in->user_agent = ngx_polycard_request_header(sr, "User-Agent", agent,
                                                 sizeof(agent) - 1);

    if (in->user_agent == NULL
        || ngx_polycard_request_header(sr, "Accept", json, sizeof(json) - 1)
           == NULL
        || ngx_polycard_request_header(sr, "webhook-id", d->id.data,
                                       d->id.len)
           == NULL
        || ngx_polycard_request_header(sr, "webhook-timestamp", p,
                                       ngx_sprintf(p, "%T", ngx_time()) - p)
           == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_table_elt_t *
ngx_polycard_request_header(ngx_http_request_t *sr, const char *name,
    u_char *value, size_t len)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&sr->headers_in.headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_polycard_header_last(h);

    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.data = value;
    h->value.len = len;

    h->lowcase_key = ngx_pnalloc(sr->pool, h->key.len);
    if (h->lowcase_key == NULL) {
        return NULL;
    }

    h->hash = ngx_hash_strlow(h->lowcase_key, h->key.data, h->key.len);

    return h;
}


/*
 * Enters the location straight, as nginx enters a named one: what the server
 * does with its visitors' requests ("return 301 https://...", limits, other
 * locations that match) does not apply to hooks.
 */

static void
ngx_polycard_request_handler(ngx_http_request_t *sr)
{
    ngx_polycard_job_t         *job;
    ngx_http_core_main_conf_t  *cmcf;

    job = sr->post_subrequest->data;
    cmcf = ngx_http_get_module_main_conf(sr, ngx_http_core_module);

    sr->loc_conf = job->delivery->market->hook.clcf->loc_conf;
    sr->valid_location = 1;

    ngx_http_update_location_config(sr);

    sr->phase_handler = cmcf->phase_engine.location_rewrite_index;
    sr->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(sr);
}


/*
 * A job has one event, which takes it through its steps: run, settle, (the
 * subrequest is done), close, (the connection is gone), deliver.
 */

static void
ngx_polycard_request_step(ngx_polycard_job_t *job,
    ngx_event_handler_pt handler, ngx_queue_t *queue)
{
    if (job->event.posted) {
        ngx_delete_posted_event(&job->event);
    }

    job->event.handler = handler;

    ngx_post_event(&job->event, queue);
}


static void
ngx_polycard_request_run(ngx_event_t *ev)
{
    ngx_polycard_job_t  *job = ev->data;

    /* the request may be gone after this, the job is not */
    ngx_http_run_posted_requests(job->connection);

    if (!job->event.posted) {

        /* libcurl opens its sockets in the next turn of the loop */

        ngx_polycard_request_step(job, ngx_polycard_request_settle,
                                  &ngx_posted_next_events);
    }
}


static void
ngx_polycard_request_settle(ngx_event_t *ev)
{
    ngx_polycard_job_t  *job = ev->data;

    if (job->young) {
        job->young = 0;
        ngx_polycard_request_young--;
    }
}


/* nginx calls it when the subrequest ends, and once more for error pages */

static ngx_int_t
ngx_polycard_request_done(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_polycard_job_t  *job = data;

    ngx_connection_t         *c;
    ngx_polycard_delivery_t  *d;

    if (job->done) {
        return NGX_OK;
    }

    job->done = 1;
    d = job->delivery;

    /* else the carrier has told what happened */

    if (d->error == NGX_POLYCARD_DELIVERY_OK) {
        d->error = ngx_polycard_request_error(sr, rc);

        if (rc < NGX_HTTP_OK) {
            d->status = sr->headers_out.status;

        } else if (sr->upstream == NULL) {
            d->status = rc;
        }
    }

    ngx_polycard_request_read_body(job, sr);
    ngx_polycard_request_read_headers(job, sr);

    d->complete = (d->error == NGX_POLYCARD_DELIVERY_OK);

    /* of the access log, the same whoever carries hooks */

    sr->headers_out.status = d->complete ? d->status
                             : d->error == NGX_POLYCARD_DELIVERY_TIMEOUT
                               ? NGX_HTTP_GATEWAY_TIME_OUT
                               : NGX_HTTP_BAD_GATEWAY;

    /* an answer that was too big must not cost the line in the access log */

    c = sr->connection;

    if (c->error && !c->close) {
        c->error = 0;
    }

    sr->buffered = 0;

    /* the subrequest itself still counts: not the time to end its parent */

    ngx_polycard_request_step(job, ngx_polycard_request_close,
                              &ngx_posted_events);

    return NGX_OK;
}


static ngx_polycard_delivery_e
ngx_polycard_request_error(ngx_http_request_t *sr, ngx_int_t rc)
{
    if (sr->upstream) {
        return ngx_polycard_request_upstream_error(sr, rc);
    }

    if (rc == NGX_ERROR) {
        return NGX_POLYCARD_DELIVERY_CUT;
    }

    return rc < NGX_HTTP_OK && sr->headers_out.status == 0
           ? NGX_POLYCARD_DELIVERY_INVALID : NGX_POLYCARD_DELIVERY_OK;
}


/* nginx passes on what came, be it whole or not */

static ngx_polycard_delivery_e
ngx_polycard_request_upstream_error(ngx_http_request_t *sr, ngx_int_t rc)
{
    off_t                 length;
    ngx_http_upstream_t  *u;

    u = sr->upstream;

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {

        if (rc == NGX_HTTP_GATEWAY_TIME_OUT) {
            return NGX_POLYCARD_DELIVERY_TIMEOUT;
        }

        return u->state && u->state->connect_time != (ngx_msec_t) -1
               ? NGX_POLYCARD_DELIVERY_CUT
               : NGX_POLYCARD_DELIVERY_CONNECT;
    }

    /* bytes without a status line are an answer of HTTP/0.9 to nginx */

    if (sr->headers_out.status == 0) {
        return NGX_POLYCARD_DELIVERY_INVALID;
    }

    if (sr->headers_out.content_length_n > NGX_POLYCARD_DELIVERY_BODY_MAX
        || (u->pipe && u->pipe->downstream_error)
        || u->out_bufs)
    {
        return NGX_POLYCARD_DELIVERY_OVERSIZED;
    }

    length = u->buffering && u->pipe ? u->pipe->length : u->length;

    if (rc == NGX_ERROR || length > 0 || (u->pipe && u->pipe->upstream_error))
    {
        return NGX_POLYCARD_DELIVERY_CUT;
    }

    return NGX_POLYCARD_DELIVERY_OK;
}


static void
ngx_polycard_request_read_body(ngx_polycard_job_t *job, ngx_http_request_t *sr)
{
    size_t      len;
    ngx_buf_t  *b;

    if (sr->out == NULL || sr->out->buf == NULL) {
        return;
    }

    b = sr->out->buf;
    len = ngx_min(b->last - b->pos, NGX_POLYCARD_DELIVERY_BODY_MAX);

    if (ngx_polycard_request_copy(job, &job->delivery->body, b->pos, len)
        != NGX_OK)
    {
        job->delivery->error = NGX_POLYCARD_DELIVERY_UNKNOWN;
    }
}


static void
ngx_polycard_request_read_headers(ngx_polycard_job_t *job,
    ngx_http_request_t *sr)
{
    static ngx_str_t  name = ngx_string("Retry-After");

    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &sr->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash
                && h[i].key.len == name.len
                && ngx_strncasecmp(h[i].key.data, name.data, name.len) == 0)
            {
                (void) ngx_polycard_request_copy(job,
                                                 &job->delivery->retry_after,
                                                 h[i].value.data,
                                                 h[i].value.len);
                return;
            }
        }
    }
}


static ngx_int_t
ngx_polycard_request_copy(ngx_polycard_job_t *job, ngx_str_t *to, u_char *data,
    size_t len)
{
    if (len == 0) {
        return NGX_OK;
    }

    to->data = ngx_pnalloc(job->pool, len);
    if (to->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(to->data, data, len);
    to->len = len;

    return NGX_OK;
}


/*
 * Ends the detached request, whatever still counts in it, the way nginx ends
 * one whose client has gone: nobody lingers, nobody sends an error page.
 */

static void
ngx_polycard_request_close(ngx_event_t *ev)
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


/* cleanup of the connection's pool: the only place reached on every way out */

static void
ngx_polycard_request_gone(void *data)
{
    ngx_polycard_job_t  *job = data;

    job->connection = NULL;
    job->request = NULL;
    job->subrequest = NULL;

    ngx_polycard_request_settle(&job->event);

    if (!job->done) {
        job->done = 1;

        if (job->delivery->error == NGX_POLYCARD_DELIVERY_OK) {
            job->delivery->error = NGX_POLYCARD_DELIVERY_UNKNOWN;
        }
    }

    /* in the next turn of the loop, which others have a share in */

    ngx_polycard_request_step(job, ngx_polycard_request_deliver,
                              &ngx_posted_next_events);
}


static void
ngx_polycard_request_deliver(ngx_event_t *ev)
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

    ngx_destroy_pool(job->pool);
}


/*
 * The carrier has its own time-outs; this one holds for the attempt as a
 * whole.  What the carrier has at work lets go as it does when nginx
 * terminates a request; the count is raised for what may be taken from it.
 */

static void
ngx_polycard_request_timeout(ngx_event_t *ev)
{
    ngx_polycard_job_t  *job = ev->data;

    ngx_http_request_t  *r;
    ngx_http_cleanup_t  *cln;

    if (job->done) {
        ngx_add_timer(ev, NGX_POLYCARD_REQUEST_GRACE);
        return;
    }

    r = job->request;

    ngx_log_error(NGX_LOG_ERR, r->connection->log, NGX_ETIMEDOUT,
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


/* called only where the worker's shutdown has timed out */

static void
ngx_polycard_request_read(ngx_event_t *rev)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    c = rev->data;

    if (c->close) {
        r = c->data;

        ngx_http_finalize_request(r->main, NGX_ERROR);
        ngx_http_run_posted_requests(c);
    }
}


static void
ngx_polycard_request_write(ngx_event_t *wev)
{
    /* nothing is ever sent */
}


static ssize_t
ngx_polycard_request_recv(ngx_connection_t *c, u_char *buf, size_t size)
{
    return NGX_AGAIN;
}


static ngx_chain_t *
ngx_polycard_request_send_chain(ngx_connection_t *c, ngx_chain_t *in,
    off_t limit)
{
    for ( /* void */ ; in; in = in->next) {
        in->buf->pos = in->buf->last;
        in->buf->file_pos = in->buf->file_last;
    }

    return NULL;
}


/* what a line of the error log says of a hook: nothing of its contents */

static u_char *
ngx_polycard_request_log(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char                  *p;
    ngx_http_upstream_t     *u;
    ngx_polycard_job_t      *job;
    ngx_polycard_job_log_t  *data;

    p = buf;

    if (log->action) {
        p = ngx_snprintf(buf, len, " while %s", log->action);
        len -= p - buf;
        buf = p;
    }

    data = log->data;
    job = data->job;

    p = ngx_snprintf(buf, len, ", polycard market: %V, hook: %V, attempt: %ui",
                     &job->delivery->market->name, &job->delivery->id,
                     job->delivery->attempt);

    len -= p - buf;
    buf = p;

    u = job->subrequest ? job->subrequest->upstream : NULL;

    if (u && u->peer.name) {
        p = ngx_snprintf(buf, len, ", upstream: \"%V%V\"", &u->schema,
                         u->peer.name);
    }

    return p;
}


void
ngx_polycard_hook_request_exit(void)
{
    ngx_queue_t         *q;
    ngx_polycard_job_t  *job;

    ngx_polycard_request_exiting = 1;

    if (ngx_polycard_request_jobs.next == NULL) {
        return;
    }

    while (!ngx_queue_empty(&ngx_polycard_request_jobs)) {
        q = ngx_queue_head(&ngx_polycard_request_jobs);
        job = ngx_queue_data(q, ngx_polycard_job_t, queue);

        if (job->connection) {
            ngx_polycard_request_close(&job->event);
        }

        ngx_polycard_request_deliver(&job->event);
    }
}


ngx_polycard_delivery_t *
ngx_polycard_hook_request_delivery(ngx_http_request_t *r)
{
    ngx_polycard_job_t  *job;

    if (r->post_subrequest == NULL
        || r->post_subrequest->handler != ngx_polycard_request_done)
    {
        return NULL;
    }

    job = r->post_subrequest->data;

    return job->delivery;
}
