
/* What a function inside Redis has refused, as a status of HTTP. */


#ifndef _NGX_POLYCARD_HTTP_REFUSAL_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_REFUSAL_H_INCLUDED_


#include "http/request.h"
#include "redis/store_emitter.h"


/*
 * An error of a function by its first word (docs/keyspace.md, "Errors"): the
 * status, and the text for the caller, a part of it or a constant.
 */
ngx_int_t ngx_polycard_refusal_read(const char *text, const char **error);

/* what to finish with after a call (with call->office) whose status is not
 * NGX_OK: the function has refused it, or Redis is away */
ngx_int_t ngx_polycard_refusal(ngx_polycard_ctx_t *ctx,
    ngx_polycard_store_call_t *call);


#endif /* _NGX_POLYCARD_HTTP_REFUSAL_H_INCLUDED_ */
