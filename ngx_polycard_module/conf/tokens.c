
#include "conf/tokens.h"
#include "http/service.h"


static ngx_uint_t ngx_polycard_conf_tokens_meet(ngx_polycard_tokens_t *one,
    ngx_polycard_tokens_t *other);


ngx_int_t
ngx_polycard_conf_check_tokens(ngx_conf_t *cf, ngx_polycard_loc_conf_t *plcf)
{
    const char             *other;
    ngx_polycard_tokens_t  *tokens;
    ngx_polycard_market_t  *market;

    market = plcf->market;
    tokens = (ngx_polycard_tokens_t *)
             ((char *) market + plcf->service->tokens);

    if (tokens->on == NGX_CONF_UNSET) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "polycard market \"%V\" in %V:%ui needs %s, because of "
                      "%V:%ui", &market->name, &market->place.file,
                      market->place.line, plcf->service->needs,
                      &plcf->place.file, plcf->place.line);
        return NGX_ERROR;
    }

    if (tokens == &market->access) {
        return NGX_OK;
    }

    other = NULL;

    if (ngx_polycard_conf_tokens_meet(tokens, &market->access)) {
        other = "access";

    } else if (tokens == &market->operators
               && ngx_polycard_conf_tokens_meet(tokens, &market->office))
    {
        other = "office";
    }

    if (other == NULL) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "polycard market \"%V\" in %V:%ui has an %s token that opens "
                  "the location in %V:%ui as well", &market->name,
                  &market->place.file, market->place.line, other,
                  &plcf->place.file, plcf->place.line);

    return NGX_ERROR;
}


static ngx_uint_t
ngx_polycard_conf_tokens_meet(ngx_polycard_tokens_t *one,
    ngx_polycard_tokens_t *other)
{
    ngx_uint_t             i, n;
    ngx_polycard_token_t  *a, *b;

    if (one->list == NULL || other->list == NULL) {
        return 0;
    }

    a = one->list->elts;
    b = other->list->elts;

    for (i = 0; i < one->list->nelts; i++) {
        for (n = 0; n < other->list->nelts; n++) {
            if (ngx_memcmp(&a[i], &b[n], sizeof(ngx_polycard_token_t)) == 0) {
                return 1;
            }
        }
    }

    return 0;
}
