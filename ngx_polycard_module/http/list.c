
#include "http/list.h"


ngx_int_t
ngx_polycard_list_headers(ngx_http_request_t *r, int64_t total, int64_t next,
    ngx_uint_t limit)
{
    u_char     *p, *end;
    ngx_str_t   uri;

    p = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    end = ngx_sprintf(p, "%L", total);

    if (ngx_polycard_request_header(r, "X-Total-Count", p, end - p) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (next < 0) {
        return NGX_OK;
    }

    uri = r->unparsed_uri;
    end = ngx_strlchr(uri.data, uri.data + uri.len, '?');

    if (end) {
        uri.len = end - uri.data;
    }

    p = ngx_pnalloc(r->pool, uri.len + 2 * NGX_INT64_LEN
                             + sizeof("<?after=&limit=>; rel=\"next\"") - 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    end = ngx_sprintf(p, "<%V?after=%L&limit=%ui>; rel=\"next\"", &uri, next,
                      limit);

    return ngx_polycard_request_header(r, "Link", p, end - p);
}
