
/* Replies of the functions as answers; see operation->answer in office.h. */


#ifndef _NGX_POLYCARD_OFFICE_ANSWER_H_INCLUDED_
#define _NGX_POLYCARD_OFFICE_ANSWER_H_INCLUDED_


#include "office/office.h"


/* a client or a group, with its ETag */
ngx_int_t ngx_polycard_office_answer_record(ngx_polycard_office_act_t *act,
    redisReply *reply);

/* created (201) or changed, with its ETag, and whether it is complete */
ngx_int_t ngx_polycard_office_answer_put(ngx_polycard_office_act_t *act,
    redisReply *reply);

/* deleted, or 404 */
ngx_int_t ngx_polycard_office_answer_deleted(ngx_polycard_office_act_t *act,
    redisReply *reply);

/* the total of the bonus */
ngx_int_t ngx_polycard_office_answer_total(ngx_polycard_office_act_t *act,
    redisReply *reply);

/* the new phone, with the record's ETag */
ngx_int_t ngx_polycard_office_answer_moved(ngx_polycard_office_act_t *act,
    redisReply *reply);

/* the total of both, with the ETag of the one that stays */
ngx_int_t ngx_polycard_office_answer_merged(ngx_polycard_office_act_t *act,
    redisReply *reply);

/* the card number, with the record's ETag */
ngx_int_t ngx_polycard_office_answer_card(ngx_polycard_office_act_t *act,
    redisReply *reply);

/* the next card number, see act->added */
ngx_int_t ngx_polycard_office_answer_issued(ngx_polycard_office_act_t *act);

/* the card is closed; with the record's ETag */
ngx_int_t ngx_polycard_office_answer_closed(ngx_polycard_office_act_t *act,
    redisReply *reply);

/* what addClient did, an array; act->empty is set if there is nothing */
ngx_int_t ngx_polycard_office_answer_registered(
    ngx_polycard_office_act_t *act, redisReply *reply);

/* how many records are read; act->more if it must be called again */
ngx_int_t ngx_polycard_office_answer_read(ngx_polycard_office_act_t *act,
    redisReply *reply);

/* deleted, or 404; his data elsewhere are removed in both cases */
ngx_int_t ngx_polycard_office_answer_forgotten(ngx_polycard_office_act_t *act,
    redisReply *reply);


#endif /* _NGX_POLYCARD_OFFICE_ANSWER_H_INCLUDED_ */
