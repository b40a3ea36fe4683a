
/*
 * The functions inside Redis that the emitter, the watcher and the office
 * call.  Calls that write for the emitter carry the number of its lease
 * ("fence"): for a holder that has lost it, they change nothing.
 */


#ifndef _NGX_POLYCARD_REDIS_STORE_EMITTER_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_STORE_EMITTER_H_INCLUDED_


#include "redis/store.h"


/* status of a call whose lease has another holder by now */
#define NGX_POLYCARD_STORE_FENCED    NGX_ABORT

/* status of a call that Redis cannot execute, now or later without repair */
#define NGX_POLYCARD_STORE_REJECTED  NGX_BUSY

/* status of a call of the office that a function has refused: the reply is the
 * error, with the reason as its first word (docs/keyspace.md, "Errors") */
#define NGX_POLYCARD_STORE_REFUSED   NGX_DECLINED

/* arguments of one call, at most */
#define NGX_POLYCARD_STORE_ARGUMENTS  160


/*
 * FCALL polycard_NAME 1 PREFIX ARGUMENT ...; the handler finds call->status
 * NGX_OK and the reply, of any type but an error, in call->reply; or
 * NGX_POLYCARD_STORE_FENCED, NGX_POLYCARD_STORE_REJECTED; with call->office
 * NGX_POLYCARD_STORE_REFUSED, to be answered, not logged; or 503,
 * 504: Redis is away, or does not accept writes at present.  A missing
 * library is loaded, and the call fails with 503.
 */
ngx_int_t ngx_polycard_store_function(ngx_polycard_store_call_t *call,
    const char *name, const ngx_str_t *argument, ngx_uint_t n);

/*
 * Writes to the canary, so that a keyspace event comes back; the status
 * of the call is NGX_OK when it was written.  heard: when one last came back,
 * milliseconds since 1970, 0: never; for the status.
 */
ngx_int_t ngx_polycard_store_canary(ngx_polycard_store_call_t *call,
    int64_t heard);

/* parts of a reply; 0, NULL or empty if the type is another one */

ngx_uint_t ngx_polycard_store_count(const redisReply *reply);
redisReply *ngx_polycard_store_part(const redisReply *reply, ngx_uint_t i);
int64_t ngx_polycard_store_integer(const redisReply *reply);
void ngx_polycard_store_text(const redisReply *reply,
    ngx_polycard_str_t *text);


#endif /* _NGX_POLYCARD_REDIS_STORE_EMITTER_H_INCLUDED_ */
