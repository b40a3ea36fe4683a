
#include "import/redis_connect.h"
#include "import/place.h"
#include "import/redis_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define REDIS_PASSWORD_MAX      4096


static redisContext *polycard_redis_connect_tcp(
    const polycard_redis_conf_t *conf, const char *address, unsigned port,
    struct timeval timeout, char *failure);
static redisContext *polycard_redis_secure(redisContext *context,
    const polycard_redis_conf_t *conf, const char *host, char *failure);
static int polycard_redis_authenticate(redisContext *context,
    const polycard_redis_conf_t *conf, char *failure);
static ssize_t polycard_redis_password(const char *path, char *buf,
    size_t size, char *failure);
static redisReply *polycard_redis_good(redisContext *context,
    redisReply *reply, char *failure);


redisContext *
polycard_redis_connect(const polycard_redis_conf_t *conf, const char *address,
    unsigned port, unsigned seconds, char *failure)
{
    redisContext    *context;
    struct timeval   timeout = { seconds, 0 };

    context = strncmp(address, "unix:", 5) == 0
              ? redisConnectUnixWithTimeout(address + 5, timeout)
              : polycard_redis_connect_tcp(conf, address, port, timeout,
                                           failure);

    if (context == NULL) {

        /* of TLS it is known */

        if (!conf->tls) {
            (void) polycard_failed(failure, "no memory");
        }

        return NULL;
    }

    if (context->err) {
        (void) polycard_failed(failure, "%s", context->errstr);
        polycard_redis_disconnect(context);
        return NULL;
    }

    (void) redisSetTimeout(context, timeout);

    if (conf->password_file
        && polycard_redis_authenticate(context, conf, failure)
           != NGX_POLYCARD_OK)
    {
        polycard_redis_disconnect(context);
        return NULL;
    }

    return context;
}


void
polycard_redis_disconnect(redisContext *context)
{
    if (context) {
        redisFree(context);
    }

    polycard_redis_tls_close();
}


static redisContext *
polycard_redis_connect_tcp(const polycard_redis_conf_t *conf,
    const char *address, unsigned port, struct timeval timeout, char *failure)
{
    char           host[POLYCARD_ADDRESS_MAX];
    redisContext  *context;

    port = polycard_place_split(host, address, port);

    /* hiredis reports the error of port 0 */

    context = redisConnectWithTimeout(host, port, timeout);

    if (conf->tls && context == NULL) {
        (void) polycard_failed(failure, "no memory");

    } else if (conf->tls && !context->err) {
        context = polycard_redis_secure(context, conf, host, failure);
    }

    return context;
}


/* the same connection with TLS */

static redisContext *
polycard_redis_secure(redisContext *context, const polycard_redis_conf_t *conf,
    const char *host, char *failure)
{
    int  fd;

    fd = fcntl(context->fd, F_DUPFD_CLOEXEC, 0);

    redisFree(context);

    if (fd == -1) {
        (void) polycard_failed(failure, "TLS: %s", strerror(errno));
        return NULL;
    }

    fd = polycard_redis_tls_open(conf, fd, host, failure);

    if (fd == -1) {
        return NULL;
    }

    context = redisConnectFd(fd);

    if (context == NULL) {
        (void) close(fd);
        polycard_redis_tls_close();
        (void) polycard_failed(failure, "no memory");
    }

    return context;
}


static int
polycard_redis_authenticate(redisContext *context,
    const polycard_redis_conf_t *conf, char *failure)
{
    char         password[REDIS_PASSWORD_MAX];
    ssize_t      n;
    redisReply  *reply;

    n = polycard_redis_password(conf->password_file, password,
                                sizeof(password), failure);
    if (n == -1) {
        return NGX_POLYCARD_ERROR;
    }

    reply = conf->user
            ? polycard_redis_call(context, failure, "AUTH %s %b", conf->user,
                                  password, (size_t) n)
            : polycard_redis_call(context, failure, "AUTH %b", password,
                                  (size_t) n);

    explicit_bzero(password, sizeof(password));

    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}


/* as redis_password_file: the file's bytes, without a final line break */

static ssize_t
polycard_redis_password(const char *path, char *buf, size_t size,
    char *failure)
{
    int      fd;
    ssize_t  n;

    fd = open(path, O_RDONLY|O_CLOEXEC);
    n = (fd == -1) ? -1 : read(fd, buf, size);

    if (n == -1) {
        (void) polycard_failed(failure, "cannot read \"%s\": %s", path,
                                     strerror(errno));
    }

    if (fd != -1) {
        (void) close(fd);
    }

    if (n > 0 && buf[n - 1] == '\n') {
        n--;
        n -= (n > 0 && buf[n - 1] == '\r');
    }

    if (n == 0 || n == (ssize_t) size) {
        (void) polycard_failed(failure, "\"%s\" holds no password of 1 "
                                     "to %d bytes", path,
                                     REDIS_PASSWORD_MAX - 1);
        return -1;
    }

    return n;
}


redisReply *
polycard_redis_call(redisContext *context, char *failure, const char *fmt,
    ...)
{
    va_list      args;
    redisReply  *reply;

    va_start(args, fmt);
    reply = redisvCommand(context, fmt, args);
    va_end(args);

    return polycard_redis_good(context, reply, failure);
}


static redisReply *
polycard_redis_good(redisContext *context, redisReply *reply, char *failure)
{
    const char  *reason;

    if (reply == NULL) {
        reason = polycard_redis_reason(context);
        (void) polycard_failed(failure, "%s",
                                     *reason ? reason : "no memory");
        return NULL;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        (void) polycard_failed(failure, "%s", reply->str);
        freeReplyObject(reply);
        return NULL;
    }

    return reply;
}


const char *
polycard_redis_reason(const redisContext *context)
{
    static char  tls[POLYCARD_FAILURE_MAX];

    if (polycard_redis_tls_failure()) {
        (void) polycard_failed(tls, "TLS: %s",
                                     polycard_redis_tls_failure());
        return tls;
    }

    if (context->err == REDIS_ERR_IO
        && (errno == EAGAIN || errno == EWOULDBLOCK))
    {
        return "it does not answer";
    }

    return context->errstr;
}


const char *
polycard_redis_hint(const char *error)
{
    size_t  i;

    static const char *const  hints[][2] = {
        { "MOVED ", ": the market is on another server of the cluster by "
                    "now" },
        { "ASK ", ": the market is being moved to another server of the "
                  "cluster; wait until this is over" },
        { "TRYAGAIN ", ": the market is being moved to another server of the "
                       "cluster; wait until this is over" },
        { "READONLY ", ": it is a replica, or was the master until a "
                       "failover" },
        { "NOREPLICAS ", " Fewer replicas than its min-replicas-to-write are "
                         "connected to it: they are down, or it is cut off "
                         "from them, or another server is the master now" },
        { "NOAUTH ", " --user and --password-file say who you are" },
        { "NOPERM this user has no permissions to access one of the keys",
          ": another market than this user's? See --market or --prefix" },
        { "NOPERM No permissions to access a key",
          ": another market than this user's? See --market or --prefix" }
    };

    for (i = 0; i < polycard_nelts(hints); i++) {
        if (strncmp(error, hints[i][0], strlen(hints[i][0])) == 0) {
            return hints[i][1];
        }
    }

    return "";
}
