
#include "import/role.h"
#include "import/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>


/* ms: replicas report once a second */
#define ROLE_PAUSE  100


static char *polycard_role_info(redisContext *context, const char *section,
    char *failure);
static int polycard_role_replicas(const char *info, long long offset);


int
polycard_role_master(redisContext *context, char *failure)
{
    int    rc;
    char  *info;

    info = polycard_role_info(context, "replication", failure);

    if (info == NULL) {
        return strncmp(failure, "NOPERM", 6) == 0 ? NGX_POLYCARD_OK
                                                  : NGX_POLYCARD_ERROR;
    }

    rc = strstr(info, "\nrole:slave") ? NGX_POLYCARD_ERROR : NGX_POLYCARD_OK;

    if (rc != NGX_POLYCARD_OK) {
        (void) polycard_failed(failure, "it is a replica, not the "
                                     "master");
    }

    free(info);

    return rc;
}


/* no such key exists */

int
polycard_role_market(redisContext *context, const char *prefix, char *failure)
{
    redisReply  *reply;

    reply = polycard_redis_call(context, failure, "EXISTS %s", prefix);

    if (reply == NULL) {
        return strncmp(failure, "NOPERM", 6) == 0 ? NGX_POLYCARD_OK
                                                  : NGX_POLYCARD_ERROR;
    }

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}


unsigned
polycard_role_cluster(redisContext *context)
{
    char      failure[POLYCARD_FAILURE_MAX], *info;
    unsigned  cluster;

    info = polycard_role_info(context, "cluster", failure);

    cluster = info && strstr(info, "\ncluster_enabled:1");

    free(info);

    return cluster;
}


int
polycard_role_copied(redisContext *context, unsigned known, unsigned seconds,
    char *failure)
{
    int         n;
    char       *info, *at;
    double      start;
    long long   offset;

    start = polycard_terminal_seconds();
    offset = -1;

    for ( ;; ) {
        info = polycard_role_info(context, "replication", failure);

        if (info == NULL) {
            if (strncmp(failure, "NOPERM", 6) != 0) {
                return NGX_POLYCARD_ERROR;
            }

            polycard_say("whether a replica has received all is not known: "
                         "%s", failure);
            return NGX_POLYCARD_OK;
        }

        at = strstr(info, "\nmaster_repl_offset:");

        if (offset == -1 && at) {
            offset = atoll(strchr(at, ':') + 1);
        }

        n = polycard_role_replicas(info, offset);
        free(info);

        if (n == -1 || (n == 0 && known == 0)) {
            return NGX_POLYCARD_OK;
        }

        if (polycard_stopped
            || polycard_terminal_seconds() - start > seconds)
        {
            return n ? polycard_failed(failure, "none of its %d replicas has "
                                       "received all that was written", n)
                     : polycard_failed(failure, "it has none of the %u "
                                       "replicas that the Sentinels know",
                                       known);
        }

        polycard_role_pause(ROLE_PAUSE);
    }
}


/* how many there are; -1: one has received this much, or it is unknown */

static int
polycard_role_replicas(const char *info, long long offset)
{
    int          n;
    const char  *p, *received, *end;

    n = 0;

    for (p = strstr(info, "\nslave"); p; p = strstr(p + 1, "\nslave")) {
        end = strchr(p + 1, '\n');
        received = strstr(p, "offset=");

        /* slave0:ip=...,state=online,offset=..., and not slave_repl_offset */

        if (p[6] < '0' || p[6] > '9' || end == NULL || received == NULL
            || received > end)
        {
            continue;
        }

        if (offset == -1 || atoll(received + 7) >= offset) {
            return -1;
        }

        n++;
    }

    return n;
}


/* with a line break before each name; to be freed */

static char *
polycard_role_info(redisContext *context, const char *section, char *failure)
{
    char        *info;
    redisReply  *reply;

    reply = polycard_redis_call(context, failure, "INFO %s", section);

    if (reply == NULL) {
        return NULL;
    }

    /* one of RESP2 is a string */

    info = strdup(reply->str ? reply->str : "");

    if (info == NULL) {
        (void) polycard_failed(failure, "no memory");
    }

    freeReplyObject(reply);

    return info;
}


void
polycard_role_pause(unsigned ms)
{
    struct timespec  time;

    time.tv_sec = ms / 1000;
    time.tv_nsec = (long) (ms % 1000) * 1000000;

    (void) nanosleep(&time, NULL);
}
