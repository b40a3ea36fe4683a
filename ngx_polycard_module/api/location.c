
#include "api/location.h"


static ngx_polycard_loc_conf_t *ngx_polycard_location_find(
    ngx_http_request_t *r, u_char *uri, u_char *last);
static ngx_uint_t ngx_polycard_location_is(ngx_polycard_location_t *location,
    u_char *uri, u_char *last);


/*
 * What nginx refuses before it looks for the location (a request line that is
 * too long, a bad header, TRACE) has the server's configuration, and its error
 * pages: there the URI is compared with those of our locations.
 */

ngx_polycard_loc_conf_t *
ngx_polycard_location_conf(ngx_http_request_t *r)
{
    u_char                    *p, *last;
    ngx_str_t                 *uri;
    ngx_polycard_loc_conf_t   *plcf;
    ngx_http_core_loc_conf_t  *clcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_polycard_module);

    if (plcf->service) {
        return plcf;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->name.len && !r->error_page) {
        return NULL;
    }

    uri = r->error_page ? &r->unparsed_uri : &r->uri;

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


/* that of the request's server, else, as Host is not read yet, the first */

static ngx_polycard_loc_conf_t *
ngx_polycard_location_find(ngx_http_request_t *r, u_char *uri, u_char *last)
{
    ngx_uint_t                 i;
    ngx_polycard_loc_conf_t   *first;
    ngx_polycard_location_t   *location;
    ngx_polycard_main_conf_t  *pmcf;
    ngx_http_core_srv_conf_t  *cscf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_polycard_module);
    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    location = pmcf->locations.elts;
    first = NULL;

    for (i = 0; i < pmcf->locations.nelts; i++) {

        if (!ngx_polycard_location_is(&location[i], uri, last)) {
            continue;
        }

        if (location[i].cscf == cscf) {
            return location[i].conf;
        }

        if (first == NULL) {
            first = location[i].conf;
        }
    }

    return first;
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

    return end == last || *end == '?' || *end == ' ';
}
