
#include "http/location.h"
#include "http/request.h"


static ngx_uint_t ngx_polycard_location_redirected(ngx_http_request_t *r);
static ngx_polycard_loc_conf_t *ngx_polycard_location_find(
    ngx_http_request_t *r, u_char *uri, u_char *last);
static ngx_uint_t ngx_polycard_location_is(ngx_polycard_location_t *location,
    u_char *uri, u_char *last);
static ngx_uint_t ngx_polycard_location_may_be(ngx_http_request_t *r,
    ngx_polycard_location_t *location);
static ngx_int_t ngx_polycard_location_add_defaults(ngx_conf_t *cf,
    ngx_polycard_location_t *location);
static ngx_int_t ngx_polycard_location_add_default(ngx_conf_t *cf,
    ngx_polycard_location_t *location, ngx_http_conf_addr_t *addr);


/*
 * A request that nginx rejects before it looks for the location (a request
 * line that is too long, a bad header, TRACE) has the configuration of the
 * server, and its error pages: then the URI is compared with our locations.
 */

ngx_polycard_loc_conf_t *
ngx_polycard_location_conf(ngx_http_request_t *r)
{
    u_char                    *p, *last;
    ngx_str_t                 *uri;
    ngx_uint_t                 redirected;
    ngx_polycard_ctx_t        *ctx;
    ngx_polycard_loc_conf_t   *plcf;
    ngx_http_core_loc_conf_t  *clcf;

    ctx = ngx_http_get_module_ctx(r, ngx_polycard_module);

    if (ctx && ctx->location) {
        return ctx->location;
    }

    plcf = ngx_http_get_module_loc_conf(r, ngx_polycard_module);

    if (plcf->service) {
        return plcf;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    redirected = ngx_polycard_location_redirected(r);

    if (clcf->name.len && !redirected) {
        return NULL;
    }

    uri = redirected ? &r->unparsed_uri : &r->uri;

    if (uri->len) {
        return ngx_polycard_location_find(r, uri->data, uri->data + uri->len);
    }

    if (r->request_start == NULL || r->header_in == NULL) {
        return NULL;
    }

    last = r->header_in->last;
    p = ngx_strlchr(r->request_start, last, ' ');

    return p ? ngx_polycard_location_find(r, p + 1, last) : NULL;
}


/* r->error_page is not set with "recursive_error_pages on" */

static ngx_uint_t
ngx_polycard_location_redirected(ngx_http_request_t *r)
{
    return r->error_page || (r->internal && r->err_status);
}


static ngx_polycard_loc_conf_t *
ngx_polycard_location_find(ngx_http_request_t *r, u_char *uri, u_char *last)
{
    ngx_uint_t                 i;
    ngx_polycard_loc_conf_t   *other;
    ngx_polycard_location_t   *location;
    ngx_polycard_main_conf_t  *pmcf;
    ngx_http_core_srv_conf_t  *cscf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_polycard_module);
    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    location = pmcf->locations.elts;
    other = NULL;

    for (i = 0; i < pmcf->locations.nelts; i++) {

        if (!ngx_polycard_location_is(&location[i], uri, last)) {
            continue;
        }

        if (location[i].cscf == cscf) {
            return location[i].conf;
        }

        if (other == NULL && ngx_polycard_location_may_be(r, &location[i])) {
            other = location[i].conf;
        }
    }

    return other;
}


static ngx_uint_t
ngx_polycard_location_is(ngx_polycard_location_t *location, u_char *uri,
    u_char *last)
{
    u_char     *end;
    ngx_str_t  *name;

    name = &location->clcf->name;

    if ((size_t) (last - uri) < name->len
        || ngx_strncmp(uri, name->data, name->len) != 0)
    {
        return 0;
    }

    end = uri + name->len;

    return location->conf->service->tree || end == last || *end == '?'
           || *end == ' ';
}


/*
 * While the host is unknown the request has the default server of its address,
 * and may be for any that listens there.  Once the headers are read nginx has
 * chosen the server.
 */

static ngx_uint_t
ngx_polycard_location_may_be(ngx_http_request_t *r,
    ngx_polycard_location_t *location)
{
    ngx_uint_t                  i;
    ngx_http_core_srv_conf_t   *cscf, **server;

    if (r->http_state != NGX_HTTP_READING_REQUEST_STATE
        || r->headers_in.server.len
        || location->defaults == NULL)
    {
        return 0;
    }

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
    server = location->defaults->elts;

    for (i = 0; i < location->defaults->nelts; i++) {
        if (server[i] == cscf) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_polycard_location_init(ngx_conf_t *cf, ngx_polycard_main_conf_t *pmcf)
{
    ngx_uint_t                i;
    ngx_polycard_location_t  *location;

    location = pmcf->locations.elts;

    for (i = 0; i < pmcf->locations.nelts; i++) {
        if (ngx_polycard_location_add_defaults(cf, &location[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_location_add_defaults(ngx_conf_t *cf,
    ngx_polycard_location_t *location)
{
    ngx_uint_t                  i, j;
    ngx_http_conf_addr_t       *addr;
    ngx_http_conf_port_t       *port;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (cmcf->ports == NULL) {
        return NGX_OK;
    }

    port = cmcf->ports->elts;

    for (i = 0; i < cmcf->ports->nelts; i++) {
        addr = port[i].addrs.elts;

        for (j = 0; j < port[i].addrs.nelts; j++) {
            if (ngx_polycard_location_add_default(cf, location, &addr[j])
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_location_add_default(ngx_conf_t *cf,
    ngx_polycard_location_t *location, ngx_http_conf_addr_t *addr)
{
    ngx_uint_t                  i;
    ngx_http_core_srv_conf_t  **server;

    server = addr->servers.elts;

    for (i = 0; i < addr->servers.nelts; i++) {
        if (server[i] == location->cscf) {
            break;
        }
    }

    if (i == addr->servers.nelts || addr->default_server == location->cscf) {
        return NGX_OK;
    }

    if (location->defaults == NULL) {
        location->defaults = ngx_array_create(cf->pool, 1,
                                        sizeof(ngx_http_core_srv_conf_t *));
        if (location->defaults == NULL) {
            return NGX_ERROR;
        }
    }

    server = ngx_array_push(location->defaults);
    if (server == NULL) {
        return NGX_ERROR;
    }

    *server = addr->default_server;

    return NGX_OK;
}
