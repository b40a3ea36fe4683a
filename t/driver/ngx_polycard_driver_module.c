
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


#include "ngx_polycard_driver.h"
#include "conf/check.h"


typedef struct {
    ngx_polycard_delivery_t     delivery;
    ngx_polycard_driver_t      *driver;
    u_char                      id[64];
} ngx_polycard_driver_delivery_t;


static char *ngx_polycard_driver_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_polycard_driver_create_conf(ngx_conf_t *cf);
static ngx_int_t ngx_polycard_driver_handler(ngx_http_request_t *r);
static void ngx_polycard_driver_begin(ngx_http_request_t *r);
static ngx_polycard_driver_t *ngx_polycard_driver_create(
    ngx_http_request_t *r);
static ngx_int_t ngx_polycard_driver_body(ngx_polycard_driver_t *driver,
    ngx_http_request_body_t *body);
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
static void ngx_polycard_driver_finish(ngx_polycard_driver_t *driver);


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
    ngx_pool_cleanup_t     *cln;
    ngx_polycard_driver_t  *driver;

    cln = ngx_pool_cleanup_add(r->pool, 0);
    pool = ngx_create_pool(4096, ngx_cycle->log);

    if (cln == NULL || pool == NULL) {
        return NULL;
    }

    driver = ngx_pcalloc(pool, sizeof(ngx_polycard_driver_t));

    if (driver == NULL) {
        return NULL;
    }

    cln->handler = ngx_polycard_driver_gone;
    cln->data = driver;

    driver->pool = pool;
    driver->request = r;

    if (ngx_polycard_driver_results(driver) != NGX_OK) {
        return NULL;
    }

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

    if (ngx_polycard_driver_body(driver, r->request_body) != NGX_OK) {
        return NULL;
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


static ngx_int_t
ngx_polycard_driver_body(ngx_polycard_driver_t *driver,
    ngx_http_request_body_t *body)
{
    ngx_buf_t  *b;

    if (body == NULL || body->bufs == NULL) {
        return NGX_OK;
    }

    b = body->bufs->buf;
    driver->data.len = b->last - b->pos;
    driver->data.data = ngx_pnalloc(driver->pool, driver->data.len);

    if (driver->data.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(driver->data.data, b->pos, driver->data.len);

    return NGX_OK;
}


static ngx_polycard_market_t *
ngx_polycard_driver_market(ngx_http_request_t *r)
{
    ngx_str_t                 *name;
    ngx_polycard_main_conf_t  *pmcf;

    name = ngx_http_get_module_loc_conf(r, ngx_polycard_driver_module);
    pmcf = ngx_http_get_module_main_conf(r, ngx_polycard_module);

    return ngx_polycard_conf_find(pmcf, name);
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

    ngx_polycard_driver_result(driver, d);
    ngx_free(dd);

    driver->running--;

    ngx_polycard_driver_start(driver);
}


static void
ngx_polycard_driver_finish(ngx_polycard_driver_t *driver)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    if (driver->again.timer_set) {
        ngx_del_timer(&driver->again);
    }

    r = driver->request;
    c = r->connection;

    ngx_http_finalize_request(r, ngx_polycard_driver_answer(driver));
    ngx_http_run_posted_requests(c);
}
