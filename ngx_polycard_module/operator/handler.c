
/* From a request of an operator to functions inside Redis, and back */


#include "operator/operator.h"
#include "operator/service.h"
#include "core/json.h"
#include "core/number.h"
#include "core/office.h"
#include "core/query.h"
#include "http/body.h"
#include "http/refusal.h"
#include "http/tree.h"


enum {
    NGX_POLYCARD_OPERATOR_QUERY_TOKEN = 0,
    NGX_POLYCARD_OPERATOR_QUERY_AFTER,
    NGX_POLYCARD_OPERATOR_QUERY_LIMIT
};


static ngx_int_t ngx_polycard_operator_handler(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_operator_choose(ngx_polycard_operator_t *op);
static ngx_int_t ngx_polycard_operator_check_type(
    ngx_polycard_operator_t *op);
static ngx_int_t ngx_polycard_operator_check_query(
    ngx_polycard_operator_t *op, ngx_polycard_input_t *query);
static ngx_int_t ngx_polycard_operator_start(ngx_polycard_operator_t *op);
static void ngx_polycard_operator_body(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_operator_read(ngx_polycard_operator_t *op);
static ngx_int_t ngx_polycard_operator_ask(ngx_polycard_operator_t *op);
static void ngx_polycard_operator_done(ngx_polycard_store_call_t *call);


static const ngx_polycard_attribute_t  ngx_polycard_operator_query[] = {
    NGX_POLYCARD_REQUEST_TOKEN,
    { ngx_polycard_string("after"), NGX_POLYCARD_TYPE_TEXT, 0 },
    { ngx_polycard_string("limit"), NGX_POLYCARD_TYPE_INTEGER, 0 }
};


static const ngx_polycard_table_t  ngx_polycard_operator_table = {
    ngx_polycard_operator_query, 3
};


static const ngx_polycard_table_t  ngx_polycard_operator_no_fields = {
    NULL, 0
};


const ngx_polycard_service_t  ngx_polycard_operator = {
    ngx_string("operator"),
    NGX_POLYCARD_SERVICE_OPERATOR,
    NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST|NGX_HTTP_DELETE,
    ngx_string("GET, HEAD, POST, DELETE"),
    ngx_polycard_operator_handler,
    0,
    offsetof(ngx_polycard_market_t, operators),
    NGX_POLYCARD_SERVICE_OPERATOR_TOKENS,
    1
};


static ngx_int_t
ngx_polycard_operator_handler(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_polycard_ctx_t       *ctx;
    ngx_polycard_input_t      in;
    ngx_polycard_operator_t  *op;

    rc = ngx_polycard_request_begin(r, sizeof(ngx_polycard_operator_t), &ctx,
                                    &in, &ngx_polycard_operator_table);
    if (rc != NGX_OK) {
        return rc;
    }

    op = (ngx_polycard_operator_t *) ctx;

    op->after = in.value[NGX_POLYCARD_OPERATOR_QUERY_AFTER];
    op->limit = in.value[NGX_POLYCARD_OPERATOR_QUERY_LIMIT];

    rc = ngx_polycard_operator_choose(op);

    if (rc == NGX_OK) {
        rc = ngx_polycard_tree_check_origin(ctx);
    }

    if (rc == NGX_OK) {
        rc = ngx_polycard_operator_check_type(op);
    }

    if (rc == NGX_OK) {
        rc = ngx_polycard_operator_check_query(op, &in);
    }

    return (rc == NGX_OK) ? ngx_polycard_operator_start(op) : rc;
}


static ngx_int_t
ngx_polycard_operator_choose(ngx_polycard_operator_t *op)
{
    ngx_uint_t                                allowed;
    ngx_http_request_t                       *r;
    ngx_polycard_str_t                        path;
    ngx_polycard_operator_e                   resource;
    const ngx_polycard_operator_operation_t  *o;

    r = op->ctx.request;
    path = ngx_polycard_tree_path(r);
    resource = ngx_polycard_operator_find(&path, &op->id);
    allowed = 0;

    for (o = ngx_polycard_operator_operations; o->methods; o++) {

        if (o->resource != resource) {
            continue;
        }

        if (o->methods & r->method) {
            op->operation = o;
            op->function = o->function;
            return NGX_OK;
        }

        allowed |= o->methods;
    }

    return ngx_polycard_tree_not_allowed(&op->ctx, allowed);
}


/*
 * A form on a page of somebody else can send any request but one of this type:
 * for that a browser asks us first, and is not answered.
 */

static ngx_int_t
ngx_polycard_operator_check_type(ngx_polycard_operator_t *op)
{
    ngx_http_request_t  *r;

    r = op->ctx.request;

    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
        return NGX_OK;
    }

    if (ngx_polycard_body_type(r) != NGX_POLYCARD_BODY_JSON) {
        return ngx_polycard_request_fail(&op->ctx, NGX_HTTP_FORBIDDEN,
                                   "Content-Type must be application/json");
    }

    return (r->headers_in.content_length_n > NGX_POLYCARD_BODY_MAX)
           ? NGX_HTTP_REQUEST_ENTITY_TOO_LARGE : NGX_OK;
}


static ngx_int_t
ngx_polycard_operator_check_query(ngx_polycard_operator_t *op,
    ngx_polycard_input_t *query)
{
    int64_t   n;
    unsigned  takes;

    takes = (op->operation->resource == NGX_POLYCARD_OPERATOR_DEAD)
            ? 1 << NGX_POLYCARD_OPERATOR_QUERY_AFTER
              | 1 << NGX_POLYCARD_OPERATOR_QUERY_LIMIT
            : 0;

    if (takes && op->limit.data
        && (ngx_polycard_number_parse_integer(&op->limit, &n)
            != NGX_POLYCARD_OK
            || n < 1 || n > NGX_POLYCARD_OPERATOR_PAGE))
    {
        (void) ngx_polycard_input_fail(query, NGX_POLYCARD_OPERATOR_QUERY_LIMIT,
                                       "must be 1 to 50");
    }

    return (ngx_polycard_query_check(query, takes) == NGX_POLYCARD_OK)
           ? NGX_OK : ngx_polycard_request_fail(&op->ctx, NGX_HTTP_BAD_REQUEST,
                                                query->error);
}


static ngx_int_t
ngx_polycard_operator_start(ngx_polycard_operator_t *op)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = op->ctx.request;

    if (!(r->method & NGX_HTTP_POST)) {

        rc = ngx_polycard_operator_ask(op);

        if (rc == NGX_DONE) {
            r->main->count++;
        }

        return rc;
    }

    return ngx_polycard_body_start(r, ngx_polycard_operator_body);
}


static void
ngx_polycard_operator_body(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_polycard_operator_t  *op;

    op = ngx_http_get_module_ctx(r, ngx_polycard_module);

    rc = ngx_polycard_operator_read(op);

    if (rc == NGX_OK) {
        rc = ngx_polycard_operator_ask(op);
    }

    if (rc != NGX_DONE) {
        ngx_http_finalize_request(r, rc);
    }
}


/* none is as good as an empty object */

static ngx_int_t
ngx_polycard_operator_read(ngx_polycard_operator_t *op)
{
    int                          rc;
    ngx_int_t                    status;
    const char                  *error;
    ngx_polycard_str_t           body;
    const ngx_polycard_table_t  *table;

    table = op->operation->fields ? op->operation->fields
                                  : &ngx_polycard_operator_no_fields;

    status = ngx_polycard_body_input(op->ctx.request, table, &op->in, &body);

    if (status != NGX_OK) {
        return status;
    }

    ngx_polycard_office_input(&op->in);

    rc = body.len ? ngx_polycard_json_read(&op->in, &body) : NGX_POLYCARD_OK;

    if (rc == NGX_POLYCARD_NO_MEMORY) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (rc != NGX_POLYCARD_OK
        || ngx_polycard_input_check(&op->in, 1) != NGX_POLYCARD_OK)
    {
        return ngx_polycard_request_fail(&op->ctx, NGX_HTTP_BAD_REQUEST,
                                         op->in.error);
    }

    error = op->operation->check ? op->operation->check(op) : NULL;

    return error ? ngx_polycard_request_fail(&op->ctx, NGX_HTTP_BAD_REQUEST,
                                             error)
                 : NGX_OK;
}


/* NGX_DONE: the request waits */

static ngx_int_t
ngx_polycard_operator_ask(ngx_polycard_operator_t *op)
{
    ngx_str_t   argument[NGX_POLYCARD_OPERATOR_ARGUMENTS];
    ngx_uint_t  n;

    n = op->operation->arguments ? op->operation->arguments(op, argument) : 0;

    ngx_polycard_request_ask(&op->ctx, &op->call, ngx_polycard_operator_done);
    op->call.office = 1;

    return ngx_polycard_request_wait(&op->ctx,
                  ngx_polycard_store_function(&op->call, op->function,
                                              argument, n));
}


static void
ngx_polycard_operator_done(ngx_polycard_store_call_t *call)
{
    ngx_int_t                 rc;
    ngx_polycard_operator_t  *op;

    op = call->data;

    rc = (call->status == NGX_OK) ? op->operation->answer(op, call->reply)
                                  : ngx_polycard_refusal(&op->ctx, call);

    if (rc == NGX_POLYCARD_OPERATOR_AGAIN) {
        rc = ngx_polycard_operator_ask(op);

        if (rc == NGX_DONE) {
            return;
        }
    }

    ngx_polycard_request_finish(&op->ctx, rc);
}
