
/*
 * The office.  An operation is what a method does with a resource: one function
 * inside Redis, its arguments, its answer.  An act is one such under way: that
 * of a request, or that of a line of a batch.
 */


#ifndef _NGX_POLYCARD_OFFICE_OFFICE_H_INCLUDED_
#define _NGX_POLYCARD_OFFICE_OFFICE_H_INCLUDED_


#include "http/body.h"
#include "http/request.h"
#include "core/office.h"
#include "redis/store_emitter.h"


/* with a key: that, the line, the function's name */
#define NGX_POLYCARD_OFFICE_ONCE       3

/* at most: these, phone, condition, and two for each attribute */
#define NGX_POLYCARD_OFFICE_ARGUMENTS                                         \
    (NGX_POLYCARD_OFFICE_ONCE + 2 + 2 * NGX_POLYCARD_ATTRIBUTES_MAX)


typedef struct ngx_polycard_office_act_s        ngx_polycard_office_act_t;
typedef struct ngx_polycard_office_list_s       ngx_polycard_office_list_t;
typedef struct ngx_polycard_office_operation_s  ngx_polycard_office_operation_t;


/* path, query, condition, key: what may be wrong before the body is read */
#define NGX_POLYCARD_OFFICE_WRONG  4


typedef enum {
    NGX_POLYCARD_OFFICE_NO_BODY = 0,
    NGX_POLYCARD_OFFICE_RECORD,        /* attributes of a client or a group */
    NGX_POLYCARD_OFFICE_FIELDS,        /* operation->fields */
    NGX_POLYCARD_OFFICE_LINES          /* a batch */
} ngx_polycard_office_body_e;


struct ngx_polycard_office_operation_s {
    ngx_polycard_office_e          resource;
    ngx_uint_t                     methods;
    const char                    *function;
    ngx_polycard_office_body_e     body;
    const ngx_polycard_table_t    *fields;
    ngx_uint_t                     condition;  /* takes If-Match */

    /* writes arguments, returns how many; 0: the function is not called, the
     * next card number is meant */
    ngx_uint_t                   (*arguments)(ngx_polycard_office_act_t *act,
                                              ngx_str_t *argument);

    /* the function's reply as the outcome: NGX_OK with act->json, or a status
     * with act->error, or NGX_HTTP_SERVICE_UNAVAILABLE without: no memory */
    ngx_int_t                    (*answer)(ngx_polycard_office_act_t *act,
                                           redisReply *reply);
};


struct ngx_polycard_office_act_s {
    ngx_polycard_store_added_t              added;      /* first, begins with
                                                         * the call */
    const ngx_polycard_office_operation_t  *operation;
    ngx_pool_t                             *pool;
    ngx_polycard_str_t                      id;         /* phone, or group's */
    ngx_polycard_str_t                      barcode;    /* of the query, as */
    ngx_polycard_str_t                      after;      /* these two */
    ngx_polycard_str_t                      limit;
    ngx_polycard_office_list_t             *list;       /* of a page, or NULL */
    ngx_polycard_office_client_t            client;
    ngx_polycard_input_t                    in;         /* what is given */
    ngx_str_t                               key;        /* Idempotency-Key */
    ngx_str_t                               line;       /* ... of a batch: its
                                                         * number */
    ngx_str_t                               condition;
    unsigned                                issues:1;   /* the next card */
    unsigned                                more:1;     /* to be asked again */
    unsigned                                empty:1;    /* nothing is there
                                                         * yet */
    int64_t                                 count;      /* so far */

    /* the outcome: 2xx with json, else the error, which may lie in the reply */
    ngx_uint_t                              status;
    ngx_str_t                               json;
    ngx_str_t                               etag;       /* in quotes */
    const char                             *error;
    ngx_uint_t                              retry_after;
};


/* a request's */

typedef struct {
    ngx_polycard_ctx_t                      ctx;        /* first */
    ngx_polycard_office_act_t               act;
    ngx_polycard_body_e                     type;
    const char                             *wrong[NGX_POLYCARD_OFFICE_WRONG];
    ngx_uint_t                              nwrong;
    struct ngx_polycard_batch_s            *batch;
    ngx_event_t                             timer;
    ngx_msec_t                              until;      /* waits; 0: not */
    ngx_msec_t                              held;       /* since */
    u_char                                  room[NGX_POLYCARD_OFFICE_CONDITION];
} ngx_polycard_office_t;


/* a list of operations that ends with one whose resource is NONE */
extern const ngx_polycard_office_operation_t  ngx_polycard_office_operations[];

/* is it of a client, not of a group? */
ngx_uint_t ngx_polycard_office_of_client(ngx_polycard_office_act_t *act);

/* the attributes of a client, with his id, or of a group */
const ngx_polycard_table_t *ngx_polycard_office_table(
    ngx_polycard_office_act_t *act);

/* must the body have all that is required? */
unsigned ngx_polycard_office_is_whole(ngx_polycard_office_act_t *act);

/* the table of what the operation takes in a body */
const ngx_polycard_table_t *ngx_polycard_office_fields(
    ngx_polycard_office_act_t *act);

/*
 * Asks the store, whose handler, data and market are set: NGX_OK, or
 * NGX_DECLINED.
 */
ngx_int_t ngx_polycard_office_ask(ngx_polycard_office_act_t *act);

/* in the store's handler: the outcome, in memory of act->pool and the reply */
void ngx_polycard_office_end(ngx_polycard_office_act_t *act);

/* 404, "no such client" or "no such group" */
ngx_int_t ngx_polycard_office_not_found(ngx_polycard_office_act_t *act);

/* before a page of at most limit records is asked for: NGX_OK, or NGX_ERROR */
ngx_int_t ngx_polycard_office_list_open(ngx_polycard_office_act_t *act,
    ngx_uint_t limit);

/* an operation's, of the next call */
ngx_uint_t ngx_polycard_office_list_arguments(ngx_polycard_office_act_t *act,
    ngx_str_t *argument);

/* answers with the page; returns what to finish with */
ngx_int_t ngx_polycard_office_list_send(ngx_polycard_office_t *office);

/* notes an error, a constant or in memory of the request, which is named with
 * those of the body: NGX_OK */
ngx_int_t ngx_polycard_office_note(ngx_polycard_office_t *office,
    const char *error);

/* the parameters of a query, of which route() takes what there is to take */
extern const ngx_polycard_table_t  ngx_polycard_office_parameters;

/* operation, id and place in a list: NGX_OK, errors may be noted; or what to
 * fail with */
ngx_int_t ngx_polycard_office_route(ngx_polycard_office_t *office,
    ngx_polycard_input_t *query);

/*
 * The condition, the Idempotency-Key and the Origin of the request: NGX_OK,
 * errors may be noted; or what to fail with.
 */
ngx_int_t ngx_polycard_office_headers(ngx_polycard_office_t *office);

/*
 * A list that is empty is held back for the seconds that the caller waits, or
 * until the worker has to leave: NGX_OK, handler is called in a moment, when
 * the list is to be asked for again; NGX_DECLINED, it is to be answered.
 */
ngx_int_t ngx_polycard_office_hold(ngx_polycard_office_t *office,
    ngx_event_handler_pt handler);


#endif /* _NGX_POLYCARD_OFFICE_OFFICE_H_INCLUDED_ */
