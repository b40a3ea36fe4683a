
/* Sending hooks: requests, and what their results mean. */


#include "hook/emitter_internal.h"
#include "counters/count.h"


/* requests begun in one turn of the event loop: each may need a connection of
 * its own, and a handshake takes up to 1 ms */
#define NGX_POLYCARD_EMITTER_SENDS   8


static void ngx_polycard_emitter_landed(ngx_polycard_delivery_t *d);
static void ngx_polycard_emitter_result(ngx_polycard_emitter_t *emitter,
    const ngx_polycard_record_t *record,
    const ngx_polycard_verdict_answer_t *answer,
    ngx_polycard_verdict_e verdict);
static void ngx_polycard_emitter_remember(ngx_polycard_emitter_t *emitter,
    ngx_polycard_record_t *record);


void
ngx_polycard_emitter_send(ngx_polycard_emitter_t *emitter)
{
    size_t                                 slot;
    ngx_polycard_record_t                 *record;
    const ngx_polycard_dispatch_record_t  *r;

    emitter->busy = 0;

    while (!emitter->busy) {

        if (emitter->sent == NGX_POLYCARD_EMITTER_SENDS) {

            if (!emitter->turn.posted) {
                ngx_post_event(&emitter->turn, &ngx_posted_next_events);
            }

            return;
        }

        r = ngx_polycard_dispatch_send(emitter->dispatch, ngx_current_msec,
                                       &slot);
        if (r == NULL) {
            return;
        }

        record = r->data;

        emitter->sent++;

        record->slot = slot;
        record->flying = 1;
        record->delivery.attempt = r->attempts + 1;
        record->delivery.fresh = (ngx_polycard_emitter_seeks(emitter) != 0);
        record->delivery.handler = ngx_polycard_emitter_landed;

        if (ngx_polycard_hook_request_start(&record->delivery) != NGX_OK) {

            /* no connection is free: again soon */

            emitter->busy = 1;
            record->flying = 0;

            ngx_polycard_dispatch_unsent(emitter->dispatch, ngx_current_msec,
                                         slot);
        }
    }
}


static void
ngx_polycard_emitter_landed(ngx_polycard_delivery_t *d)
{
    ngx_polycard_record_t          *record;
    ngx_polycard_verdict_e          verdict;
    ngx_polycard_emitter_t         *emitter;
    ngx_polycard_verdict_answer_t   answer;

    record = d->owner;
    emitter = d->market->worker->emitter;

    /* aborted by our own exit: the next holder sends it again */

    if (d->error == NGX_POLYCARD_DELIVERY_UNKNOWN) {
        ngx_polycard_counts_hook(d->market, &d->object, &d->action,
                                 NGX_POLYCARD_ATTEMPT_ABORTED, d->time);
        ngx_polycard_dispatch_unsent(emitter->dispatch, ngx_current_msec,
                                     record->slot);
        ngx_polycard_record_landed(record);
        return;
    }

    answer.error = (ngx_polycard_verdict_error_e) d->error;
    answer.status = (int) d->status;
    answer.body = ngx_polycard_str(&d->body);
    answer.complete = d->complete;

    verdict = ngx_polycard_verdict(&answer);

    ngx_polycard_counts_hook(d->market, &d->object, &d->action,
                             (ngx_polycard_attempt_e) verdict, d->time);

    if (verdict != NGX_POLYCARD_VERDICT_ACCEPTED) {
        ngx_polycard_record_refused(record, &answer, verdict);

        emitter->reason_len = ngx_polycard_verdict_reason(emitter->reason,
                                                          &answer, verdict)
                              - emitter->reason;
    }

    emitter->judged |= (verdict != NGX_POLYCARD_VERDICT_OUTAGE);

    /* also if it is unknown whether it has arrived */

    if (verdict != NGX_POLYCARD_VERDICT_REFUSED) {
        ngx_polycard_emitter_remember(emitter, record);
    }

    ngx_polycard_emitter_result(emitter, record, &answer, verdict);
    ngx_polycard_record_landed(record);

    ngx_polycard_emitter_pump(emitter);
}


static void
ngx_polycard_emitter_result(ngx_polycard_emitter_t *emitter,
    const ngx_polycard_record_t *record,
    const ngx_polycard_verdict_answer_t *answer,
    ngx_polycard_verdict_e verdict)
{
    int64_t             retry_after;
    const ngx_str_t    *header;
    ngx_polycard_str_t  value;

    if (ngx_polycard_verdict_unreached(answer)) {
        ngx_polycard_dispatch_unreached(emitter->dispatch, ngx_current_msec,
                                        record->slot);
        return;
    }

    header = &record->delivery.retry_after;
    retry_after = 0;

    if (header->len) {
        value = ngx_polycard_str(header);
        retry_after = ngx_polycard_verdict_retry_after(&value, ngx_time());
    }

    ngx_polycard_dispatch_result(emitter->dispatch, ngx_current_msec,
                                 record->slot, verdict, retry_after);
}


/* a deleted bonus does not delete the record */

static void
ngx_polycard_emitter_remember(ngx_polycard_emitter_t *emitter,
    ngx_polycard_record_t *record)
{
    unsigned                  deleted;
    ngx_polycard_delivery_t  *d;

    d = &record->delivery;

    deleted = (d->action.len == 7
               && ngx_strncmp(d->action.data, "deleted", 7) == 0
               && ngx_strncmp(d->object.data, "bonus", 5) != 0);

    ngx_polycard_told_add(&emitter->told, record->epoch, &d->key,
                          &record->card, deleted);
}
