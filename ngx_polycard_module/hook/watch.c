
#include "hook/broken.h"
#include "hook/canary.h"
#include "hook/sweep.h"
#include "hook/watch.h"
#include "core/changes.h"
#include "redis/durability.h"


/* records in one call of "capture", so that it takes less than 1 ms */
#define NGX_POLYCARD_WATCH_BATCH   8

/* ms between checks whether Redis keeps its data */
#define NGX_POLYCARD_WATCH_SURVEY  60000


struct ngx_polycard_watch_s {
    ngx_polycard_market_t        *market;
    ngx_polycard_emitter_t       *emitter;
    ngx_polycard_watch_pt         wake;
    ngx_polycard_watch_pt         fenced;

    ngx_polycard_sweep_t          sweep;
    ngx_polycard_canary_t         canary;
    ngx_polycard_broken_t         broken;
    ngx_polycard_subscriber_t    *subscriber;

    ngx_polycard_changes_t        changes;
    ngx_polycard_change_t         taken[NGX_POLYCARD_WATCH_BATCH];
    ngx_uint_t                    ntaken;
    ngx_polycard_store_call_t     capture;

    ngx_event_t                   timer;          /* of the survey */
    ngx_polycard_store_call_t     survey;

    unsigned                      started:1;
};


static void ngx_polycard_watch_ready(void *data);
static void ngx_polycard_watch_lost(void *data);
static void ngx_polycard_watch_event(void *data, const ngx_str_t *key,
    const ngx_str_t *event);
static ngx_uint_t ngx_polycard_watch_match(const ngx_str_t *key,
    const char *prefix, ngx_polycard_str_t *id);
static void ngx_polycard_watch_capture(ngx_polycard_watch_t *watch);
static void ngx_polycard_watch_captured(ngx_polycard_store_call_t *call);
static void ngx_polycard_watch_found(void *data);
static void ngx_polycard_watch_fenced(void *data);
static void ngx_polycard_watch_missed(void *data);
static void ngx_polycard_watch_timer_handler(ngx_event_t *ev);
static void ngx_polycard_watch_survey(ngx_polycard_watch_t *watch);
static void ngx_polycard_watch_surveyed(ngx_polycard_store_call_t *call);


static const ngx_polycard_subscriber_handlers_t
    ngx_polycard_watch_handlers =
{
    ngx_polycard_watch_ready,
    ngx_polycard_watch_lost,
    ngx_polycard_watch_event
};


ngx_polycard_watch_t *
ngx_polycard_watch_create(ngx_polycard_market_t *market,
    ngx_polycard_emitter_t *emitter, ngx_polycard_watch_pt wake,
    ngx_polycard_watch_pt fenced)
{
    ngx_polycard_watch_t  *watch;

    watch = ngx_pcalloc(ngx_cycle->pool, sizeof(ngx_polycard_watch_t));
    if (watch == NULL) {
        return NULL;
    }

    watch->market = market;
    watch->emitter = emitter;
    watch->wake = wake;
    watch->fenced = fenced;

    watch->subscriber = ngx_polycard_subscriber_create(market,
                                        &ngx_polycard_watch_handlers, watch);
    if (watch->subscriber == NULL) {
        return NULL;
    }

    watch->sweep.market = market;
    watch->sweep.found = ngx_polycard_watch_found;
    watch->sweep.fenced = ngx_polycard_watch_fenced;
    watch->sweep.data = watch;

    watch->broken.market = market;
    watch->broken.mended = ngx_polycard_watch_found;
    watch->broken.fenced = ngx_polycard_watch_fenced;
    watch->broken.data = watch;

    watch->canary.market = market;
    watch->canary.subscriber = watch->subscriber;
    watch->canary.missed = ngx_polycard_watch_missed;
    watch->canary.data = watch;

    watch->capture.market = market;
    watch->capture.handler = ngx_polycard_watch_captured;
    watch->capture.data = watch;
    watch->capture.background = 1;

    watch->survey.market = market;
    watch->survey.handler = ngx_polycard_watch_surveyed;
    watch->survey.data = watch;
    watch->survey.background = 1;

    watch->timer.handler = ngx_polycard_watch_timer_handler;
    watch->timer.data = watch;
    watch->timer.log = ngx_cycle->log;
    watch->timer.cancelable = 1;

    return watch;
}


void
ngx_polycard_watch_start(ngx_polycard_watch_t *watch, int64_t fence,
    unsigned awaited)
{
    watch->started = 1;

    ngx_polycard_watch_survey(watch);
    ngx_polycard_subscriber_start(watch->subscriber);
    ngx_polycard_sweep_start(&watch->sweep, fence, awaited);
    ngx_polycard_canary_start(&watch->canary);
    ngx_polycard_broken_start(&watch->broken, fence);

    ngx_add_timer(&watch->timer, NGX_POLYCARD_WATCH_SURVEY);
}


void
ngx_polycard_watch_stop(ngx_polycard_watch_t *watch)
{
    if (!watch->started) {
        return;
    }

    watch->started = 0;
    watch->ntaken = 0;

    ngx_polycard_subscriber_stop(watch->subscriber);
    ngx_polycard_sweep_stop(&watch->sweep);
    ngx_polycard_canary_stop(&watch->canary);
    ngx_polycard_broken_stop(&watch->broken);

    ngx_polycard_store_cancel(&watch->capture);
    ngx_polycard_store_cancel(&watch->survey);

    ngx_memzero(&watch->changes, sizeof(ngx_polycard_changes_t));

    if (watch->timer.timer_set) {
        ngx_del_timer(&watch->timer);
    }
}


/* the sweep finds earlier changes */

static void
ngx_polycard_watch_ready(void *data)
{
    ngx_polycard_watch_t *watch = data;

    ngx_polycard_watch_survey(watch);
    ngx_polycard_sweep_hurry(&watch->sweep);
    ngx_polycard_canary_ready(&watch->canary);
}


static void
ngx_polycard_watch_lost(void *data)
{
    ngx_polycard_watch_t *watch = data;

    ngx_polycard_canary_lost(&watch->canary);
}


static void
ngx_polycard_watch_event(void *data, const ngx_str_t *key,
    const ngx_str_t *event)
{
    ngx_polycard_watch_t *watch = data;

    int                 rc;
    ngx_polycard_str_t  id;

    rc = NGX_POLYCARD_OK;

    if (ngx_polycard_watch_match(key, "client:", &id)) {
        rc = ngx_polycard_changes_add(&watch->changes,
                                      NGX_POLYCARD_CHANGES_CLIENT, &id);

    } else if (ngx_polycard_watch_match(key, "group:", &id)) {
        rc = ngx_polycard_changes_add(&watch->changes,
                                      NGX_POLYCARD_CHANGES_GROUP, &id);

    } else if (ngx_polycard_watch_match(key, NGX_POLYCARD_CANARY, &id)) {
        ngx_polycard_canary_heard(&watch->canary);
        return;
    }

    if (rc != NGX_POLYCARD_OK) {
        ngx_polycard_sweep_hurry(&watch->sweep);
    }

    ngx_polycard_watch_capture(watch);
}


/* the part after the prefix; nothing follows a complete name */

static ngx_uint_t
ngx_polycard_watch_match(const ngx_str_t *key, const char *prefix,
    ngx_polycard_str_t *id)
{
    size_t  len;

    len = ngx_strlen(prefix);

    if (key->len < len || ngx_strncmp(key->data, prefix, len) != 0) {
        return 0;
    }

    id->data = key->data + len;
    id->len = key->len - len;

    return 1;
}


static void
ngx_polycard_watch_capture(ngx_polycard_watch_t *watch)
{
    ngx_str_t               argument[NGX_POLYCARD_WATCH_BATCH];
    ngx_uint_t              i;
    ngx_polycard_change_t  *change;

    if (watch->ntaken || !watch->started) {
        return;
    }

    watch->ntaken = ngx_polycard_changes_take(&watch->changes, watch->taken,
                                              NGX_POLYCARD_WATCH_BATCH);
    if (watch->ntaken == 0) {
        return;
    }

    for (i = 0; i < watch->ntaken; i++) {
        change = &watch->taken[i];

        argument[i].data = change->id;
        argument[i].len = change->len;
    }

    if (ngx_polycard_store_function(&watch->capture,
                watch->taken[0].kind == NGX_POLYCARD_CHANGES_CLIENT
                    ? "capture" : "capture_group",
                argument, watch->ntaken)
        != NGX_OK)
    {
        /* Redis is away: the sweep will find them when it is back */

        watch->ntaken = 0;
        ngx_polycard_sweep_hurry(&watch->sweep);
        return;
    }

    /* the hooks are read on the same connection, right after this call */
    watch->wake(watch->emitter);
}


static void
ngx_polycard_watch_captured(ngx_polycard_store_call_t *call)
{
    ngx_polycard_watch_t  *watch;

    watch = call->data;
    watch->ntaken = 0;

    /* those that cannot be captured are in the list of hook/broken.c */

    if (call->status != NGX_OK
        && call->status != NGX_POLYCARD_STORE_REJECTED)
    {
        ngx_polycard_sweep_hurry(&watch->sweep);
    }

    ngx_polycard_watch_capture(watch);
}


static void
ngx_polycard_watch_found(void *data)
{
    ngx_polycard_watch_t *watch = data;

    watch->wake(watch->emitter);
}


static void
ngx_polycard_watch_fenced(void *data)
{
    ngx_polycard_watch_t *watch = data;

    watch->fenced(watch->emitter);
}


static void
ngx_polycard_watch_missed(void *data)
{
    ngx_polycard_watch_t *watch = data;

    ngx_polycard_sweep_hurry(&watch->sweep);
}


/* a weak set-up may begin at any time, by CONFIG SET or by another server */

static void
ngx_polycard_watch_timer_handler(ngx_event_t *ev)
{
    ngx_polycard_watch_survey(ev->data);

    ngx_add_timer(ev, NGX_POLYCARD_WATCH_SURVEY);
}


static void
ngx_polycard_watch_survey(ngx_polycard_watch_t *watch)
{
    if (watch->survey.op == NULL) {
        (void) ngx_polycard_durability_check(&watch->survey);
    }
}


static void
ngx_polycard_watch_surveyed(ngx_polycard_store_call_t *call)
{
    /* the check itself logs the result */
}
