
/*
 * Who has registered with Polycard, and a file of all clients cannot name yet:
 * the market has not confirmed it, or it was a short time before the file was
 * written, or later.
 */


#ifndef _POLYCARD_KEPT_H_INCLUDED_
#define _POLYCARD_KEPT_H_INCLUDED_


#include "import/redis.h"
#include "import/table.h"


typedef struct {
    polycard_redis_t  *redis;
    const char        *prefix;
    polycard_table_t   phones;
    int64_t            since;     /* ms: who registered later */
} polycard_kept_t;


/*
 * Reads who is not confirmed now.  The file counts as written now if it is a
 * pipe.  The pipeline must be empty, and has another handler afterwards.
 * NGX_POLYCARD_ERROR, here and below: it was said why, or polycard_stopped.
 */
int polycard_kept_open(polycard_kept_t *kept, polycard_redis_t *redis,
    const polycard_options_t *o);
void polycard_kept_close(polycard_kept_t *kept);

/*
 * Asks when that client has registered, if ever: polycard_kept_answer(), the
 * handler to be set before, remembers those for whom it was short before.
 */
int polycard_kept_ask(polycard_kept_t *kept, const char *phone, size_t len);
int polycard_kept_answer(void *data, uint64_t tag, const redisReply *reply);

/* has: is it the phone of one of them; after the answers for all of these */
int polycard_kept_has(polycard_kept_t *kept, const ngx_polycard_str_t *phone,
    unsigned *has);


#endif /* _POLYCARD_KEPT_H_INCLUDED_ */
