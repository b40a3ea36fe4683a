
/* Replies of the functions as answers; see operation->answer in office.h. */


#ifndef _NGX_POLYCARD_OFFICE_ANSWER_H_INCLUDED_
#define _NGX_POLYCARD_OFFICE_ANSWER_H_INCLUDED_


#include "office/office.h"


/*
 * Writes a record, as polycard_get_client and others return it, and a comma at
 * p; with its ETag as a member, if that is wanted.  One of nothing but its
 * identity is no hash.  Returns the end.
 */
u_char *ngx_polycard_office_print_record(u_char *p,
    const ngx_polycard_table_t *table, const redisReply *record,
    ngx_uint_t etag);

/* the most bytes that this writes */
size_t ngx_polycard_office_record_size(const ngx_polycard_table_t *table,
    const redisReply *record);

/* whether it is whole, and why not; what cannot be read, names separated by
 * spaces */
u_char *ngx_polycard_office_print_flaws(u_char *p,
    const ngx_polycard_str_t *missing, const ngx_polycard_str_t *unreadable);

/* room for what is in an answer besides values: {"status":"OK", and why a
 * record is incomplete */
#define NGX_POLYCARD_OFFICE_HEAD                                              \
    sizeof("{\"status\":\"OK\",\"whole\":false,\"why\":\""                    \
           " is missing or cannot be read\",\"unreadable\":[],}")

/* a client or a group, with its ETag */
ngx_int_t ngx_polycard_office_answer_record(ngx_polycard_office_act_t *act,
    redisReply *reply);

/* some records of a page; act->more if others are to be asked for */
ngx_int_t ngx_polycard_office_answer_list(ngx_polycard_office_act_t *act,
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
