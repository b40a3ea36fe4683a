
/* What functions of the office refuse, as a status of HTTP */


#include "office/office.h"


typedef struct {
    const char    *word;
    ngx_int_t      status;
} ngx_polycard_office_word_t;


static const ngx_polycard_office_word_t  ngx_polycard_office_words[] = {
    { "ERR ", NGX_HTTP_BAD_REQUEST },
    { "NOTFOUND ", NGX_HTTP_NOT_FOUND },
    { "CONFLICT ", NGX_HTTP_CONFLICT },
    { "STALE ", NGX_HTTP_PRECONDITION_FAILED },
    { "REUSED ", 422 },
    { "UNAVAILABLE ", NGX_HTTP_SERVICE_UNAVAILABLE },
    { NULL, 0 }
};


ngx_int_t
ngx_polycard_office_fail(ngx_polycard_office_t *office,
    ngx_polycard_store_call_t *call)
{
    const char                        *text;
    const ngx_polycard_office_word_t  *w;

    if (call->status == NGX_HTTP_GATEWAY_TIME_OUT
        || call->status == NGX_HTTP_SERVICE_UNAVAILABLE
        || call->status == NGX_POLYCARD_STORE_REJECTED)
    {
        return ngx_polycard_request_fail_store(&office->ctx, call->status);
    }

    text = call->reply->str;

    for (w = ngx_polycard_office_words; w->word; w++) {
        if (ngx_strncmp(text, w->word, ngx_strlen(w->word)) == 0) {
            return ngx_polycard_request_fail(&office->ctx, w->status,
                                             text + ngx_strlen(w->word));
        }
    }

    /* its text names keys, which are those of somebody */

    return ngx_polycard_request_fail(&office->ctx,
                                     NGX_HTTP_INTERNAL_SERVER_ERROR,
                                     "a helper key is of a wrong type");
}


ngx_uint_t
ngx_polycard_office_of_client(ngx_polycard_office_t *office)
{
    return office->operation->resource < NGX_POLYCARD_OFFICE_GROUPS;
}


ngx_int_t
ngx_polycard_office_not_found(ngx_polycard_office_t *office)
{
    return ngx_polycard_request_fail(&office->ctx, NGX_HTTP_NOT_FOUND,
                                     ngx_polycard_office_of_client(office)
                                     ? "no such client" : "no such group");
}
