
/*
 * The lines of a batch that are under way, and their order.  A line that failed
 * may be done when a batch with a key is sent again, and what was done to the
 * same client or group after it would then come before it.  So no two of their
 * lines are under way together, and none follows one that failed.
 */


#include "office/batch.h"


static ngx_int_t ngx_polycard_batch_call(ngx_polycard_batch_slot_t *slot);
static void ngx_polycard_batch_answered(ngx_polycard_store_call_t *call);
static ngx_uint_t ngx_polycard_batch_must_wait(
    ngx_polycard_batch_slot_t *slot);
static ngx_uint_t ngx_polycard_batch_meets(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_batch_slot_t *other);
static ngx_uint_t ngx_polycard_batch_is_of(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_str_t *id);


ngx_int_t
ngx_polycard_batch_turn(ngx_polycard_batch_slot_t *slot)
{
    if (slot->batch->office->act.key.len
        && ngx_polycard_batch_must_wait(slot))
    {
        slot->batch->waits = slot;
        return NGX_OK;
    }

    return ngx_polycard_batch_call(slot);
}


void
ngx_polycard_batch_resume(ngx_polycard_batch_t *batch)
{
    ngx_int_t                   rc;
    ngx_polycard_batch_slot_t  *slot;

    slot = batch->waits;

    if (slot == NULL || ngx_polycard_batch_must_wait(slot)) {
        return;
    }

    batch->waits = NULL;

    rc = ngx_polycard_batch_is_over(batch)
         ? ngx_polycard_batch_wrong(slot, NGX_HTTP_SERVICE_UNAVAILABLE,
                                    NGX_POLYCARD_BATCH_OVER)
         : ngx_polycard_batch_call(slot);

    if (rc != NGX_OK) {
        ngx_polycard_batch_print(slot);
    }
}


static ngx_int_t
ngx_polycard_batch_call(ngx_polycard_batch_slot_t *slot)
{
    ngx_polycard_store_call_t  *call;

    call = &slot->act.added.call;

    call->market = slot->batch->office->ctx.market;
    call->handler = ngx_polycard_batch_answered;
    call->data = slot;

    if (ngx_polycard_office_ask(&slot->act) != NGX_OK) {
        return ngx_polycard_batch_wrong(slot, NGX_HTTP_SERVICE_UNAVAILABLE,
                      ngx_polycard_request_store_error(
                                             NGX_HTTP_SERVICE_UNAVAILABLE));
    }

    if (slot->act.issues) {

        /* it may be asked again, behind what would come after it */

        slot->batch->alone = slot;
    }

    return NGX_OK;
}


static void
ngx_polycard_batch_answered(ngx_polycard_store_call_t *call)
{
    ngx_polycard_batch_t       *batch;
    ngx_polycard_batch_slot_t  *slot;

    slot = call->data;
    batch = slot->batch;

    ngx_polycard_office_end(&slot->act);
    ngx_polycard_batch_print(slot);

    if (batch->alone == slot) {
        batch->alone = NULL;
    }

    ngx_post_event(&batch->event, &ngx_posted_events);
}


ngx_uint_t
ngx_polycard_batch_is_over(ngx_polycard_batch_t *batch)
{
    return batch->lost && batch->office->act.key.len;
}


static ngx_uint_t
ngx_polycard_batch_must_wait(ngx_polycard_batch_slot_t *slot)
{
    ngx_uint_t                  i;
    ngx_polycard_batch_t       *batch;
    ngx_polycard_batch_slot_t  *other;

    batch = slot->batch;

    for (i = 0; i < batch->n; i++) {
        other = batch->slot[(batch->first + i) % NGX_POLYCARD_BATCH_SLOTS];

        if (other != slot && !other->done
            && ngx_polycard_batch_meets(slot, other))
        {
            return 1;
        }
    }

    return 0;
}


/* a move and a merge are of two clients */

static ngx_uint_t
ngx_polycard_batch_meets(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_batch_slot_t *other)
{
    if (ngx_polycard_office_of_client(&slot->act)
        != ngx_polycard_office_of_client(&other->act))
    {
        return 0;
    }

    return ngx_polycard_batch_is_of(slot, &other->act.id)
           || ngx_polycard_batch_is_of(slot, &other->second);
}


static ngx_uint_t
ngx_polycard_batch_is_of(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_str_t *id)
{
    return id->len && (ngx_polycard_str_is(&slot->act.id, id)
                       || ngx_polycard_str_is(&slot->second, id));
}
