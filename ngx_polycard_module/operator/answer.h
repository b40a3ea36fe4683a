
/* Replies of the functions as answers; see operation->answer in operator.h. */


#ifndef _NGX_POLYCARD_OPERATOR_ANSWER_H_INCLUDED_
#define _NGX_POLYCARD_OPERATOR_ANSWER_H_INCLUDED_


#include "operator/operator.h"


/* {"status":"OK"}, with a number where name is not NULL */
ngx_int_t ngx_polycard_operator_answer_number(ngx_polycard_operator_t *op,
    const char *name, int64_t n);

/* the state of the hooks: [name, value, ...] of polycard_status */
ngx_int_t ngx_polycard_operator_answer_hooks(ngx_polycard_operator_t *op,
    redisReply *reply);

/* one of these values that is a number, 0: it is not there */
int64_t ngx_polycard_operator_status(redisReply *reply, const char *name);

/* a page of dead letters, with a Link to the next one where it is full */
ngx_int_t ngx_polycard_operator_answer_dead(ngx_polycard_operator_t *op,
    redisReply *reply);

/* hooks of one client or group: [cursor, hook, ...] */
ngx_int_t ngx_polycard_operator_answer_found(ngx_polycard_operator_t *op,
    redisReply *reply);


#endif /* _NGX_POLYCARD_OPERATOR_ANSWER_H_INCLUDED_ */
