
#include "http/tree.h"
#include "core/office.h"


ngx_polycard_str_t
ngx_polycard_tree_path(ngx_http_request_t *r)
{
    ngx_str_t                  path;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    path = r->uri;
    path.data += ngx_min(clcf->name.len, path.len);
    path.len -= ngx_min(clcf->name.len, path.len);

    return ngx_polycard_str(&path);
}


ngx_int_t
ngx_polycard_tree_not_allowed(ngx_polycard_ctx_t *ctx, ngx_uint_t methods)
{
    u_char      *p;
    ngx_uint_t   i;

    static const struct {
        ngx_uint_t   method;
        const char  *name;
    } names[] = {
        { NGX_HTTP_GET, "GET" }, { NGX_HTTP_HEAD, "HEAD" },
        { NGX_HTTP_POST, "POST" }, { NGX_HTTP_PUT, "PUT" },
        { NGX_HTTP_PATCH, "PATCH" }, { NGX_HTTP_DELETE, "DELETE" }
    };

    if (methods == 0) {
        return ngx_polycard_request_fail(ctx, NGX_HTTP_NOT_FOUND,
                                         "there is nothing at this path");
    }

    p = ngx_pnalloc(ctx->request->pool,
                    sizeof("GET, HEAD, POST, PUT, PATCH, DELETE, "));
    if (p == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    ctx->allow.data = p;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (methods & names[i].method) {
            p = ngx_sprintf(p, "%s, ", names[i].name);
        }
    }

    ctx->allow.len = p - ctx->allow.data - 2;

    return ngx_polycard_request_fail(ctx, NGX_HTTP_NOT_ALLOWED,
                                     "this method is not allowed here");
}


ngx_int_t
ngx_polycard_tree_check_origin(ngx_polycard_ctx_t *ctx)
{
    ngx_str_t            origin;
    ngx_http_request_t  *r;
    ngx_polycard_str_t   from, host;

    r = ctx->request;

    if (ngx_polycard_tree_header(r, "Origin", &origin) == 0) {
        return NGX_OK;
    }

    from = ngx_polycard_str(&origin);
    ngx_memzero(&host, sizeof(ngx_polycard_str_t));

    if (r->headers_in.host) {
        host = ngx_polycard_str(&r->headers_in.host->value);

    } else if (r->host_end) {

        /* HTTP/3 has it in ":authority" alone */

        host.data = r->host_start;
        host.len = r->host_end - r->host_start;
    }

    if (ngx_polycard_office_own(&from, &host)) {
        return NGX_OK;
    }

    return ngx_polycard_request_fail(ctx, NGX_HTTP_FORBIDDEN,
                                     "a page of another site cannot call");
}


ngx_uint_t
ngx_polycard_tree_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    size_t            len;
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    n = 0;
    len = ngx_strlen(name);

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == len
                && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
            {
                *value = h[i].value;
                n++;
            }
        }
    }

    return n;
}
