
/*
 * Whether a server is a master, and which one: by its reply to a question, and
 * by its errors.
 */


#ifndef _NGX_POLYCARD_REDIS_ROLE_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_ROLE_H_INCLUDED_


#include "counters/zone.h"


/* the question; its reply is for the next two functions */
#define NGX_POLYCARD_ROLE_QUESTION  "*3\r\n$4\r\nINFO\r\n"                    \
                                    "$6\r\nserver\r\n$11\r\nreplication\r\n"

/*
 * Why the server cannot be used, by its reply: it is a replica, or not ready;
 * NULL: it can.  A server that does not allow the question counts as a master.
 */
const char *ngx_polycard_role_refusal(const redisReply *reply);

/* which server it is; what the reply does not have stays all zero */
void ngx_polycard_role_server(const redisReply *reply,
    ngx_polycard_server_t *server);

/* both are known, and are not the same, however far they are */
ngx_uint_t ngx_polycard_role_differs(const ngx_polycard_server_t *one,
    const ngx_polycard_server_t *other);

/*
 * For two that differ: is the later one the same server, which has only begun a
 * new replication history?  Then none of its data are lost.
 */
ngx_uint_t ngx_polycard_role_goes_on(const ngx_polycard_server_t *one,
    const ngx_polycard_server_t *later);

/*
 * Has the later server taken over this history of another one without what
 * that had written when it was at this offset?
 */
ngx_uint_t ngx_polycard_role_lacks(const ngx_polycard_server_t *later,
    const u_char *history, int64_t offset);

/*
 * Of a reply that is an error: it shows, whatever the command, that the server
 * is no working master: READONLY, MASTERDOWN, NOREPLICAS, LOADING, UNBLOCKED.
 */
ngx_uint_t ngx_polycard_role_denied(const redisReply *reply);


/*
 * The value of "name:value" in a reply to INFO, letters, digits and "-" or "_"
 * only, fit for a log; NGX_DECLINED: there is none.  name is "\nNAME:".
 */
ngx_int_t ngx_polycard_role_field(const redisReply *reply, const char *name,
    ngx_str_t *value);

/*
 * Is there a replica that can take over?  One that is still given its first
 * copy cannot, nor can redis-cli, for which --rdb and --replica are the same
 * command: it names no port.
 */
ngx_uint_t ngx_polycard_role_has_replica(const redisReply *reply);


#endif /* _NGX_POLYCARD_REDIS_ROLE_H_INCLUDED_ */
