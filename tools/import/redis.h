
/*
 * A connection to Redis that waits for its replies: commands are sent in a
 * pipeline of limited length.  Errors are printed.
 */


#ifndef _POLYCARD_REDIS_H_INCLUDED_
#define _POLYCARD_REDIS_H_INCLUDED_


#include "import/server.h"


/* commands that are on their way at most, what part of them is sent at once */

#define POLYCARD_PIPELINE_MAX   512
#define POLYCARD_PIPELINE_PART  8


typedef struct polycard_redis_s  polycard_redis_t;

/*
 * The reply to a command, in the order in which they were sent, with its tag;
 * returns NGX_POLYCARD_ERROR, after a message, if no further command must be
 * sent.
 */
typedef int (*polycard_redis_handler_pt)(void *data, uint64_t tag,
    const redisReply *reply);

struct polycard_redis_s {
    polycard_server_t            server;

    polycard_redis_handler_pt    handler;
    void                        *data;

    /* the pipeline: tags of what is not answered, from first on, in a ring */
    uint64_t                     tag[POLYCARD_PIPELINE_MAX];
    size_t                       first;
    size_t                       waiting;
    size_t                       unsent;
    size_t                       most;
};


/* connects as polycard_server_open() does */
int polycard_redis_open(polycard_redis_t *redis, const polycard_options_t *o);
void polycard_redis_close(polycard_redis_t *redis);

/*
 * One command, in the format of hiredis, and its reply, which may be an error
 * of Redis: freed by the caller.  NULL after a message: there is none.  The
 * pipeline must be empty.
 */
redisReply *polycard_redis_ask(polycard_redis_t *redis, const char *fmt, ...);

/* the same for a command as an array */
redisReply *polycard_redis_ask_argv(polycard_redis_t *redis, int argc,
    const char **argv, const size_t *lens);

/* the same if the reply must have this type */
redisReply *polycard_redis_expect(polycard_redis_t *redis, int type,
    const char *fmt, ...);

/* sets the handler of the replies; the pipeline must be empty */
void polycard_redis_handle(polycard_redis_t *redis,
    polycard_redis_handler_pt handler, void *data);

/* for this handler: how many may be on their way, PIPELINE_PART or more */
void polycard_redis_bound(polycard_redis_t *redis, size_t most);

/* adds a command to the pipeline; waits for replies if it is full */
int polycard_redis_send(polycard_redis_t *redis, int argc, const char **argv,
    const size_t *lens, uint64_t tag);

/* waits until at most so many commands are pending */
int polycard_redis_collect(polycard_redis_t *redis, size_t left);

/* message about an unexpected reply; NGX_POLYCARD_ERROR */
int polycard_redis_mismatch(const redisReply *reply);


#endif /* _POLYCARD_REDIS_H_INCLUDED_ */
