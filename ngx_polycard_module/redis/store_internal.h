
/* Shared by the files store*.c only. */


#ifndef _NGX_POLYCARD_REDIS_STORE_INTERNAL_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_STORE_INTERNAL_H_INCLUDED_


#include "redis/store.h"
#include "core/number.h"


/* what calls of the office were for, in lines of the log */
#define NGX_POLYCARD_STORE_OFFICE  "serve the office"


/* a kind of record: "*N $5 HMGET", the key less its id, the fields */

typedef struct {
    ngx_str_t                      head;
    ngx_str_t                      key;
    ngx_str_t                      fields;
    ngx_str_t                     *field;   /* each of them */
} ngx_polycard_store_record_t;


struct ngx_polycard_store_conf_s {
    ngx_polycard_store_record_t    client;
    ngx_polycard_store_record_t    group;
    ngx_str_t                      clients;
    ngx_str_t                      groups;
    ngx_str_t                      barcodes;

    /* arguments of functions, as they are sent: "FCALL" to the prefix, where
     * card numbers come from */
    ngx_str_t                      add_client;
    ngx_str_t                      issue_card;
    ngx_str_t                      once;
    ngx_str_t                      cards;
};


/* a new operation of the call; NULL: no memory */
ngx_polycard_op_t *ngx_polycard_store_op(ngx_polycard_store_call_t *call,
    ngx_polycard_redis_kind_e kind, size_t size, ngx_polycard_op_pt handler);

/* NGX_DECLINED: it cannot be sent, and the operation is gone; the handler is
 * not called */
ngx_int_t ngx_polycard_store_submit(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op);

/*
 * What all replies have in common: the end of the operation, failures, and
 * errors that mean that Redis cannot answer now.  NGX_OK: use the reply;
 * NGX_ERROR: call->status is set and call->op is NULL.
 */
ngx_int_t ngx_polycard_store_reply(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op, redisReply *reply, const char *subject);


/* a reply that the command cannot have: call->status is set, call->op NULL */
void ngx_polycard_store_mismatch(ngx_polycard_store_call_t *call,
    ngx_polycard_op_t *op, redisReply *reply, const char *subject);

/* 1: an error with a word of a function's own, for the caller to tell */
ngx_uint_t ngx_polycard_store_refused(redisReply *reply);

/* of calls of ngx_polycard_store_added_t */
void ngx_polycard_store_added_handler(ngx_polycard_op_t *op,
    redisReply *reply);


#endif /* _NGX_POLYCARD_REDIS_STORE_INTERNAL_H_INCLUDED_ */
