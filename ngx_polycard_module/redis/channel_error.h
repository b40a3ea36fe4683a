
/* Why a connection to Redis cannot be used, as text for the log. */


#ifndef _NGX_POLYCARD_REDIS_CHANNEL_ERROR_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_CHANNEL_ERROR_H_INCLUDED_


#include "redis/channel.h"


/* the last error of the system for a socket */
const char *ngx_polycard_channel_socket_error(void);

/* after the socket has become ready for the first time; NULL: connected */
const char *ngx_polycard_channel_connect_error(ngx_connection_t *c);

/* after c->send() has failed, before anything else is done with the socket */
const char *ngx_polycard_channel_write_error(ngx_polycard_channel_t *channel);

/* the same after c->recv(), which returned n, 0 or less */
const char *ngx_polycard_channel_read_error(ngx_polycard_channel_t *channel,
    ssize_t n);

/* checks the first byte received; NULL: Redis may have sent it */
const char *ngx_polycard_channel_first(ngx_polycard_channel_t *channel,
    u_char byte);


#endif /* _NGX_POLYCARD_REDIS_CHANNEL_ERROR_H_INCLUDED_ */
