
/*
 * The first commands of a connection to Redis: AUTH if there is a password,
 * SELECT if the database is not 0, PING, and the question who the server is.
 */


#ifndef _NGX_POLYCARD_REDIS_GREETING_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_GREETING_H_INCLUDED_


#include "market/market.h"
#include "redis/channel.h"
#include "redis/role.h"


/* returns how many replies will come, or NGX_ERROR: no memory */
ngx_int_t ngx_polycard_greeting_send(ngx_polycard_channel_t *channel,
    ngx_polycard_redis_conf_t *conf);

/*
 * Why a reply to one of the commands is a refusal; NULL: it is none.  left is
 * how many will come after it: the last one says who the server is.
 */
const char *ngx_polycard_greeting_refusal(const redisReply *reply,
    ngx_int_t left, ngx_polycard_server_t *server);


#endif /* _NGX_POLYCARD_REDIS_GREETING_H_INCLUDED_ */
