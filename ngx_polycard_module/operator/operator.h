
/*
 * A request of an operator.  An operation is what a method does with a
 * resource: a function inside Redis, its arguments, its answer.  Some are
 * called again until all is done: each call is whole in itself, so that a
 * caller who leaves leaves nothing half done.
 */


#ifndef _NGX_POLYCARD_OPERATOR_OPERATOR_H_INCLUDED_
#define _NGX_POLYCARD_OPERATOR_OPERATOR_H_INCLUDED_


#include "http/request.h"
#include "core/operator.h"
#include "redis/store_emitter.h"


/* of a function of ours, at most */
#define NGX_POLYCARD_OPERATOR_ARGUMENTS  3

/* "group:" and an id, which is shorter */
#define NGX_POLYCARD_OPERATOR_KEY        32

/* of polycard_find_hooks: "outbox:" and an id */
#define NGX_POLYCARD_OPERATOR_CURSOR     64

/* dead letters in an answer */
#define NGX_POLYCARD_OPERATOR_PAGE       50

/* hooks in an answer, at most: what is found later is left out */
#define NGX_POLYCARD_OPERATOR_FOUND      1000

/* what an operation's answer returns to be asked again */
#define NGX_POLYCARD_OPERATOR_AGAIN      NGX_BUSY


typedef struct ngx_polycard_operator_s            ngx_polycard_operator_t;
typedef struct ngx_polycard_operator_operation_s
                                            ngx_polycard_operator_operation_t;


struct ngx_polycard_operator_operation_s {
    ngx_polycard_operator_e       resource;
    ngx_uint_t                    methods;
    const char                   *function;

    /* what a body may have, or NULL */
    const ngx_polycard_table_t   *fields;

    /* NULL, or what the body must be besides: an error or NULL */
    const char                 *(*check)(ngx_polycard_operator_t *op);

    /* NULL, or writes the function's arguments, and returns how many */
    ngx_uint_t                  (*arguments)(ngx_polycard_operator_t *op,
                                             ngx_str_t *argument);

    /* what to finish the request with, for the function's reply, or
     * NGX_POLYCARD_OPERATOR_AGAIN */
    ngx_int_t                   (*answer)(ngx_polycard_operator_t *op,
                                          redisReply *reply);
};


struct ngx_polycard_operator_s {
    ngx_polycard_ctx_t                        ctx;        /* first */
    ngx_polycard_store_call_t                 call;
    const ngx_polycard_operator_operation_t  *operation;
    const char                               *function;   /* the next one */

    ngx_polycard_str_t                        id;         /* of the path */
    ngx_polycard_str_t                        after;      /* of the query */
    ngx_polycard_str_t                        limit;
    ngx_polycard_input_t                      in;         /* the body */
    u_char                                    key[NGX_POLYCARD_OPERATOR_KEY];

    /* of those that are called again */
    ngx_str_t                                 cursor;
    u_char                            room[NGX_POLYCARD_OPERATOR_CURSOR];
    int64_t                                   left;
    int64_t                                   done;

    /* of a list */
    ngx_chain_t                              *first;
    ngx_chain_t                              *last;
    ngx_uint_t                                n;
    off_t                                     size;
};


/* a list of operations that ends with one without methods */
extern const ngx_polycard_operator_operation_t
    ngx_polycard_operator_operations[];


#endif /* _NGX_POLYCARD_OPERATOR_OPERATOR_H_INCLUDED_ */
