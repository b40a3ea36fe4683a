
/* A record of the outbox in the emitter's memory, ready to be delivered. */


#ifndef _NGX_POLYCARD_HOOK_RECORD_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_RECORD_H_INCLUDED_


#include "hook/request.h"
#include "hook/told.h"
#include "redis/store_emitter.h"
#include "core/dispatch.h"
#include "core/verdict.h"


typedef struct {
    ngx_polycard_delivery_t   delivery;   /* its strings lie behind this */
    size_t                    slot;
    ngx_uint_t                epoch;      /* of told: its server */

    ngx_str_t                 said;       /* "<id> <object> <action>" */

    ngx_str_t                 card;       /* of a client's hook, or empty */
    u_char                    card_text[NGX_POLYCARD_TOLD_CARD];

    ngx_str_t                 reason;     /* of the last refusal */
    u_char                    reason_text[NGX_POLYCARD_VERDICT_REASON];
    ngx_str_t                 answer;     /* the gateway's, on the heap */

    unsigned                  flying:1;   /* the delivery has not ended */
    unsigned                  released:1; /* the dispatcher is done with it */
} ngx_polycard_record_t;


/*
 * Makes a record on the heap from a hook as the functions "next" and (held)
 * "due" return it, and fills in r for the dispatcher.  Only an id is a hook to
 * be skipped: *record is NULL then.  An id and a key are one to go on hold
 * unsent.  NGX_ERROR: no memory; NGX_DECLINED: no valid hook.
 *
 * The data of one that lacks a required attribute, or has one that cannot be
 * printed, is empty: it must never be sent (contract, B32).
 */
ngx_int_t ngx_polycard_record_create(ngx_polycard_record_t **record,
    ngx_polycard_market_t *market, redisReply *reply, unsigned held,
    ngx_polycard_dispatch_record_t *r);

/* keeps reason and answer of the refusal; without memory not the answer */
void ngx_polycard_record_refused(ngx_polycard_record_t *record,
    const ngx_polycard_verdict_answer_t *answer,
    ngx_polycard_verdict_e verdict);

/* the dispatcher's release(): frees it now, or when its delivery ends */
void ngx_polycard_record_release(void *data);

/* the delivery has ended */
void ngx_polycard_record_landed(ngx_polycard_record_t *record);


#endif /* _NGX_POLYCARD_HOOK_RECORD_H_INCLUDED_ */
