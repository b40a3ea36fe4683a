
#include "conf/carrier.h"
#include "hook/request.h"


static ngx_int_t ngx_polycard_carrier_refuse(ngx_conf_t *cf,
    ngx_polycard_loc_conf_t *plcf, ngx_http_core_loc_conf_t *clcf);
static ngx_int_t ngx_polycard_carrier_set(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_module_t *module);
static void ngx_polycard_carrier_set_upstream(ngx_http_upstream_conf_t *u);
static ngx_int_t ngx_polycard_carrier_reset(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_module_t *module);
static ngx_uint_t ngx_polycard_carrier_is_one_of(ngx_module_t *module,
    char **names);


/* modules whose location configuration begins with that of an upstream */

static char  *ngx_polycard_carrier_upstreams[] = {
    "ngx_http_proxy_module",
    "ngx_http_fastcgi_module",
    "ngx_http_uwsgi_module",
    "ngx_http_scgi_module",
    "ngx_http_grpc_module",
    "ngx_http_memcached_module",
    NULL
};


/*
 * Modules that change answers.  Those that do not act on subrequests (gzip,
 * add_header, expires) are not here.
 */

static char  *ngx_polycard_carrier_filters[] = {
    "ngx_http_addition_filter_module",
    "ngx_http_charset_filter_module",
    "ngx_http_image_filter_module",
    "ngx_http_slice_filter_module",
    "ngx_http_ssi_filter_module",
    "ngx_http_sub_filter_module",
    "ngx_http_xslt_filter_module",
    NULL
};


ngx_int_t
ngx_polycard_carrier_add(ngx_conf_t *cf, ngx_polycard_loc_conf_t *plcf,
    ngx_http_core_loc_conf_t *clcf)
{
    ngx_polycard_location_t   *location;
    ngx_polycard_main_conf_t  *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_polycard_module);

    if (pmcf->carriers.elts == NULL
        && ngx_array_init(&pmcf->carriers, cf->pool, 2,
                          sizeof(ngx_polycard_location_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    location = ngx_array_push(&pmcf->carriers);
    if (location == NULL) {
        return NGX_ERROR;
    }

    location->clcf = clcf;
    location->cscf = NULL;
    location->conf = plcf;

    /* both carriers read as much; an access log here is one of hooks */

    clcf->subrequest_output_buffer_size = NGX_POLYCARD_DELIVERY_BODY_MAX;
    clcf->log_subrequest = 1;

    return NGX_OK;
}


ngx_int_t
ngx_polycard_carrier_check(ngx_conf_t *cf, ngx_polycard_main_conf_t *pmcf)
{
    ngx_uint_t                  i, n;
    ngx_module_t              **modules;
    ngx_polycard_location_t    *location;

    modules = cf->cycle->modules;
    location = pmcf->carriers.elts;

    for (i = 0; i < pmcf->carriers.nelts; i++) {

        if (ngx_polycard_carrier_refuse(cf, location[i].conf, location[i].clcf)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        for (n = 0; modules[n]; n++) {
            if (modules[n]->type == NGX_HTTP_MODULE
                && ngx_polycard_carrier_set(cf, location[i].clcf, modules[n])
                   != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* hooks would not reach the handler of the location */

static ngx_int_t
ngx_polycard_carrier_refuse(ngx_conf_t *cf, ngx_polycard_loc_conf_t *plcf,
    ngx_http_core_loc_conf_t *clcf)
{
    char           *directive;
    void          **files;
    ngx_uint_t      i;
    ngx_module_t  **modules;

    directive = clcf->limit_except ? "limit_except" : NULL;
    modules = cf->cycle->modules;

    for (i = 0; modules[i] && directive == NULL; i++) {

        if (ngx_strcmp(modules[i]->name, "ngx_http_try_files_module") == 0) {

            /* the configuration has only one member: the list, or NULL */

            files = clcf->loc_conf[modules[i]->ctx_index];
            directive = *files ? "try_files" : NULL;
        }
    }

    if (directive == NULL) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"%s\" is not for the location of \"polycard_hook\" in "
                  "%V:%ui: a hook would not reach the gateway", directive,
                  &plcf->place.file, plcf->place.line);

    return NGX_ERROR;
}


static ngx_int_t
ngx_polycard_carrier_set(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_module_t *module)
{
    if (ngx_polycard_carrier_is_one_of(module,
                                       ngx_polycard_carrier_upstreams))
    {
        ngx_polycard_carrier_set_upstream(clcf->loc_conf[module->ctx_index]);
        return NGX_OK;
    }

    if (ngx_polycard_carrier_is_one_of(module, ngx_polycard_carrier_filters)) {
        return ngx_polycard_carrier_reset(cf, clcf, module);
    }

    return NGX_OK;
}


static void
ngx_polycard_carrier_set_upstream(ngx_http_upstream_conf_t *u)
{
    /* the answer comes from the gateway, now, and only to the module */

    ngx_polycard_upstream_no_cache(u);

    u->store = 0;
    u->intercept_errors = 0;

    /* headers of the gateway do not control nginx: X-Accel-Redirect */

    u->ignore_headers |= NGX_HTTP_UPSTREAM_IGN_XA_REDIRECT
                         |NGX_HTTP_UPSTREAM_IGN_XA_LIMIT_RATE
                         |NGX_HTTP_UPSTREAM_IGN_XA_BUFFERING
                         |NGX_HTTP_UPSTREAM_IGN_XA_CHARSET;

    /* the hook is sent unchanged */

    u->pass_request_body = 1;
    u->pass_request_headers = 1;

    /* a keepalive connection turns out to be closed: again on another one */

    u->next_upstream &= ~NGX_HTTP_UPSTREAM_FT_OFF;
    u->next_upstream |= NGX_HTTP_UPSTREAM_FT_ERROR
                        |NGX_HTTP_UPSTREAM_FT_NON_IDEMPOTENT;
}


/* as if there were no directive of the module */

static ngx_int_t
ngx_polycard_carrier_reset(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_module_t *module)
{
    void               *none, *conf;
    ngx_http_module_t  *ctx;

    ctx = module->ctx;

    if (ctx->create_loc_conf == NULL) {
        return NGX_OK;
    }

    none = ctx->create_loc_conf(cf);
    conf = ctx->create_loc_conf(cf);

    if (none == NULL || conf == NULL) {
        return NGX_ERROR;
    }

    if (ctx->merge_loc_conf
        && ctx->merge_loc_conf(cf, none, conf) != NGX_CONF_OK)
    {
        return NGX_ERROR;
    }

    clcf->loc_conf[module->ctx_index] = conf;

    return NGX_OK;
}


static ngx_uint_t
ngx_polycard_carrier_is_one_of(ngx_module_t *module, char **names)
{
    for ( /* void */ ; *names; names++) {
        if (ngx_strcmp(module->name, *names) == 0) {
            return 1;
        }
    }

    return 0;
}
