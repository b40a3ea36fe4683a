
/*
 * The front door: directives and contexts, and nothing else.  How a service
 * works is in its file in api/, in redis/store.h, and in core/answer.h for what
 * is sent.
 */


#include "ngx_polycard_process.h"
#include "api/service.h"
#include "conf/carrier.h"
#include "conf/check.h"
#include "conf/market.h"
#include "conf/status.h"
#include "conf/values.h"
#include "counters/zone.h"
#include "hook/variables.h"
#include "http/account.h"
#include "http/error.h"
#include "http/location.h"
#include "http/log.h"
#include "http/service.h"
#include "http/variables.h"
#include "nginx/replaced.h"
#include "office/service.h"
#include "operator/service.h"
#include "redis/store.h"
#include "status/handler.h"


typedef struct {
    ngx_http_phases          phase;
    ngx_http_handler_pt      handler;
} ngx_polycard_phase_t;


static char *ngx_polycard_set_service(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_uint_t ngx_polycard_is_tree(ngx_http_core_loc_conf_t *clcf);
static char *ngx_polycard_set_hook(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_polycard_set_status(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_polycard_set_location(ngx_conf_t *cf,
    ngx_polycard_loc_conf_t *plcf);
static char *ngx_polycard_add_location(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_polycard_loc_conf_t *plcf);
static void *ngx_polycard_create_main_conf(ngx_conf_t *cf);
static void *ngx_polycard_create_loc_conf(ngx_conf_t *cf);
static char *ngx_polycard_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_polycard_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_polycard_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_polycard_add_handlers(ngx_conf_t *cf);
static ngx_int_t ngx_polycard_init_module(ngx_cycle_t *cycle);


static ngx_command_t  ngx_polycard_commands[] = {

    { ngx_string("polycard_market"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_polycard_conf_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("polycard_get_client"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_polycard_set_service,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      (void *) &ngx_polycard_get_client },

    { ngx_string("polycard_add_client"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_polycard_set_service,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      (void *) &ngx_polycard_add_client },

    { ngx_string("polycard_get_groups"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_polycard_set_service,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      (void *) &ngx_polycard_get_groups },

    { ngx_string("polycard_get_clients"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_polycard_set_service,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      (void *) &ngx_polycard_get_clients },

    { ngx_string("polycard_office"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_polycard_set_service,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      (void *) &ngx_polycard_office },

    { ngx_string("polycard_operator"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_polycard_set_service,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      (void *) &ngx_polycard_operator },

    { ngx_string("polycard_hook"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_polycard_set_hook,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("polycard_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_polycard_set_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_polycard_module_ctx = {
    ngx_polycard_preconfiguration,         /* preconfiguration */
    ngx_polycard_postconfiguration,        /* postconfiguration */

    ngx_polycard_create_main_conf,         /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_polycard_create_loc_conf,          /* create location configuration */
    ngx_polycard_merge_loc_conf            /* merge location configuration */
};


ngx_module_t  ngx_polycard_module = {
    NGX_MODULE_V1,
    &ngx_polycard_module_ctx,              /* module context */
    ngx_polycard_commands,                 /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_polycard_init_module,              /* init module */
    ngx_polycard_process_init,             /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_polycard_process_exit,             /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/* "polycard_get_client NAME" and the like */

static char *
ngx_polycard_set_service(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_polycard_loc_conf_t  *plcf = conf;

    ngx_http_core_loc_conf_t      *clcf;
    const ngx_polycard_service_t  *service;

    if (plcf->service == cmd->post) {
        return "is duplicate";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (plcf->market_name.len == 0 && !plcf->status) {

        if (clcf->handler) {
            return NGX_POLYCARD_CONF_HANDLER;
        }

        service = cmd->post;

        if (service->tree && !ngx_polycard_is_tree(clcf)) {
            return "is for a location that is a prefix and ends in \"/\"";
        }

        plcf->service = service;
        clcf->handler = service->handler;
    }

    return ngx_polycard_set_location(cf, plcf);
}


static ngx_uint_t
ngx_polycard_is_tree(ngx_http_core_loc_conf_t *clcf)
{
    return !clcf->exact_match && !clcf->named && !clcf->noname
           && !ngx_polycard_location_regex(clcf)
           && clcf->name.len && clcf->name.data[clcf->name.len - 1] == '/';
}


/* "polycard_hook NAME"; the content handler is chosen after all is read */

static char *
ngx_polycard_set_hook(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_polycard_loc_conf_t  *plcf = conf;

    if (plcf->hook) {
        return "is duplicate";
    }

    plcf->hook = (plcf->market_name.len == 0);

    return ngx_polycard_set_location(cf, plcf);
}


/* "polycard_status [operator=PATH ...] [manual=URL]" */

static char *
ngx_polycard_set_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_polycard_loc_conf_t  *plcf = conf;

    ngx_http_core_loc_conf_t  *clcf;
    ngx_polycard_main_conf_t  *pmcf;

    if (plcf->status) {
        return "is duplicate";
    }

    if (plcf->market_name.len) {
        return "is not the only polycard service of this location";
    }

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_polycard_module);
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        return NGX_POLYCARD_CONF_HANDLER;
    }

    ngx_polycard_conf_place(cf, &plcf->place);

    plcf->status = 1;
    pmcf->status = 1;
    clcf->handler = ngx_polycard_status_handler;

    return ngx_polycard_conf_status(cf, plcf);
}


static char *
ngx_polycard_set_location(ngx_conf_t *cf, ngx_polycard_loc_conf_t *plcf)
{
    ngx_str_t  *value;

    if (plcf->market_name.len || plcf->status) {
        return "is not the only polycard service of this location";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "has an empty market name";
    }

    plcf->market_name = value[1];

    ngx_polycard_conf_place(cf, &plcf->place);

    return ngx_polycard_add_location(cf,
                 ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module),
                 plcf);
}


static char *
ngx_polycard_add_location(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_polycard_loc_conf_t *plcf)
{
    ngx_polycard_location_t   *location;
    ngx_polycard_main_conf_t  *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_polycard_module);

    location = ngx_array_push(plcf->hook ? &pmcf->hooks : &pmcf->locations);
    if (location == NULL) {
        return NGX_CONF_ERROR;
    }

    location->clcf = clcf;
    location->cscf = ngx_http_conf_get_module_srv_conf(cf,
                                                       ngx_http_core_module);
    location->conf = plcf;
    location->defaults = NULL;

    return NGX_CONF_OK;
}


static void *
ngx_polycard_create_main_conf(ngx_conf_t *cf)
{
    ngx_polycard_main_conf_t  *pmcf;

    pmcf = ngx_pcalloc(cf->pool, sizeof(ngx_polycard_main_conf_t));
    if (pmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&pmcf->markets, cf->pool, 2,
                       sizeof(ngx_polycard_market_t *))
        != NGX_OK
        || ngx_array_init(&pmcf->statuses, cf->pool, 2,
                          sizeof(ngx_polycard_location_t))
           != NGX_OK
        || ngx_array_init(&pmcf->locations, cf->pool, 8,
                          sizeof(ngx_polycard_location_t))
           != NGX_OK
        || ngx_array_init(&pmcf->hooks, cf->pool, 2,
                          sizeof(ngx_polycard_location_t))
           != NGX_OK)
    {
        return NULL;
    }

    return pmcf;
}


static void *
ngx_polycard_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_polycard_loc_conf_t));
}


static char *
ngx_polycard_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_polycard_loc_conf_t  *prev = parent;
    ngx_polycard_loc_conf_t  *conf = child;

    char                      *rv;
    ngx_http_core_loc_conf_t  *clcf;

    rv = NGX_CONF_OK;
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->service == NULL && prev->service && clcf->noname) {

        /* "if" and "limit_except" belong to the location that contains them */

        *conf = *prev;
        rv = ngx_polycard_add_location(cf, clcf, conf);

    } else if (conf->market_name.len == 0
               && (prev->hook || prev->status) && clcf->noname)
    {
        /* the market has its location: this is not another one */

        *conf = *prev;
    }

    if ((conf->service || conf->status)
        && ngx_polycard_conf_check_handler(cf, conf, clcf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (conf->market_name.len == 0) {
        return rv;
    }

    /*
     * The contract defines the answers of these locations: error pages
     * inherited from the server do not apply.
     */

    clcf->error_pages = NULL;

    if (conf->hook && ngx_polycard_carrier_add(cf, conf, clcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return rv;
}


static ngx_int_t
ngx_polycard_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_polycard_variables_add(cf, ngx_polycard_request_variables)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_polycard_variables_add(cf, ngx_polycard_hook_variables);
}


static ngx_int_t
ngx_polycard_postconfiguration(ngx_conf_t *cf)
{
    ngx_uint_t                  i;
    ngx_polycard_market_t     **market;
    ngx_polycard_main_conf_t   *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_polycard_module);

    if (ngx_polycard_conf_check(cf, pmcf) != NGX_OK) {
        return NGX_ERROR;
    }

    market = pmcf->markets.elts;

    for (i = 0; i < pmcf->markets.nelts; i++) {
        if (ngx_polycard_store_init(cf, market[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_polycard_location_init(cf, pmcf) != NGX_OK
        || ((pmcf->markets.nelts || pmcf->status)
            && ngx_polycard_counts_zone_add(cf, pmcf) != NGX_OK))
    {
        return NGX_ERROR;
    }

    if (pmcf->locations.nelts == 0 && pmcf->hooks.nelts == 0) {
        return NGX_OK;
    }

    ngx_polycard_error_init();

    return ngx_polycard_add_handlers(cf);
}


static ngx_int_t
ngx_polycard_add_handlers(ngx_conf_t *cf)
{
    ngx_uint_t                  i;
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    static const ngx_polycard_phase_t  phases[] = {
        { NGX_HTTP_SERVER_REWRITE_PHASE, ngx_polycard_log_handler },
        { NGX_HTTP_REWRITE_PHASE, ngx_polycard_log_handler },
        { NGX_HTTP_LOG_PHASE, ngx_polycard_account_log_handler }
    };

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    for (i = 0; i < sizeof(phases) / sizeof(ngx_polycard_phase_t); i++) {
        h = ngx_array_push(&cmcf->phases[phases[i].phase].handlers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        *h = phases[i].handler;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_init_module(ngx_cycle_t *cycle)
{
    ngx_polycard_main_conf_t  *pmcf;

    ngx_polycard_replaced_check(cycle->log);

    pmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_polycard_module);

    if (pmcf && pmcf->zone) {
        ngx_polycard_counts_zone_loaded(pmcf->zone);
    }

    return NGX_OK;
}
