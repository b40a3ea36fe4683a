
#include "http/location.h"
#include "http/request.h"
#include "core/mask.h"
#include "core/phone.h"
#include "counters/count.h"
#include "http/account.h"


/* results of nginx's own limits, in nginx's own variables */
#define NGX_POLYCARD_LIMIT_REQ_REJECTED   3
#define NGX_POLYCARD_LIMIT_CONN_REJECTED  2


static ngx_polycard_result_e ngx_polycard_account_result(
    ngx_http_request_t *r);
static ngx_msec_int_t ngx_polycard_account_redis_time(ngx_http_request_t *r);

static ngx_int_t ngx_polycard_variable_market(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_polycard_variable_result(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_polycard_variable_redis_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_polycard_variable_phone(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_polycard_variable_request(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_polycard_str_t ngx_polycard_variable_known(ngx_http_request_t *r);
static ngx_uint_t ngx_polycard_variable_is_prefix(const ngx_str_t *name,
    const ngx_str_t *line);
static void ngx_polycard_variable_set(ngx_http_variable_value_t *v,
    u_char *data, size_t len);
static u_char *ngx_polycard_variable_copy(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, u_char *data, size_t len);


ngx_http_variable_t  ngx_polycard_request_variables[] = {

    { ngx_string("polycard_market"), NULL, ngx_polycard_variable_market, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("polycard_result"), NULL, ngx_polycard_variable_result, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("polycard_redis_time"), NULL,
      ngx_polycard_variable_redis_time, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("polycard_phone"), NULL, ngx_polycard_variable_phone, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("polycard_request"), NULL, ngx_polycard_variable_request, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_polycard_account_log_handler(ngx_http_request_t *r)
{
    ngx_time_t               *tp;
    ngx_msec_int_t            duration;
    ngx_polycard_ctx_t       *ctx;
    ngx_polycard_loc_conf_t  *plcf;

    if (r != r->main) {
        return NGX_OK;
    }

    plcf = ngx_polycard_location_conf(r);

    if (plcf == NULL) {
        return NGX_OK;
    }

    /* as in $request_time */

    tp = ngx_timeofday();
    duration = (ngx_msec_int_t) ((tp->sec - r->start_sec) * 1000
                                 + (tp->msec - r->start_msec));

    ctx = ngx_http_get_module_ctx(r, ngx_polycard_module);

    if (ctx) {
        duration = ngx_max(duration - (ngx_msec_int_t) ctx->held, 0);
    }

    ngx_polycard_counts_request(plcf->market, plcf->service->number,
                                ngx_polycard_account_result(r), duration,
                                ngx_polycard_account_redis_time(r));

    return NGX_OK;
}


static ngx_polycard_result_e
ngx_polycard_account_result(ngx_http_request_t *r)
{
    ngx_uint_t           status, limited;
    ngx_polycard_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_polycard_module);
    status = r->err_status ? r->err_status : r->headers_out.status;

    /* not set by a handler of the module: it is not about a client */

    if ((status == NGX_HTTP_NOT_FOUND || status == NGX_HTTP_CONFLICT)
        && (ctx == NULL || ctx->error == NULL))
    {
        status = NGX_HTTP_FORBIDDEN;
    }

    /* their status is 503 by default */

    limited = status >= NGX_HTTP_BAD_REQUEST
              && (r->main->limit_req_status == NGX_POLYCARD_LIMIT_REQ_REJECTED
                  || r->main->limit_conn_status
                     == NGX_POLYCARD_LIMIT_CONN_REJECTED);

    return ngx_polycard_result((unsigned) status, (unsigned) limited);
}


/* milliseconds until now, if there was no answer; -1: was not asked */

static ngx_msec_int_t
ngx_polycard_account_redis_time(ngx_http_request_t *r)
{
    ngx_polycard_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_polycard_module);

    if (ctx == NULL || !ctx->asked) {
        return -1;
    }

    return ctx->waits ? (ngx_msec_int_t) (ngx_current_msec - ctx->redis_start)
                      : (ngx_msec_int_t) ctx->redis_time;
}


/* also in the location of the hooks */

static ngx_int_t
ngx_polycard_variable_market(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_polycard_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_polycard_module);

    if (plcf->market == NULL) {
        plcf = ngx_polycard_location_conf(r);
    }

    v->not_found = (plcf == NULL);

    if (plcf) {
        ngx_polycard_variable_set(v, plcf->market->name.data,
                                  plcf->market->name.len);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_variable_result(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const ngx_polycard_str_t  *name;

    v->not_found = (ngx_polycard_location_conf(r) == NULL);

    if (!v->not_found) {
        name = &ngx_polycard_results[ngx_polycard_account_result(r)];
        ngx_polycard_variable_set(v, name->data, name->len);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_variable_redis_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char          *p;
    ngx_msec_int_t   ms;

    ms = ngx_polycard_location_conf(r) ? ngx_polycard_account_redis_time(r)
                                       : -1;

    if (ms < 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN + 4);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_polycard_variable_set(v, p,
        ngx_sprintf(p, "%T.%03M", (time_t) ms / 1000, (ngx_msec_t) ms % 1000)
        - p);

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_variable_phone(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char              *p;
    ngx_str_t            arg;
    ngx_polycard_ctx_t  *ctx;
    ngx_polycard_str_t   phone;

    ctx = ngx_http_get_module_ctx(r, ngx_polycard_module);
    v->not_found = 1;

    if (ngx_polycard_location_conf(r) == NULL) {
        return NGX_OK;
    }

    if (ctx && ctx->phone) {
        phone = *ctx->phone;

    } else {

        /* the query was not read, or the rest of it was wrong */

        if (ngx_http_arg(r, (u_char *) "phone", 5, &arg) != NGX_OK) {
            return NGX_OK;
        }

        phone = ngx_polycard_str(&arg);
    }

    if (ngx_polycard_phone_check(&phone) != NGX_POLYCARD_OK) {
        return NGX_OK;
    }

    p = ngx_polycard_variable_copy(r, v, phone.data, phone.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_polycard_mask_phone(p, phone.len);

    return NGX_OK;
}


/*
 * A request line that nginx could not read is not shown: its parts are
 * unknown.
 */

static ngx_int_t
ngx_polycard_variable_request(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char              *p;
    ngx_polycard_str_t   known;

    v->not_found = (r->method_name.len == 0 || r->request_line.len == 0);

    if (v->not_found) {
        return NGX_OK;
    }

    p = ngx_polycard_variable_copy(r, v, r->request_line.data,
                                   r->request_line.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    known = ngx_polycard_variable_known(r);
    ngx_polycard_mask_request(p, r->request_line.len, &known);

    return NGX_OK;
}


/*
 * The name of the location, with which the path begins; after a rewrite that
 * of one of our locations.
 */

static ngx_polycard_str_t
ngx_polycard_variable_known(ngx_http_request_t *r)
{
    ngx_str_t                  name, *other;
    ngx_uint_t                 i;
    ngx_polycard_location_t   *location;
    ngx_polycard_main_conf_t  *pmcf;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    pmcf = ngx_http_get_module_main_conf(r, ngx_polycard_module);

    ngx_str_null(&name);

    if (ngx_polycard_variable_is_prefix(&clcf->name, &r->request_line)) {
        name = clcf->name;
    }

    location = pmcf->locations.elts;

    for (i = 0; i < pmcf->locations.nelts; i++) {
        other = &location[i].clcf->name;

        if (other->len > name.len
            && ngx_polycard_variable_is_prefix(other, &r->request_line))
        {
            name = *other;
        }
    }

    return ngx_polycard_str(&name);
}


static ngx_uint_t
ngx_polycard_variable_is_prefix(const ngx_str_t *name, const ngx_str_t *line)
{
    u_char  *p, *last;

    if (name->len == 0) {
        return 1;
    }

    last = line->data + line->len;
    p = ngx_strlchr(line->data, last, ' ');

    return p && (size_t) (last - p - 1) >= name->len
           && ngx_memcmp(p + 1, name->data, name->len) == 0;
}


static u_char *
ngx_polycard_variable_copy(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    u_char *data, size_t len)
{
    u_char  *p;

    p = ngx_pnalloc(r->pool, len);

    if (p) {
        ngx_memcpy(p, data, len);
        ngx_polycard_variable_set(v, p, len);
    }

    return p;
}


static void
ngx_polycard_variable_set(ngx_http_variable_value_t *v, u_char *data,
    size_t len)
{
    v->data = data;
    v->len = len & NGX_POLYCARD_VARIABLE_LEN;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
}
