
/*
 * A pipelined connection of a worker and a market: connect, authenticate,
 * timeouts, reconnect.  For the kinds see connections.h.  States:
 *
 *   IDLE        nothing was tried yet, or a working connection was lost: the
 *               next operation, or the timer, connects at once
 *   CONNECTING  resolving, connecting, greeting; operations wait
 *   READY       operations are sent at once
 *   LEAVING     the worker disconnects from this server: replies to what was
 *               sent are awaited, operations wait
 *   CLOSING     operations that were sent are failing; others wait
 *   BACKOFF     the last attempt failed; operations are refused at once
 */


#ifndef _NGX_POLYCARD_REDIS_CONNECTION_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_CONNECTION_H_INCLUDED_


#include "market/market.h"
#include "redis/backoff.h"
#include "redis/channel.h"
#include "redis/discovery.h"
#include "redis/op.h"
#include "redis/role.h"
#include "redis/lookout.h"


#define NGX_POLYCARD_REASON_LEN   128
#define NGX_POLYCARD_TROUBLE_LEN  24
#define NGX_POLYCARD_TROUBLES     10

/* kinds of error of one subject that may alternate */
#define NGX_POLYCARD_TROUBLE_KINDS  4


typedef enum {
    NGX_POLYCARD_REDIS_IDLE = 0,
    NGX_POLYCARD_REDIS_CONNECTING,
    NGX_POLYCARD_REDIS_READY,
    NGX_POLYCARD_REDIS_LEAVING,
    NGX_POLYCARD_REDIS_CLOSING,
    NGX_POLYCARD_REDIS_BACKOFF
} ngx_polycard_redis_state_e;


/* a call that failed, and its errors that were logged; see error.h */

typedef struct {
    const char                  *subject;     /* NULL: a free place */
    ngx_uint_t                   kinds;       /* not over; 0: it works */
    u_char                       kind[NGX_POLYCARD_TROUBLE_KINDS]
                                     [NGX_POLYCARD_TROUBLE_LEN];
    ngx_msec_t                   last;        /* when an error came */
    ngx_msec_t                   minute;      /* when it began */
    ngx_uint_t                   lines;       /* of the log in it */
} ngx_polycard_trouble_t;


struct ngx_polycard_redis_s {
    ngx_polycard_redis_kind_e    kind;
    ngx_polycard_market_t       *market;
    ngx_polycard_redis_conf_t   *conf;

    ngx_polycard_redis_state_e   state;
    ngx_polycard_channel_t       channel;
    ngx_polycard_discovery_t     discovery;
    ngx_polycard_lookout_t      *lookout;       /* NULL: no Sentinels */

    ngx_queue_t                  waiting;     /* operations not yet sent */
    ngx_queue_t                  sent;        /* the oldest first */
    ngx_uint_t                   operations;  /* in both */
    ngx_uint_t                   wanted;      /* sent, and somebody waits */
    ngx_uint_t                   status;      /* for what fails with it */

    ngx_event_t                  timer;       /* connecting, backing off */
    ngx_event_t                  watcher;     /* the oldest operation's age */
    ngx_event_t                  guard;       /* see guard.h */
    ngx_msec_t                   left;        /* when a server was left last */
    ngx_polycard_backoff_t       backoff;

    /* before worker_shutdown_timeout closes: last words; may be NULL */
    void                       (*farewell)(ngx_polycard_market_t *market);

    ngx_int_t                    handshake;   /* replies to come */
    u_char                       reason[NGX_POLYCARD_REASON_LEN];
    ngx_polycard_trouble_t       trouble[NGX_POLYCARD_TROUBLES];
    ngx_uint_t                   troubles;    /* of them, that are not over */
    ngx_msec_t                   loaded;      /* when the library was sent */
    int64_t                      library;     /* its version; 0: not said yet */
    ngx_polycard_server_t        server;      /* of the last greeting */

    unsigned                     was_ready:1; /* this connection was READY */
    unsigned                     lost:1;      /* one that was is gone */
    unsigned                     asked:1;     /* by the guard */
    unsigned                     leaving:1;   /* ... of our own will */
    unsigned                     finished:1;  /* the worker is leaving */
    unsigned                     mute:1;      /* no CONFIG: it was logged */
    unsigned                     old:1;       /* we are: it was logged */
    unsigned                     taken:1;     /* see library.h: it was logged */
    unsigned                     silent:1;    /* no INFO: it was logged */
    unsigned                     forgets:1;   /* no AOF: it was logged */
    unsigned                     evicts:1;    /* it was logged */
    unsigned                     bare:1;      /* writes without replicas */
    unsigned                     pooled:1;    /* a pool with them */
};


/* begins with what has kind, market and conf, else zeros; NGX_ERROR: no
 * memory */
ngx_int_t ngx_polycard_redis_init(ngx_polycard_redis_t *redis);

/* the worker exits: pending operations fail now, nothing starts any more */
void ngx_polycard_redis_close(ngx_polycard_redis_t *redis);

/* NGX_OK: operations may be given; NGX_DECLINED: Redis is known to be away */
ngx_int_t ngx_polycard_redis_wake(ngx_polycard_redis_t *redis);


/*
 * A reply had a type that its command cannot have: it may belong to another
 * command, and those after it, too.  The connection is closed.
 */
void ngx_polycard_redis_distrust(ngx_polycard_redis_t *redis);


/*
 * The server is no working master: the connection is closed as soon as the
 * replies to what was sent are there, and opened again, to where the address
 * leads then; at most once a second, as there may be no other server.
 */
void ngx_polycard_redis_leave(ngx_polycard_redis_t *redis,
    const char *reason);


/*
 * A reply that shows that the server is no master, or not ours any more, ends
 * the connection as above.  1: in a cluster the market is elsewhere, and what
 * was asked for may be repeated there.
 */
ngx_uint_t ngx_polycard_redis_heed(ngx_polycard_redis_t *redis,
    const redisReply *reply);


/* what was sent there is not waited for long: it may hang */
void ngx_polycard_redis_expire(ngx_polycard_redis_t *redis);


/* the master by these answers of Sentinels: any other server is left at once */
void ngx_polycard_redis_moved(ngx_polycard_redis_t *redis,
    const ngx_polycard_place_said_t *said, ngx_polycard_ask_t *ask);


/* the timer of the state: the next attempt, or the end of this one */
void ngx_polycard_redis_set_timer(ngx_polycard_redis_t *redis,
    ngx_msec_t delay);


/*
 * Closes the connection, or ends the attempt.  Operations sent fail with
 * redis->status.  reason is NULL where a server is left, see above.
 */
void ngx_polycard_redis_drop(ngx_polycard_redis_t *redis, const char *reason);


#endif /* _NGX_POLYCARD_REDIS_CONNECTION_H_INCLUDED_ */
