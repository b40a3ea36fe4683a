
#include "http/token.h"

#include <openssl/crypto.h>


static void ngx_polycard_token_bearer(ngx_http_request_t *r,
    ngx_polycard_str_t *token);


ngx_int_t
ngx_polycard_token_check(ngx_http_request_t *r, ngx_polycard_tokens_t *tokens,
    const ngx_polycard_str_t *query)
{
    ngx_uint_t             i, found;
    ngx_polycard_str_t     given;
    ngx_polycard_token_t   padded, *token;

    if (!tokens->on) {
        return NGX_OK;
    }

    given = *query;
    ngx_polycard_token_bearer(r, &given);

    /* tokens are padded with NULs: a given one must not contain any */

    if (given.len == 0 || given.len > NGX_POLYCARD_TOKEN_MAX
        || memchr(given.data, '\0', given.len) != NULL)
    {
        return NGX_DECLINED;
    }

    /*
     * Each token is compared as far as what was given and a NUL behind it
     * reach, so that the time depends on nothing that the caller does not know.
     */

    ngx_memcpy(padded.data, given.data, given.len);
    padded.data[given.len] = '\0';

    token = tokens->list->elts;
    found = 0;

    for (i = 0; i < tokens->list->nelts; i++) {
        found |= (CRYPTO_memcmp(token[i].data, padded.data, given.len + 1)
                  == 0);
    }

    return found ? NGX_OK : NGX_DECLINED;
}


/* the header has priority; other schemes are not for the module (RFC 6750) */

static void
ngx_polycard_token_bearer(ngx_http_request_t *r, ngx_polycard_str_t *token)
{
    u_char     *p, *last;
    ngx_str_t  *value;

    if (r->headers_in.authorization == NULL) {
        return;
    }

    value = &r->headers_in.authorization->value;

    if (value->len < sizeof("Bearer ") - 1
        || (ngx_memcmp(value->data, "Bearer ", sizeof("Bearer ") - 1) != 0
            && ngx_strncasecmp(value->data, (u_char *) "Bearer ",
                               sizeof("Bearer ") - 1) != 0))
    {
        return;
    }

    p = value->data + sizeof("Bearer ") - 1;
    last = value->data + value->len;

    while (p < last && *p == ' ') {
        p++;
    }

    token->data = p;
    token->len = last - p;
}
