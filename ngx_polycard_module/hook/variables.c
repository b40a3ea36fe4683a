
#include "hook/variables.h"
#include "hook/request.h"


static ngx_int_t ngx_polycard_hook_variable_text(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t offset);
static ngx_int_t ngx_polycard_hook_variable_number(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t offset);


ngx_http_variable_t  ngx_polycard_hook_variables[] = {

    { ngx_string("polycard_hook_id"), NULL, ngx_polycard_hook_variable_text,
      offsetof(ngx_polycard_delivery_t, id), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("polycard_hook_object"), NULL,
      ngx_polycard_hook_variable_text,
      offsetof(ngx_polycard_delivery_t, object), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("polycard_hook_action"), NULL,
      ngx_polycard_hook_variable_text,
      offsetof(ngx_polycard_delivery_t, action), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("polycard_hook_attempt"), NULL,
      ngx_polycard_hook_variable_number,
      offsetof(ngx_polycard_delivery_t, attempt), NGX_HTTP_VAR_NOCACHEABLE,
      0 },

    { ngx_string("polycard_hook_status"), NULL,
      ngx_polycard_hook_variable_number,
      offsetof(ngx_polycard_delivery_t, status), NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_int_t
ngx_polycard_hook_variable_text(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t offset)
{
    ngx_str_t                *text;
    ngx_polycard_delivery_t  *d;

    d = ngx_polycard_hook_request_delivery(r);

    if (d == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    text = (ngx_str_t *) ((u_char *) d + offset);

    v->data = text->data;
    v->len = text->len & NGX_POLYCARD_VARIABLE_LEN;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* 0 is not shown: there was no answer, or no attempt */

static ngx_int_t
ngx_polycard_hook_variable_number(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t offset)
{
    ngx_uint_t                n;
    ngx_polycard_delivery_t  *d;

    d = ngx_polycard_hook_request_delivery(r);
    n = d ? *(ngx_uint_t *) ((u_char *) d + offset) : 0;

    if (n == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (v->data == NULL) {
        return NGX_ERROR;
    }

    v->len = (size_t) (ngx_sprintf(v->data, "%ui", n) - v->data)
             & NGX_POLYCARD_VARIABLE_LEN;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
