
/*
 * What a new connection to Redis begins with: AUTH where there is a password,
 * SELECT where the database is not 0, and PING.
 */


#ifndef _NGX_POLYCARD_REDIS_GREETING_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_GREETING_H_INCLUDED_


#include "ngx_polycard_module.h"
#include "redis/channel.h"


/* returns how many replies come first, or NGX_ERROR: no memory */
ngx_int_t ngx_polycard_greeting_send(ngx_polycard_channel_t *channel,
    ngx_polycard_redis_conf_t *conf);

/* why a reply to one of the commands is a refusal; NULL: it is none */
const char *ngx_polycard_greeting_refusal(const redisReply *reply);


#endif /* _NGX_POLYCARD_REDIS_GREETING_H_INCLUDED_ */
