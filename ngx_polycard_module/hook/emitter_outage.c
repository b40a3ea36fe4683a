
/*
 * What the gateway does not accept: an outage, with a line in the log and a
 * note in Redis, and single hooks.
 */


#include "hook/emitter_internal.h"


/* ms of an outage until its probes look up the gateway again */
#define NGX_POLYCARD_EMITTER_SEEK   60000

/* ms between two lines about dead letters */
#define NGX_POLYCARD_EMITTER_ASIDE  60000


static void ngx_polycard_emitter_log_outage(ngx_polycard_emitter_t *emitter);
static void ngx_polycard_emitter_note(ngx_polycard_emitter_t *emitter,
    unsigned outage);
static void ngx_polycard_emitter_noted(ngx_polycard_store_call_t *call);


void
ngx_polycard_emitter_outage(ngx_polycard_emitter_t *emitter)
{
    unsigned                        outage;
    ngx_polycard_dispatch_state_t   state;

    ngx_polycard_dispatch_state(emitter->dispatch, &state);

    outage = (state.failures > 0);

    if (outage != emitter->outage) {
        emitter->outage = (outage != 0);
        emitter->began = ngx_current_msec;
        ngx_polycard_emitter_log_outage(emitter);
    }

    /* one noted by an earlier holder is over when an answer shows it */

    if ((ngx_int_t) outage != emitter->noted && (outage || emitter->judged)) {
        ngx_polycard_emitter_note(emitter, outage);
    }
}


void
ngx_polycard_emitter_outage_tick(ngx_polycard_emitter_t *emitter)
{
    if (emitter->outage && emitter->lease.fence && emitter->noted == 1) {
        ngx_polycard_emitter_note(emitter, 1);
    }
}


unsigned
ngx_polycard_emitter_seeks(ngx_polycard_emitter_t *emitter)
{
    return emitter->outage
           && ngx_current_msec - emitter->began >= NGX_POLYCARD_EMITTER_SEEK;
}


/* one line when it begins and one when it is over */

static void
ngx_polycard_emitter_log_outage(ngx_polycard_emitter_t *emitter)
{
    emitter->ended = !emitter->outage;

    if (emitter->outage) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "the gateway of polycard market \"%V\" takes no hooks, "
                      "they wait: %*s", &emitter->market->name,
                      emitter->reason_len, emitter->reason);

    } else {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "the gateway of polycard market \"%V\" takes hooks "
                      "again", &emitter->market->name);
    }
}


static void
ngx_polycard_emitter_note(ngx_polycard_emitter_t *emitter, unsigned outage)
{
    u_char                          fence[NGX_INT64_LEN];
    u_char                          wait[NGX_INT64_LEN];
    ngx_str_t                       argument[4];
    ngx_uint_t                      n;
    ngx_polycard_store_call_t      *note;
    ngx_polycard_dispatch_state_t   state;

    note = &emitter->note;

    if (note->op) {
        return;
    }

    note->market = emitter->market;
    note->handler = ngx_polycard_emitter_noted;
    note->data = emitter;
    note->background = 1;

    argument[0].data = fence;
    argument[0].len = ngx_sprintf(fence, "%L", emitter->lease.fence) - fence;

    argument[1].data = (u_char *) (outage ? "1" : "0");
    argument[1].len = 1;

    n = 2;

    if (outage && emitter->reason_len) {
        ngx_polycard_dispatch_state(emitter->dispatch, &state);

        argument[2].data = emitter->reason;
        argument[2].len = emitter->reason_len;

        argument[3].data = wait;
        argument[3].len = ngx_sprintf(wait, "%L",
                                ngx_max(state.probe
                                        - (int64_t) ngx_current_msec, 0))
                          - wait;
        n = 4;
    }

    emitter->noting = (outage != 0);

    /* declined: again when the next thing happens */
    (void) ngx_polycard_store_function(note, "outage", argument, n);
}


static void
ngx_polycard_emitter_noted(ngx_polycard_store_call_t *call)
{
    ngx_polycard_emitter_t  *emitter;

    emitter = call->data;

    if (call->status != NGX_OK) {
        return;
    }

    emitter->noted = emitter->noting;

    /* one that began with an earlier holder: this one's own was logged */

    if (ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 2))
        && !emitter->outage && !emitter->ended)
    {
        ngx_polycard_emitter_log_outage(emitter);
    }

    if (ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 1))) {
        ngx_polycard_dispatch_probe(emitter->dispatch, ngx_current_msec);
        ngx_polycard_emitter_pump(emitter);
    }
}


void
ngx_polycard_emitter_aside(ngx_polycard_emitter_t *emitter,
    ngx_polycard_record_t *record)
{
    if (emitter->aside
        && ngx_current_msec - emitter->aside < NGX_POLYCARD_EMITTER_ASIDE)
    {
        return;
    }

    emitter->aside = ngx_max(ngx_current_msec, 1);

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "a hook of polycard market \"%V\" is set aside, hook %V was "
                  "refused too often: %V", &emitter->market->name,
                  &record->delivery.id, &record->reason);
}
