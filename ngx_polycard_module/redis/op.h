
/*
 * An operation: one or more commands that are sent to Redis together and whose
 * replies arrive one by one, or a failure, once.
 *
 * Operations live on the heap, not in a request's pool, because a reply may
 * arrive after its request is gone.
 */


#ifndef _NGX_POLYCARD_REDIS_OP_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_OP_H_INCLUDED_


#include "market/market.h"
#include "redis/command.h"


/* pending operations of callers per worker and market; above: 503 at once */
#define NGX_POLYCARD_OP_MAX  1024


typedef struct ngx_polycard_op_s  ngx_polycard_op_t;

/*
 * Called for each reply in the order of the commands, op->left is how many will
 * come after it; the last call is followed by the end of op.  reply is
 * valid during the call.  reply == NULL: no more replies will come, op->status
 * is NGX_HTTP_SERVICE_UNAVAILABLE or NGX_HTTP_GATEWAY_TIME_OUT, op->left is 0.
 */
typedef void (*ngx_polycard_op_pt)(ngx_polycard_op_t *op, redisReply *reply);


struct ngx_polycard_op_s {
    ngx_queue_t              queue;
    ngx_polycard_redis_t    *redis;

    ngx_polycard_op_pt       handler;    /* NULL: nobody cares any more */
    void                    *data;

    ngx_uint_t               left;       /* replies still to come */
    ngx_uint_t               status;
    ngx_msec_t               start;      /* when it was sent */

    ngx_uint_t               commands;
    unsigned                 sent:1;
    unsigned                 again:1;    /* to be repeated */
    unsigned                 wanted:1;   /* sent, and somebody waits for it */
    unsigned                 background:1;  /* our own: nobody waits for it,
                                             * and it does not wait either */

    u_char                  *last;       /* end of the commands' bytes */
    u_char                   bytes[1];
};


/*
 * A new operation with room for size bytes of commands in all, of which the
 * caller writes each from op->last and then calls ngx_polycard_op_add().
 * NULL: out of memory.
 */
ngx_polycard_op_t *ngx_polycard_op_create(ngx_polycard_redis_t *redis,
    size_t size);

/* the command that was written from op->last to end is complete */
void ngx_polycard_op_add(ngx_polycard_op_t *op, u_char *end);

/*
 * Sends op, or puts it into the queue while the connection is being made.
 * NGX_DECLINED: Redis is away, the queue is full or there is no memory; op
 * is freed and its handler is not called.
 */
ngx_int_t ngx_polycard_op_submit(ngx_polycard_op_t *op);

/*
 * The handler will not be called any more; the commands may still be executed.
 * Not to be called from the handler with op->left == 0.
 */
void ngx_polycard_op_cancel(ngx_polycard_op_t *op);


/*
 * For connection.c and queue.c, an operation that is in no queue: sends it
 * (NGX_ERROR: no memory, nothing was sent); ends it, unless its
 * replies have done so.
 */
ngx_int_t ngx_polycard_op_send(ngx_polycard_op_t *op);
void ngx_polycard_op_fail(ngx_polycard_op_t *op, ngx_uint_t status);

/* for connection.c: a reply to the oldest operation that was sent */
void ngx_polycard_op_reply(ngx_polycard_op_t *op, redisReply *reply);

/*
 * For connection.c, before the first reply, which says that nothing was done:
 * op waits for the next connection as if it had not been sent.
 */
void ngx_polycard_op_repeat(ngx_polycard_op_t *op);


#endif /* _NGX_POLYCARD_REDIS_OP_H_INCLUDED_ */
