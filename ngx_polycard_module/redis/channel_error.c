
#include "redis/channel_error.h"


/* the first byte of an alert of TLS */
#define NGX_POLYCARD_CHANNEL_ALERT  0x15

#define NGX_POLYCARD_CHANNEL_REST   4096


/* no reply begins like a TLS alert */

const char *
ngx_polycard_channel_first(ngx_polycard_channel_t *channel, u_char byte)
{
    if (channel->answered) {
        return NULL;
    }

    channel->answered = 1;

    return (byte == NGX_POLYCARD_CHANNEL_ALERT) ? "the server speaks TLS"
                                                : NULL;
}


const char *
ngx_polycard_channel_late(ngx_polycard_channel_t *channel)
{
    return (channel->handshake && !channel->connected)
           ? "TLS: no answer to the handshake, as by a server without it"
           : "connecting timed out";
}


const char *
ngx_polycard_channel_connect_error(ngx_connection_t *c)
{
    int        err;
    socklen_t  len;

    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    return err ? strerror(err) : NULL;
}


/* with TLS, the alert with the reason may have arrived before */

const char *
ngx_polycard_channel_write_error(ngx_polycard_channel_t *channel)
{
    u_char             data[NGX_POLYCARD_CHANNEL_REST];
    const char        *reason;
    ngx_connection_t  *c;

    reason = ngx_polycard_channel_socket_error();

    if (channel->tls == NULL) {
        return reason;
    }

    c = channel->connection;

    while (c->recv(c, data, sizeof(data)) > 0) { /* void */ }

    return ngx_polycard_tls_failure(&channel->ear)
           ? ngx_polycard_tls_failure(&channel->ear) : reason;
}


/* a server with TLS silently closes a connection that begins without */

const char *
ngx_polycard_channel_read_error(ngx_polycard_channel_t *channel, ssize_t n)
{
    ngx_err_t    err;
    const char  *reason;

    err = n ? ngx_socket_errno : 0;

    if (channel->tls) {
        reason = ngx_polycard_tls_failure(&channel->ear);

        if (reason) {
            return reason;
        }

    } else if (!channel->answered && (n == 0 || err == NGX_ECONNRESET)) {
        return "closed before an answer, as by a server with TLS";
    }

    return n ? ngx_polycard_channel_socket_error()
             : "Server closed the connection";
}


const char *
ngx_polycard_channel_socket_error(void)
{
    ngx_err_t  err;

    err = ngx_socket_errno;

    return err ? strerror(err) : "the connection has failed";
}
