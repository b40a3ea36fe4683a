
/*
 * What a new connection to Redis begins with: AUTH where there is a password,
 * SELECT where the database is not 0, and PING, to be written at once.
 */


#ifndef _NGX_POLYCARD_REDIS_GREETING_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_GREETING_H_INCLUDED_


#include "ngx_polycard_module.h"


#define NGX_POLYCARD_GREETING_MAX  3


typedef struct {
    ngx_uint_t                   n;           /* commands, and replies */
    ngx_str_t                    command[NGX_POLYCARD_GREETING_MAX];

    u_char                      *data;
    size_t                       size;
} ngx_polycard_greeting_t;


/* NGX_ERROR: no memory */
ngx_int_t ngx_polycard_greeting_create(ngx_polycard_greeting_t *greeting,
    ngx_polycard_redis_conf_t *conf);

/* soon: it holds the password */
void ngx_polycard_greeting_free(ngx_polycard_greeting_t *greeting);

/* why a reply to one of the commands is a refusal; NULL: it is none */
const char *ngx_polycard_greeting_refusal(const redisReply *reply);


#endif /* _NGX_POLYCARD_REDIS_GREETING_H_INCLUDED_ */
