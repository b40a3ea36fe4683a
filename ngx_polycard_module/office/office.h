
/*
 * A request to the office.  An operation is what a method does with a resource:
 * one function inside Redis, its arguments, its answer.
 */


#ifndef _NGX_POLYCARD_OFFICE_OFFICE_H_INCLUDED_
#define _NGX_POLYCARD_OFFICE_OFFICE_H_INCLUDED_


#include "http/body.h"
#include "http/request.h"
#include "core/office.h"
#include "redis/store_emitter.h"


/* the most: phone, condition, and two for each attribute */
#define NGX_POLYCARD_OFFICE_ARGUMENTS  (2 + 2 * NGX_POLYCARD_ATTRIBUTES_MAX)


typedef struct ngx_polycard_office_s            ngx_polycard_office_t;
typedef struct ngx_polycard_office_operation_s  ngx_polycard_office_operation_t;


typedef enum {
    NGX_POLYCARD_OFFICE_NO_BODY = 0,
    NGX_POLYCARD_OFFICE_RECORD,        /* attributes of a client or a group */
    NGX_POLYCARD_OFFICE_FIELDS,        /* operation->fields */
    NGX_POLYCARD_OFFICE_FIELDS_OR_NONE
} ngx_polycard_office_body_e;


struct ngx_polycard_office_operation_s {
    ngx_polycard_office_e          resource;
    ngx_uint_t                     methods;
    const char                    *function;
    ngx_polycard_office_body_e     body;
    const ngx_polycard_table_t    *fields;
    ngx_uint_t                     condition;  /* takes If-Match */

    /* writes arguments, returns how many; 0: has failed, office->failed */
    ngx_uint_t                   (*arguments)(ngx_polycard_office_t *office,
                                              ngx_str_t *argument);

    /* what to finish the request with, for the function's reply */
    ngx_int_t                    (*answer)(ngx_polycard_office_t *office,
                                           redisReply *reply);
};


struct ngx_polycard_office_s {
    ngx_polycard_ctx_t                      ctx;        /* first */
    ngx_polycard_store_call_t               call;
    const ngx_polycard_office_operation_t  *operation;
    ngx_polycard_str_t                      id;         /* phone, or group's */
    ngx_polycard_str_t                      barcode;    /* of the query */
    ngx_polycard_office_client_t            client;
    ngx_polycard_input_t                    in;         /* the body */
    ngx_polycard_body_e                     type;
    ngx_str_t                               key;        /* Idempotency-Key */
    ngx_str_t                               condition;
    u_char                                  room[NGX_POLYCARD_OFFICE_CONDITION];
    ngx_int_t                               failed;
};


/* a list of operations that ends with one whose resource is NONE */
extern const ngx_polycard_office_operation_t  ngx_polycard_office_operations[];

/* is it a client's, as against a group's? */
ngx_uint_t ngx_polycard_office_of_client(ngx_polycard_office_t *office);

/*
 * The condition, the Idempotency-Key and the Origin of the request: NGX_OK, or
 * what to fail with.
 */
ngx_int_t ngx_polycard_office_headers(ngx_polycard_office_t *office);

/* what a function has refused, or Redis: what to finish with */
ngx_int_t ngx_polycard_office_fail(ngx_polycard_office_t *office,
    ngx_polycard_store_call_t *call);

/* "no such client", "no such group" */
ngx_int_t ngx_polycard_office_not_found(ngx_polycard_office_t *office);


#endif /* _NGX_POLYCARD_OFFICE_OFFICE_H_INCLUDED_ */
