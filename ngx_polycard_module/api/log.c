
#include "api/log.h"


static u_char *ngx_polycard_log_request(ngx_http_request_t *r,
    ngx_http_request_t *sr, u_char *buf, size_t len);


/* nginx's own, the same for all requests */
static ngx_http_log_handler_pt  ngx_polycard_log_next;


ngx_int_t
ngx_polycard_log_handler(ngx_http_request_t *r)
{
    if (r == r->main && r->log_handler != ngx_polycard_log_request) {
        ngx_polycard_log_next = r->log_handler;
        r->log_handler = ngx_polycard_log_request;
    }

    return NGX_DECLINED;
}


static u_char *
ngx_polycard_log_request(ngx_http_request_t *r, ngx_http_request_t *sr,
    u_char *buf, size_t len)
{
    ngx_polycard_loc_conf_t   *plcf;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_polycard_module);

    if (plcf->market == NULL) {
        return ngx_polycard_log_next(r, sr, buf, len);
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    return ngx_snprintf(buf, len, ", server: %V, request: \"%V %V\"",
                        &cscf->server_name, &r->method_name, &clcf->name);
}
