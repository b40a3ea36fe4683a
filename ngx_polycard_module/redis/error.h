
/* Error replies of Redis: their kind, and one line in the log about each. */


#ifndef _NGX_POLYCARD_REDIS_ERROR_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_ERROR_H_INCLUDED_


#include "redis/connection.h"


/* does the error reply begin with this word, or words? */
ngx_uint_t ngx_polycard_error_is(redisReply *reply, const char *words);

/* "ERR Function not found": the library is missing */
ngx_uint_t ngx_polycard_error_no_function(redisReply *reply);

/*
 * One line for the administrator about a reply that is an error, or of a wrong
 * type: one for each kind of error of the subject, until
 * ngx_polycard_error_clear(), and at most 10 lines of a subject in a
 * minute. Each is noted for the status, see counters/denial.h.
 */
void ngx_polycard_error_log(ngx_polycard_redis_t *redis, const char *subject,
    redisReply *reply);

/* it works again: one line, if the error was logged */
void ngx_polycard_error_clear(ngx_polycard_redis_t *redis,
    const char *subject);

/*
 * The same if many calls share a subject, and one has worked: the error is
 * over if it was one of the server (OOM, READONLY, MISCONF ...), not of
 * another call (ERR) or of its rights (NOPERM), and has not occurred for 5 s.
 * A Redis that is nearly full refuses some calls and accepts others.
 */
void ngx_polycard_error_worked(ngx_polycard_redis_t *redis,
    const char *subject);

/*
 * The level of a line about a connection that is down: "error" when it is lost,
 * and once more as soon as Redis is there but refuses us, "info" for all other
 * attempts.  *down, which is 0 while the connection works, keeps what was
 * logged.
 */
ngx_uint_t ngx_polycard_error_level(ngx_uint_t *down, const char *reason);

#define NGX_POLYCARD_RIGHTS_USER  160
#define NGX_POLYCARD_RIGHTS_LEN   (NGX_POLYCARD_RIGHTS_USER                   \
                                   + NGX_POLYCARD_PREFIX_MAX + 64)

/*
 * Redis says which right is missing, but not which user needs it, nor for which
 * keys or channels: appends that if said is "NOPERM ...", at most
 * NGX_POLYCARD_RIGHTS_LEN bytes.  Returns the end.
 */
u_char *ngx_polycard_error_rights(u_char *p, ngx_polycard_market_t *market,
    const char *said);

/*
 * Copies at most size bytes of a message of Redis, fit for a log, and returns
 * their number.  Removes everything that could be a secret or data of a client:
 * Redis repeats arguments in some of its messages.
 */
size_t ngx_polycard_error_clean(u_char *text, size_t size, const char *said);

/* the same, with a zero at the end, into NGX_POLYCARD_REASON_LEN bytes */
void ngx_polycard_error_reason(u_char *reason, const char *said);


#endif /* _NGX_POLYCARD_REDIS_ERROR_H_INCLUDED_ */
