
/*
 * A module for tests only: starts deliveries of hooks without an emitter, and
 * shows what became of them.
 *
 *   location = /deliver { polycard_driver shop1; }
 *
 * GET /deliver?id=1-0&object=clients&action=changed&attempt=1, with the data
 * as body of a POST (else {}), answers when the delivery's handler is called:
 * a line "name: value" for each part of the result, an empty line, the body.
 * With count=N&parallel=P it delivers N times, and answers how often each
 * result was seen: "error status count".
 *
 * Each result is a line of the error log as well, for those that come when
 * nobody can be answered any more.
 */


#include "hook/request.h"


typedef struct ngx_polycard_driver_s  ngx_polycard_driver_t;

typedef struct {
    ngx_polycard_delivery_t     delivery;
    ngx_polycard_driver_t      *driver;
    u_char                      id[64];
} ngx_polycard_driver_delivery_t;

typedef struct {
    ngx_uint_t                  error;
    ngx_uint_t                  status;
    ngx_uint_t                  count;
} ngx_polycard_driver_result_t;

struct ngx_polycard_driver_s {
    ngx_pool_t                 *pool;       /* deliveries outlive the request */
    ngx_http_request_t         *request;    /* NULL: it has gone */
    ngx_polycard_market_t      *market;
    ngx_str_t                   id;
    ngx_str_t                   object;
    ngx_str_t                   action;
    ngx_str_t                   data;
    ngx_uint_t                  attempt;
    ngx_uint_t                  count;
    ngx_uint_t                  parallel;
    ngx_uint_t                  started;
    ngx_uint_t                  running;
    ngx_uint_t                  busy;
    ngx_event_t                 again;
    ngx_array_t                 results;
    ngx_str_t                   answer;
};


static char *ngx_polycard_driver_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_polycard_driver_create_conf(ngx_conf_t *cf);
static ngx_int_t ngx_polycard_driver_handler(ngx_http_request_t *r);
static void ngx_polycard_driver_begin(ngx_http_request_t *r);
static ngx_polycard_driver_t *ngx_polycard_driver_create(
    ngx_http_request_t *r);
static ngx_polycard_market_t *ngx_polycard_driver_market(
    ngx_http_request_t *r);
static void ngx_polycard_driver_text(ngx_polycard_driver_t *driver, char *name,
    ngx_str_t *value);
static ngx_uint_t ngx_polycard_driver_number(ngx_polycard_driver_t *driver,
    char *name);
static void ngx_polycard_driver_gone(void *data);
static void ngx_polycard_driver_start(ngx_polycard_driver_t *driver);
static ngx_int_t ngx_polycard_driver_start_one(ngx_polycard_driver_t *driver);
static void ngx_polycard_driver_again(ngx_event_t *ev);
static void ngx_polycard_driver_done(ngx_polycard_delivery_t *d);
static void ngx_polycard_driver_count(ngx_polycard_driver_t *driver,
    ngx_polycard_delivery_t *d);
static void ngx_polycard_driver_print(ngx_polycard_driver_t *driver,
    ngx_polycard_delivery_t *d);
static void ngx_polycard_driver_print_counts(ngx_polycard_driver_t *driver);
static void ngx_polycard_driver_finish(ngx_polycard_driver_t *driver);
static ngx_int_t ngx_polycard_driver_send(ngx_polycard_driver_t *driver);


static char  *ngx_polycard_driver_errors[] = {
    "ok", "connect", "tls", "timeout", "cut", "oversized", "invalid",
    "failed", "unknown"
};


static ngx_command_t  ngx_polycard_driver_commands[] = {

    { ngx_string("polycard_driver"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_polycard_driver_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_polycard_driver_module_ctx = {
    NULL, NULL, NULL, NULL, NULL, NULL,
    ngx_polycard_driver_create_conf,       /* create location configuration */
    NULL
};


ngx_module_t  ngx_polycard_driver_module = {
    NGX_MODULE_V1,
    &ngx_polycard_driver_module_ctx,       /* module context */
    ngx_polycard_driver_commands,          /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NGX_MODULE_V1_PADDING
};


/* what nginx's build would write for a dynamic module */

ngx_module_t  *ngx_modules[] = { &ngx_polycard_driver_module, NULL };
char          *ngx_module_names[] = { "ngx_polycard_driver_module", NULL };
char          *ngx_module_order[] = { NULL };


static char *
ngx_polycard_driver_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t  *name = conf;

    ngx_str_t                 *value;
    ngx_http_core_loc_conf_t  *clcf;

    value = cf->args->elts;
    *name = value[1];

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_polycard_driver_handler;

    return NGX_CONF_OK;
}


static void *
ngx_polycard_driver_create_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_str_t));
}


static ngx_int_t
ngx_polycard_driver_handler(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_polycard_driver_begin);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


static void
ngx_polycard_driver_begin(ngx_http_request_t *r)
{
    ngx_polycard_driver_t  *driver;

    driver = ngx_polycard_driver_create(r);

    if (driver == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_polycard_driver_start(driver);
}


static ngx_polycard_driver_t *
ngx_polycard_driver_create(ngx_http_request_t *r)
{
    ngx_pool_t             *pool;
    ngx_chain_t            *cl;
    ngx_pool_cleanup_t     *cln;
    ngx_polycard_driver_t  *driver;

    cln = ngx_pool_cleanup_add(r->pool, 0);
    pool = ngx_create_pool(4096, ngx_cycle->log);

    if (cln == NULL || pool == NULL) {
        return NULL;
    }

    driver = ngx_pcalloc(pool, sizeof(ngx_polycard_driver_t));

    if (driver == NULL
        || ngx_array_init(&driver->results, pool, 8,
                          sizeof(ngx_polycard_driver_result_t))
           != NGX_OK)
    {
        return NULL;
    }

    cln->handler = ngx_polycard_driver_gone;
    cln->data = driver;

    driver->pool = pool;
    driver->request = r;
    driver->market = ngx_polycard_driver_market(r);

    if (driver->market == NULL) {
        return NULL;
    }

    ngx_str_set(&driver->id, "1-0");
    ngx_str_set(&driver->object, "clients");
    ngx_str_set(&driver->action, "changed");
    ngx_str_set(&driver->data, "{}");

    ngx_polycard_driver_text(driver, "id", &driver->id);
    ngx_polycard_driver_text(driver, "object", &driver->object);
    ngx_polycard_driver_text(driver, "action", &driver->action);

    cl = r->request_body ? r->request_body->bufs : NULL;

    if (cl) {
        driver->data.len = cl->buf->last - cl->buf->pos;
        driver->data.data = ngx_pnalloc(pool, driver->data.len);

        if (driver->data.data == NULL) {
            return NULL;
        }

        ngx_memcpy(driver->data.data, cl->buf->pos, driver->data.len);
    }

    driver->attempt = ngx_polycard_driver_number(driver, "attempt");
    driver->count = ngx_polycard_driver_number(driver, "count");
    driver->parallel = ngx_polycard_driver_number(driver, "parallel");

    driver->again.data = driver;
    driver->again.log = ngx_cycle->log;
    driver->again.handler = ngx_polycard_driver_again;
    driver->again.cancelable = 1;

    return driver;
}


static ngx_polycard_market_t *
ngx_polycard_driver_market(ngx_http_request_t *r)
{
    ngx_str_t                 *name;
    ngx_uint_t                 i;
    ngx_polycard_market_t    **market;
    ngx_polycard_main_conf_t  *pmcf;

    name = ngx_http_get_module_loc_conf(r, ngx_polycard_driver_module);
    pmcf = ngx_http_get_module_main_conf(r, ngx_polycard_module);
    market = pmcf->markets.elts;

    for (i = 0; i < pmcf->markets.nelts; i++) {
        if (market[i]->name.len == name->len
            && ngx_strncmp(market[i]->name.data, name->data, name->len) == 0)
        {
            return market[i];
        }
    }

    return NULL;
}


static void
ngx_polycard_driver_gone(void *data)
{
    ngx_polycard_driver_t  *driver = data;

    driver->request = NULL;

    /* nothing more is started; the last of those that run frees the memory */

    driver->count = driver->started;

    if (driver->again.timer_set) {
        ngx_del_timer(&driver->again);
    }

    if (driver->running == 0) {
        ngx_destroy_pool(driver->pool);
    }
}


static void
ngx_polycard_driver_text(ngx_polycard_driver_t *driver, char *name,
    ngx_str_t *value)
{
    ngx_str_t  arg;

    if (ngx_http_arg(driver->request, (u_char *) name, ngx_strlen(name), &arg)
        == NGX_OK)
    {
        value->data = ngx_pstrdup(driver->pool, &arg);
        value->len = value->data ? arg.len : 0;
    }
}


static ngx_uint_t
ngx_polycard_driver_number(ngx_polycard_driver_t *driver, char *name)
{
    ngx_int_t  n;
    ngx_str_t  arg;

    ngx_str_set(&arg, "1");
    ngx_polycard_driver_text(driver, name, &arg);

    n = ngx_atoi(arg.data, arg.len);

    return n == NGX_ERROR ? 1 : n;
}


static void
ngx_polycard_driver_start(ngx_polycard_driver_t *driver)
{
    ngx_int_t  rc;

    while (driver->started < driver->count
           && driver->running < driver->parallel)
    {
        rc = ngx_polycard_driver_start_one(driver);

        if (rc == NGX_BUSY) {
            driver->busy++;
            ngx_add_timer(&driver->again, 5);
            return;
        }

        if (rc != NGX_OK) {
            driver->count = driver->started;
            break;
        }

        driver->started++;
        driver->running++;
    }

    if (driver->running) {
        return;
    }

    if (driver->request) {
        ngx_polycard_driver_finish(driver);

    } else {
        ngx_destroy_pool(driver->pool);
    }
}


static ngx_int_t
ngx_polycard_driver_start_one(ngx_polycard_driver_t *driver)
{
    ngx_int_t                        rc;
    ngx_polycard_delivery_t         *d;
    ngx_polycard_driver_delivery_t  *dd;

    /* of the heap: a sanitizer sees who touches it too late */

    dd = ngx_calloc(sizeof(ngx_polycard_driver_delivery_t), ngx_cycle->log);
    if (dd == NULL) {
        return NGX_ERROR;
    }

    dd->driver = driver;

    d = &dd->delivery;
    d->market = driver->market;
    d->id.data = dd->id;
    d->id.len = ngx_snprintf(dd->id, sizeof(dd->id), "%V", &driver->id)
                - dd->id;

    if (driver->count > 1) {
        d->id.len = ngx_sprintf(dd->id, "%ui-0", driver->started + 1)
                    - dd->id;
    }

    d->object = driver->object;
    d->action = driver->action;
    d->data = driver->data;
    d->attempt = driver->attempt;
    d->handler = ngx_polycard_driver_done;
    d->owner = dd;

    rc = ngx_polycard_hook_request_start(d);

    if (rc != NGX_OK) {
        ngx_free(dd);
    }

    return rc;
}


static void
ngx_polycard_driver_again(ngx_event_t *ev)
{
    ngx_polycard_driver_start(ev->data);
}


static void
ngx_polycard_driver_done(ngx_polycard_delivery_t *d)
{
    ngx_polycard_driver_t           *driver;
    ngx_polycard_driver_delivery_t  *dd;

    dd = d->owner;
    driver = dd->driver;

    if (driver->count == 1) {
        ngx_polycard_driver_print(driver, d);
    }

    ngx_polycard_driver_count(driver, d);

    if (driver->count == 1 || d->error) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "driver: hook %V: %s %ui", &d->id,
                      ngx_polycard_driver_errors[d->error], d->status);
    }

    ngx_free(dd);

    driver->running--;

    ngx_polycard_driver_start(driver);
}


static void
ngx_polycard_driver_count(ngx_polycard_driver_t *driver,
    ngx_polycard_delivery_t *d)
{
    ngx_uint_t                     i;
    ngx_polycard_driver_result_t  *result;

    result = driver->results.elts;

    for (i = 0; i < driver->results.nelts; i++) {
        if (result[i].error == d->error && result[i].status == d->status) {
            result[i].count++;
            return;
        }
    }

    result = ngx_array_push(&driver->results);

    if (result) {
        result->error = d->error;
        result->status = d->status;
        result->count = 1;
    }
}


static void
ngx_polycard_driver_print(ngx_polycard_driver_t *driver,
    ngx_polycard_delivery_t *d)
{
    u_char  *p;

    p = ngx_pnalloc(driver->pool, 512 + d->retry_after.len + d->body.len);
    if (p == NULL) {
        return;
    }

    driver->answer.data = p;

    p = ngx_sprintf(p, "error: %s\nstatus: %ui\ncomplete: %ui\n"
                    "retry_after: %V\ntime: %M\nlength: %uz\n\n",
                    ngx_polycard_driver_errors[d->error], d->status,
                    (ngx_uint_t) d->complete, &d->retry_after, d->time,
                    d->body.len);

    if (d->body.len) {
        p = ngx_cpymem(p, d->body.data, d->body.len);
    }

    driver->answer.len = p - driver->answer.data;
}


static void
ngx_polycard_driver_print_counts(ngx_polycard_driver_t *driver)
{
    u_char                        *p;
    ngx_uint_t                     i;
    ngx_polycard_driver_result_t  *result;

    p = ngx_pnalloc(driver->pool, 64 * (driver->results.nelts + 1));
    if (p == NULL) {
        return;
    }

    driver->answer.data = p;
    result = driver->results.elts;

    for (i = 0; i < driver->results.nelts; i++) {
        p = ngx_sprintf(p, "%s %ui %ui\n",
                        ngx_polycard_driver_errors[result[i].error],
                        result[i].status, result[i].count);
    }

    p = ngx_sprintf(p, "busy - %ui\n", driver->busy);

    driver->answer.len = p - driver->answer.data;
}


static void
ngx_polycard_driver_finish(ngx_polycard_driver_t *driver)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    if (driver->again.timer_set) {
        ngx_del_timer(&driver->again);
    }

    if (driver->answer.data == NULL) {
        ngx_polycard_driver_print_counts(driver);
    }

    r = driver->request;
    c = r->connection;

    ngx_http_finalize_request(r, ngx_polycard_driver_send(driver));
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_polycard_driver_send(ngx_polycard_driver_t *driver)
{
    ngx_int_t            rc;
    ngx_buf_t           *b;
    ngx_chain_t          out;
    ngx_http_request_t  *r;

    r = driver->request;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = driver->answer.len;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = driver->answer.data;
    b->last = b->pos + driver->answer.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
