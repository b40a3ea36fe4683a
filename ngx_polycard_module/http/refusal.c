
#include "http/refusal.h"


typedef struct {
    const char    *word;
    ngx_int_t      status;
} ngx_polycard_refusal_word_t;


static const char *ngx_polycard_refusal_key(const char *text);


static const ngx_polycard_refusal_word_t  ngx_polycard_refusal_words[] = {
    { "ERR ", NGX_HTTP_BAD_REQUEST },
    { "NOTFOUND ", NGX_HTTP_NOT_FOUND },
    { "CONFLICT ", NGX_HTTP_CONFLICT },
    { "STALE ", NGX_HTTP_PRECONDITION_FAILED },
    { "REUSED ", 422 },
    { "UNAVAILABLE ", NGX_HTTP_SERVICE_UNAVAILABLE },
    { NULL, 0 }
};


ngx_int_t
ngx_polycard_refusal_read(const char *text, const char **error)
{
    const ngx_polycard_refusal_word_t  *w;

    for (w = ngx_polycard_refusal_words; w->word; w++) {
        if (ngx_strncmp(text, w->word, ngx_strlen(w->word)) == 0) {
            *error = text + ngx_strlen(w->word);
            return w->status;
        }
    }

    *error = ngx_polycard_refusal_key(text);

    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}


/*
 * "BROKEN the key NAME is of a wrong type", where the functions say it: the
 * name ends before a colon, and is nobody's.  An error of Redis may name more.
 */

static const char *
ngx_polycard_refusal_key(const char *text)
{
    const char  *p;

    if (ngx_strncmp(text, "BROKEN the key ", 15) == 0) {

        for (p = text + 15; (*p >= 'a' && *p <= 'z') || *p == '_'; p++) {
            /* void */
        }

        if (ngx_strcmp(p, " is of a wrong type") == 0) {
            return text + 7;
        }
    }

    return "a helper key is of a wrong type";
}


ngx_int_t
ngx_polycard_refusal(ngx_polycard_ctx_t *ctx, ngx_polycard_store_call_t *call)
{
    ngx_int_t    rc;
    const char  *error;

    if (call->status != NGX_POLYCARD_STORE_REFUSED) {
        return ngx_polycard_request_fail_store(ctx, call->status);
    }

    rc = ngx_polycard_refusal_read(call->reply->str, &error);

    return ngx_polycard_request_fail(ctx, rc, error);
}
