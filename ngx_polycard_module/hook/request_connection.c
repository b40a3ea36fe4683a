
#include "hook/request_internal.h"
#include "http/log.h"


/* nginx's own context must be first: nginx writes into it */

typedef struct {
    ngx_http_log_ctx_t           ctx;
    ngx_polycard_job_t          *job;
} ngx_polycard_job_log_t;


static ngx_int_t ngx_polycard_job_set_request(ngx_http_request_t *r,
    ngx_polycard_hook_conf_t *hook);
static void ngx_polycard_request_set_events(ngx_connection_t *c);
static void ngx_polycard_request_set_address(ngx_connection_t *c);
static ngx_int_t ngx_polycard_request_set_log(ngx_polycard_job_t *job,
    ngx_connection_t *c);
static void ngx_polycard_request_read(ngx_event_t *rev);
static void ngx_polycard_request_write(ngx_event_t *wev);
static ssize_t ngx_polycard_request_recv(ngx_connection_t *c, u_char *buf,
    size_t size);
static ngx_chain_t *ngx_polycard_request_send_chain(ngx_connection_t *c,
    ngx_chain_t *in, off_t limit);
static u_char *ngx_polycard_request_log(ngx_log_t *log, u_char *buf,
    size_t len);


/*
 * A connection without a socket.  Its descriptor is 0 and never closed, because
 * "shared"; the events are "active", so that they are never registered.
 */

ngx_int_t
ngx_polycard_job_connect(ngx_polycard_job_t *job)
{
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

    cln->handler = ngx_polycard_job_gone;
    cln->data = job;

    ngx_polycard_request_set_events(c);
    ngx_polycard_request_set_address(c);

    c->start_time = ngx_current_msec;

    /* nginx decreases it when it closes the connection */
    ngx_polycard_stat_active_add(1);

    job->connection = c;

    return NGX_OK;
}


static void
ngx_polycard_request_set_events(ngx_connection_t *c)
{
    c->read->active = 1;
    c->read->handler = ngx_polycard_request_read;
    c->write->active = 1;
    c->write->ready = 1;
    c->write->handler = ngx_polycard_request_write;

    c->recv = ngx_polycard_request_recv;
    c->send_chain = ngx_polycard_request_send_chain;

    c->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
    c->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;
}


/* that of a client on this machine: variables and modules read it */

static void
ngx_polycard_request_set_address(ngx_connection_t *c)
{
    static ngx_str_t           text = ngx_string("127.0.0.1");
    static struct sockaddr_in  address;

    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    c->sockaddr = (struct sockaddr *) &address;
    c->socklen = sizeof(struct sockaddr_in);
    c->local_sockaddr = c->sockaddr;
    c->local_socklen = c->socklen;
    c->addr_text = text;
}


/* nginx changes a connection's log: it must not be the cycle's own */

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


/* the detached request: it runs no phase, it is only the subrequest's parent */

ngx_int_t
ngx_polycard_job_create_request(ngx_polycard_job_t *job)
{
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
     * whole request to the gateway, with the token in it.
     */

    ngx_set_connection_log(c, hook->clcf->error_log);

    if (c->log->log_level >= NGX_LOG_DEBUG) {
        c->log->log_level = NGX_LOG_INFO;
    }

    return ngx_polycard_job_set_request(r, hook);
}


static ngx_int_t
ngx_polycard_job_set_request(ngx_http_request_t *r,
    ngx_polycard_hook_conf_t *hook)
{
    u_char  *p;

    static ngx_str_t  protocol = ngx_string("HTTP/1.1");
    static ngx_str_t  schema = ngx_string("http");
    static ngx_str_t  root = ngx_string("/");
    static ngx_str_t  post = ngx_string("POST");
    static ngx_str_t  get = ngx_string("GET");

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

    /* for the access log; never with the arguments of a GET */

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


/* called only when the worker's shutdown has timed out */

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


/* the context of lines in the error log, without the contents of the hook */

static u_char *
ngx_polycard_request_log(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char                  *p;
    ngx_polycard_job_t      *job;
    ngx_polycard_job_log_t  *data;

    data = log->data;
    job = data->job;

    ngx_polycard_log_mask(job->delivery->market, buf, len);

    if (log->action) {
        p = ngx_snprintf(buf, len, " while %s", log->action);
        len -= p - buf;
        buf = p;
    }

    p = ngx_snprintf(buf, len, ", polycard market: %V, hook: %V, attempt: %ui",
                     &job->delivery->market->name, &job->delivery->id,
                     job->delivery->attempt);

    len -= p - buf;
    buf = p;

    return job->subrequest
           ? ngx_polycard_log_upstream(job->subrequest, buf, len) : buf;
}
