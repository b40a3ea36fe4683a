
#include "conf/status.h"
#include "http/service.h"


static char *ngx_polycard_conf_status_desk(ngx_conf_t *cf,
    ngx_polycard_loc_conf_t *plcf, ngx_str_t *path);
static ngx_int_t ngx_polycard_conf_check_desk(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf, ngx_polycard_location_t *status,
    ngx_polycard_desk_t *desk);


char *
ngx_polycard_conf_status(ngx_conf_t *cf, ngx_polycard_loc_conf_t *plcf)
{
    char                      *rv;
    ngx_str_t                 *value, path;
    ngx_uint_t                 i;
    ngx_polycard_location_t   *location;
    ngx_polycard_main_conf_t  *pmcf;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "operator=", 9) == 0) {
            path.data = value[i].data + 9;
            path.len = value[i].len - 9;

            rv = ngx_polycard_conf_status_desk(cf, plcf, &path);

            if (rv != NGX_CONF_OK) {
                return rv;
            }

        } else if (ngx_strncmp(value[i].data, "manual=", 7) == 0
                   && plcf->manual.len == 0 && value[i].len > 7)
        {
            plcf->manual.data = value[i].data + 7;
            plcf->manual.len = value[i].len - 7;

        } else {
            return "takes \"operator=PATH\" for each market, and one "
                   "\"manual=URL\"";
        }
    }

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_polycard_module);

    location = ngx_array_push(&pmcf->statuses);
    if (location == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(location, sizeof(ngx_polycard_location_t));
    location->cscf = ngx_http_conf_get_module_srv_conf(cf,
                                                       ngx_http_core_module);
    location->conf = plcf;

    return NGX_CONF_OK;
}


static char *
ngx_polycard_conf_status_desk(ngx_conf_t *cf, ngx_polycard_loc_conf_t *plcf,
    ngx_str_t *path)
{
    ngx_polycard_desk_t  *desk;

    if (path->len == 0 || path->data[0] != '/'
        || path->data[path->len - 1] != '/')
    {
        return "has an \"operator=\" that does not begin and end with \"/\"";
    }

    if (plcf->desks == NULL) {
        plcf->desks = ngx_array_create(cf->pool, 2,
                                       sizeof(ngx_polycard_desk_t));
        if (plcf->desks == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    desk = ngx_array_push(plcf->desks);
    if (desk == NULL) {
        return NGX_CONF_ERROR;
    }

    desk->path = *path;
    desk->market = NULL;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_polycard_conf_check_statuses(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf)
{
    ngx_uint_t                i, n;
    ngx_array_t              *desks;
    ngx_polycard_location_t  *status;

    status = pmcf->statuses.elts;

    for (i = 0; i < pmcf->statuses.nelts; i++) {
        desks = status[i].conf->desks;

        for (n = 0; desks && n < desks->nelts; n++) {
            if (ngx_polycard_conf_check_desk(cf, pmcf, &status[i],
                                   (ngx_polycard_desk_t *) desks->elts + n)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_conf_check_desk(ngx_conf_t *cf, ngx_polycard_main_conf_t *pmcf,
    ngx_polycard_location_t *status, ngx_polycard_desk_t *desk)
{
    ngx_str_t                *name;
    ngx_uint_t                i;
    ngx_polycard_location_t  *location;

    location = pmcf->locations.elts;

    for (i = 0; i < pmcf->locations.nelts; i++) {
        name = &location[i].clcf->name;

        if (location[i].cscf == status->cscf
            && location[i].conf->service->tokens
               == offsetof(ngx_polycard_market_t, operators)
            && name->len == desk->path.len
            && ngx_strncmp(name->data, desk->path.data, name->len) == 0)
        {
            desk->market = location[i].conf->market;
            return NGX_OK;
        }
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"polycard_status\" in %V:%ui has \"operator=%V\", and this "
                  "server has no \"polycard_operator\" at that location",
                  &status->conf->place.file, status->conf->place.line,
                  &desk->path);

    return NGX_ERROR;
}
