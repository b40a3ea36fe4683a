
#include "import/redis.h"
#include "import/redis_tls.h"
#include "import/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define REDIS_PORT              6379

/* seconds */
#define REDIS_CONNECT_TIMEOUT   10
#define REDIS_TIMEOUT           60

#define REDIS_PASSWORD_MAX      4096


static int polycard_redis_connect(polycard_redis_t *redis,
    const polycard_options_t *o);
static redisContext *polycard_redis_connect_tcp(const polycard_options_t *o,
    struct timeval timeout);
static redisContext *polycard_redis_secure(redisContext *context,
    const polycard_options_t *o, const char *name);
static int polycard_redis_authenticate(polycard_redis_t *redis,
    const polycard_options_t *o);
static ssize_t polycard_redis_password(const char *path, char *buf,
    size_t size);
static int polycard_redis_must(redisReply *reply);
static redisReply *polycard_redis_vask(polycard_redis_t *redis,
    const char *fmt, va_list args);
static int polycard_redis_flush(polycard_redis_t *redis);
static int polycard_redis_lost(polycard_redis_t *redis);


int
polycard_redis_open(polycard_redis_t *redis, const polycard_options_t *o)
{
    struct timeval  timeout = { REDIS_TIMEOUT, 0 };

    memset(redis, 0, sizeof(polycard_redis_t));

    redis->address = o->redis;
    redis->most = POLYCARD_PIPELINE_MAX;

    if (polycard_redis_connect(redis, o) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    (void) redisSetTimeout(redis->context, timeout);

    if (o->password_file
        && polycard_redis_authenticate(redis, o) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (o->database
        && polycard_redis_must(polycard_redis_ask(redis, "SELECT %d",
                                                  (int) o->database))
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return polycard_redis_must(polycard_redis_ask(redis, "PING"));
}


void
polycard_redis_close(polycard_redis_t *redis)
{
    if (redis->context) {
        redisFree(redis->context);
        redis->context = NULL;
    }

    polycard_redis_tls_close();
}


static int
polycard_redis_connect(polycard_redis_t *redis, const polycard_options_t *o)
{
    struct timeval  timeout = { REDIS_CONNECT_TIMEOUT, 0 };

    redis->context = strncmp(o->redis, "unix:", 5) == 0
                     ? redisConnectUnixWithTimeout(o->redis + 5, timeout)
                     : polycard_redis_connect_tcp(o, timeout);

    if (redis->context == NULL) {

        /* errors of TLS were printed */

        if (!o->tls) {
            polycard_say("no memory");
        }

        return NGX_POLYCARD_ERROR;
    }

    if (redis->context->err) {
        polycard_say("cannot connect to redis \"%s\": %s", redis->address,
                     redis->context->errstr);
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


/* HOST, HOST:PORT, [IPV6]:PORT */

static redisContext *
polycard_redis_connect_tcp(const polycard_options_t *o,
    struct timeval timeout)
{
    int            port;
    char          *host, *name, *p, *end;
    redisContext  *context;

    host = strdup(o->redis);
    if (host == NULL) {
        return NULL;
    }

    port = REDIS_PORT;
    name = host;
    p = strrchr(host, ':');

    if (*host == '[' && (end = strchr(host, ']')) != NULL) {
        name = host + 1;
        *end = '\0';
        p = (end[1] == ':') ? end + 1 : NULL;
    }

    if (p) {
        *p++ = '\0';
        port = strtoul(p, &end, 10);
        port = (*p && *end == '\0' && port > 0 && port < 65536) ? port : 0;
    }

    /* hiredis reports the error of port 0 */

    context = redisConnectWithTimeout(name, port, timeout);

    if (o->tls && context && !context->err) {
        context = polycard_redis_secure(context, o, name);
    }

    free(host);

    return context;
}


/* the same connection with TLS; NULL after a message */

static redisContext *
polycard_redis_secure(redisContext *context, const polycard_options_t *o,
    const char *name)
{
    int  fd;

    fd = fcntl(context->fd, F_DUPFD_CLOEXEC, 0);

    redisFree(context);

    if (fd == -1) {
        polycard_say("TLS: %s", strerror(errno));
        return NULL;
    }

    fd = polycard_redis_tls_open(o, fd, name);

    if (fd == -1) {
        return NULL;
    }

    context = redisConnectFd(fd);

    if (context == NULL) {
        (void) close(fd);
        polycard_say("no memory");
    }

    return context;
}


static int
polycard_redis_authenticate(polycard_redis_t *redis,
    const polycard_options_t *o)
{
    char         password[REDIS_PASSWORD_MAX];
    ssize_t      n;
    redisReply  *reply;

    n = polycard_redis_password(o->password_file, password, sizeof(password));

    if (n == -1) {
        return NGX_POLYCARD_ERROR;
    }

    reply = o->user
            ? polycard_redis_ask(redis, "AUTH %s %b", o->user, password,
                                 (size_t) n)
            : polycard_redis_ask(redis, "AUTH %b", password, (size_t) n);

    explicit_bzero(password, sizeof(password));

    return polycard_redis_must(reply);
}


/* as redis_password_file: the file's bytes, without a final line break */

static ssize_t
polycard_redis_password(const char *path, char *buf, size_t size)
{
    int      fd;
    ssize_t  n;

    fd = open(path, O_RDONLY|O_CLOEXEC);
    n = (fd == -1) ? -1 : read(fd, buf, size);

    if (n == -1) {
        polycard_say("cannot read \"%s\": %s", path, strerror(errno));
    }

    if (fd != -1) {
        (void) close(fd);
    }

    if (n > 0 && buf[n - 1] == '\n') {
        n--;
        n -= (n > 0 && buf[n - 1] == '\r');
    }

    if (n == 0 || n == (ssize_t) size) {
        polycard_say("\"%s\" holds no password of 1 to %d bytes", path,
                     REDIS_PASSWORD_MAX - 1);
        return -1;
    }

    return n;
}


/* frees the reply, which must not be an error */

static int
polycard_redis_must(redisReply *reply)
{
    int  rc;

    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    rc = (reply->type == REDIS_REPLY_STATUS) ? NGX_POLYCARD_OK
                                             : polycard_redis_mismatch(reply);
    freeReplyObject(reply);

    return rc;
}


int
polycard_redis_mismatch(const redisReply *reply)
{
    polycard_say("redis: %s", reply->type == REDIS_REPLY_ERROR
                              ? reply->str : "an unexpected answer");

    return NGX_POLYCARD_ERROR;
}


redisReply *
polycard_redis_ask(polycard_redis_t *redis, const char *fmt, ...)
{
    va_list      args;
    redisReply  *reply;

    va_start(args, fmt);
    reply = polycard_redis_vask(redis, fmt, args);
    va_end(args);

    return reply;
}


redisReply *
polycard_redis_ask_argv(polycard_redis_t *redis, int argc, const char **argv,
    const size_t *lens)
{
    redisReply  *reply;

    reply = redisCommandArgv(redis->context, argc, argv, lens);

    if (reply == NULL) {
        (void) polycard_redis_lost(redis);
    }

    return reply;
}


redisReply *
polycard_redis_expect(polycard_redis_t *redis, int type, const char *fmt, ...)
{
    va_list      args;
    redisReply  *reply;

    va_start(args, fmt);
    reply = polycard_redis_vask(redis, fmt, args);
    va_end(args);

    if (reply && reply->type != type) {
        (void) polycard_redis_mismatch(reply);
        freeReplyObject(reply);
        return NULL;
    }

    return reply;
}


static redisReply *
polycard_redis_vask(polycard_redis_t *redis, const char *fmt, va_list args)
{
    redisReply  *reply;

    reply = redisvCommand(redis->context, fmt, args);

    if (reply == NULL) {
        (void) polycard_redis_lost(redis);
    }

    return reply;
}


void
polycard_redis_handle(polycard_redis_t *redis,
    polycard_redis_handler_pt handler, void *data)
{
    redis->handler = handler;
    redis->data = data;
    redis->most = POLYCARD_PIPELINE_MAX;
}


void
polycard_redis_bound(polycard_redis_t *redis, size_t most)
{
    redis->most = most;
}


int
polycard_redis_send(polycard_redis_t *redis, int argc, const char **argv,
    const size_t *lens, uint64_t tag)
{
    size_t  i, step;

    step = redis->most / POLYCARD_PIPELINE_PART;

    if (redis->waiting >= redis->most
        && polycard_redis_collect(redis, redis->most - step)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (redisAppendCommandArgv(redis->context, argc, argv, lens) != REDIS_OK) {
        return polycard_redis_lost(redis);
    }

    i = (redis->first + redis->waiting++) % POLYCARD_PIPELINE_MAX;
    redis->tag[i] = tag;

    if (++redis->unsent < step) {
        return NGX_POLYCARD_OK;
    }

    return polycard_redis_flush(redis);
}


int
polycard_redis_collect(polycard_redis_t *redis, size_t left)
{
    int          rc;
    uint64_t     tag;
    redisReply  *reply;

    if (polycard_redis_flush(redis) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    while (redis->waiting > left) {

        if (redisGetReply(redis->context, (void **) &reply) != REDIS_OK
            || reply == NULL)
        {
            return polycard_redis_lost(redis);
        }

        tag = redis->tag[redis->first];
        redis->first = (redis->first + 1) % POLYCARD_PIPELINE_MAX;
        redis->waiting--;

        rc = redis->handler(redis->data, tag, reply);

        freeReplyObject(reply);

        if (rc != NGX_POLYCARD_OK) {
            return rc;
        }
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_redis_flush(polycard_redis_t *redis)
{
    int  done;

    done = 0;

    while (!done) {
        if (redisBufferWrite(redis->context, &done) != REDIS_OK) {
            return polycard_redis_lost(redis);
        }
    }

    redis->unsent = 0;

    return NGX_POLYCARD_OK;
}


static int
polycard_redis_lost(polycard_redis_t *redis)
{
    const char  *reason;

    reason = redis->context->errstr;

    if (redis->context->err == REDIS_ERR_IO
        && (errno == EAGAIN || errno == EWOULDBLOCK))
    {
        reason = "it does not answer";
    }

    if (polycard_redis_tls_failure()) {
        polycard_say("redis \"%s\" is lost: TLS: %s", redis->address,
                     polycard_redis_tls_failure());
        return NGX_POLYCARD_ERROR;
    }

    polycard_say("redis \"%s\" is lost: %s", redis->address,
                 *reason ? reason : "no memory");

    return NGX_POLYCARD_ERROR;
}
