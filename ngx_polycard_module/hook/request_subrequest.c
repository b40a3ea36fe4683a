
#include "hook/request_internal.h"


typedef struct {
    ngx_str_t     name;
    u_char       *lowcase;
    ngx_uint_t    hash;         /* 0: not yet known */
} ngx_polycard_request_header_t;


static ngx_int_t ngx_polycard_request_set_body(ngx_polycard_job_t *job);
static ngx_int_t ngx_polycard_request_print_hook(ngx_polycard_job_t *job,
    ngx_str_t *text);
static ngx_chain_t *ngx_polycard_request_create_chain(ngx_http_request_t *sr,
    ngx_str_t *text);
static ngx_int_t ngx_polycard_request_set_headers(ngx_polycard_job_t *job);
static ngx_int_t ngx_polycard_request_set_content(ngx_http_request_t *sr,
    ngx_uint_t format);
static ngx_table_elt_t *ngx_polycard_request_header(ngx_http_request_t *sr,
    ngx_polycard_request_header_t *header, ngx_str_t *value);
static void ngx_polycard_request_handler(ngx_http_request_t *sr);


#define ngx_polycard_request_name(name, lowcase)                              \
    { ngx_string(name), (u_char *) lowcase, 0 }

static ngx_polycard_request_header_t  ngx_polycard_request_content_type =
    ngx_polycard_request_name("Content-Type", "content-type");

static ngx_polycard_request_header_t  ngx_polycard_request_content_length =
    ngx_polycard_request_name("Content-Length", "content-length");

static ngx_polycard_request_header_t  ngx_polycard_request_user_agent =
    ngx_polycard_request_name("User-Agent", "user-agent");

static ngx_polycard_request_header_t  ngx_polycard_request_accept =
    ngx_polycard_request_name("Accept", "accept");

static ngx_polycard_request_header_t  ngx_polycard_request_id =
    ngx_polycard_request_name("webhook-id", "webhook-id");

static ngx_polycard_request_header_t  ngx_polycard_request_timestamp =
    ngx_polycard_request_name("webhook-timestamp", "webhook-timestamp");


static ngx_str_t  ngx_polycard_request_json = ngx_string("application/json");


ngx_int_t
ngx_polycard_job_create_subrequest(ngx_polycard_job_t *job)
{
    ngx_http_request_t  *r, *sr;

    r = job->request;

    job->post.handler = ngx_polycard_job_done;
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
    ngx_str_t            text;
    ngx_http_request_t  *sr;

    sr = job->subrequest;

    if (ngx_polycard_request_print_hook(job, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    sr->request_body = ngx_pcalloc(sr->pool, sizeof(ngx_http_request_body_t));
    if (sr->request_body == NULL) {
        return NGX_ERROR;
    }

    if (job->delivery->market->hook.format == NGX_POLYCARD_HOOK_GET) {
        sr->args = text;
        return NGX_OK;
    }

    sr->headers_in.content_length_n = text.len;
    sr->request_body->bufs = ngx_polycard_request_create_chain(sr, &text);

    return sr->request_body->bufs ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_polycard_request_print_hook(ngx_polycard_job_t *job, ngx_str_t *text)
{
    ngx_polycard_hook_t         hook;
    ngx_polycard_hook_conf_t   *conf;
    ngx_polycard_hook_format_e  format;

    conf = &job->delivery->market->hook;
    format = (ngx_polycard_hook_format_e) conf->format;

    hook.token = ngx_polycard_str(&conf->token);
    hook.alias = ngx_polycard_str(&conf->alias);
    hook.object = ngx_polycard_str(&job->delivery->object);
    hook.action = ngx_polycard_str(&job->delivery->action);
    hook.data = ngx_polycard_str(&job->delivery->data);

    text->data = ngx_pnalloc(job->pool,
                             ngx_polycard_hook_size(format, &hook));
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_polycard_hook_print(text->data, format, &hook)
                - text->data;

    return NGX_OK;
}


static ngx_chain_t *
ngx_polycard_request_create_chain(ngx_http_request_t *sr, ngx_str_t *text)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    b = ngx_calloc_buf(sr->pool);
    cl = ngx_alloc_chain_link(sr->pool);

    if (b == NULL || cl == NULL) {
        return NULL;
    }

    /* when it tries the next upstream, nginx begins again at "start" */

    b->start = text->data;
    b->pos = text->data;
    b->last = text->data + text->len;
    b->end = b->last;
    b->memory = 1;
    b->last_buf = 1;

    cl->buf = b;
    cl->next = NULL;

    return cl;
}


/* proxy_pass and the like send the headers in headers_in */

static ngx_int_t
ngx_polycard_request_set_headers(ngx_polycard_job_t *job)
{
    static ngx_str_t  agent = ngx_string("ngx_polycard_module");

    ngx_str_t                 time;
    ngx_http_request_t       *sr;
    ngx_http_headers_in_t    *in;
    ngx_polycard_delivery_t  *d;

    d = job->delivery;
    sr = job->subrequest;
    in = &sr->headers_in;

    /* the copy shares the parent's list */

    if (ngx_list_init(&in->headers, sr->pool, 8, sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (d->market->hook.format != NGX_POLYCARD_HOOK_GET
        && ngx_polycard_request_set_content(sr, d->market->hook.format)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    time.data = ngx_pnalloc(sr->pool, NGX_TIME_T_LEN);
    if (time.data == NULL) {
        return NGX_ERROR;
    }

    time.len = ngx_sprintf(time.data, "%T", ngx_time()) - time.data;

    in->user_agent = ngx_polycard_request_header(sr,
                               &ngx_polycard_request_user_agent, &agent);

    return (in->user_agent
            && ngx_polycard_request_header(sr, &ngx_polycard_request_accept,
                                           &ngx_polycard_request_json)
            && ngx_polycard_request_header(sr, &ngx_polycard_request_id,
                                           &d->id)
            && ngx_polycard_request_header(sr, &ngx_polycard_request_timestamp,
                                           &time))
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_polycard_request_set_content(ngx_http_request_t *sr, ngx_uint_t format)
{
    static ngx_str_t  form = ngx_string("application/x-www-form-urlencoded");

    ngx_str_t               length;
    ngx_http_headers_in_t  *in;

    in = &sr->headers_in;

    length.data = ngx_pnalloc(sr->pool, NGX_OFF_T_LEN);
    if (length.data == NULL) {
        return NGX_ERROR;
    }

    length.len = ngx_sprintf(length.data, "%O", in->content_length_n)
                 - length.data;

    in->content_type = ngx_polycard_request_header(sr,
                               &ngx_polycard_request_content_type,
                               format == NGX_POLYCARD_HOOK_POST_JSON
                               ? &ngx_polycard_request_json : &form);

    in->content_length = ngx_polycard_request_header(sr,
                               &ngx_polycard_request_content_length, &length);

    return (in->content_type && in->content_length) ? NGX_OK : NGX_ERROR;
}


static ngx_table_elt_t *
ngx_polycard_request_header(ngx_http_request_t *sr,
    ngx_polycard_request_header_t *header, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&sr->headers_in.headers);
    if (h == NULL) {
        return NULL;
    }

    if (header->hash == 0) {
        header->hash = ngx_hash_key(header->lowcase, header->name.len);
    }

    ngx_polycard_header_last(h);

    h->key = header->name;
    h->value = *value;
    h->lowcase_key = header->lowcase;
    h->hash = header->hash;

    return h;
}


/*
 * Enters the location directly, as nginx enters a named one: directives of the
 * server for its clients' requests ("return 301 https://...", limits, other
 * locations that match) do not apply to hooks.
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
