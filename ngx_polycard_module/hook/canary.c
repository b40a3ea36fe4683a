
#include "hook/canary.h"
#include "redis/connections.h"
#include "redis/notifications.h"


/* how often it is sent, and how long it may take to come back */
#define NGX_POLYCARD_CANARY_TIME  5000


static void ngx_polycard_canary_timer_handler(ngx_event_t *ev);
static void ngx_polycard_canary_unheard(ngx_polycard_canary_t *canary);
static void ngx_polycard_canary_log_deaf(ngx_polycard_canary_t *canary);
static void ngx_polycard_canary_notify(ngx_polycard_canary_t *canary);
static void ngx_polycard_canary_notified(ngx_polycard_store_call_t *call);
static void ngx_polycard_canary_sing(ngx_polycard_canary_t *canary);
static void ngx_polycard_canary_sung(ngx_polycard_store_call_t *call);


void
ngx_polycard_canary_start(ngx_polycard_canary_t *canary)
{
    canary->ready = 0;
    canary->sung = 0;

    canary->notifications.market = canary->market;
    canary->notifications.handler = ngx_polycard_canary_notified;
    canary->notifications.data = canary;
    canary->notifications.background = 1;

    canary->song.market = canary->market;
    canary->song.handler = ngx_polycard_canary_sung;
    canary->song.data = canary;
    canary->song.background = 1;

    canary->timer.handler = ngx_polycard_canary_timer_handler;
    canary->timer.data = canary;
    canary->timer.log = ngx_cycle->log;
    canary->timer.cancelable = 1;

    ngx_polycard_set_timer(&canary->timer, NGX_POLYCARD_CANARY_TIME);
}


void
ngx_polycard_canary_stop(ngx_polycard_canary_t *canary)
{
    ngx_polycard_store_cancel(&canary->notifications);
    ngx_polycard_store_cancel(&canary->song);

    if (canary->timer.timer_set) {
        ngx_del_timer(&canary->timer);
    }
}


void
ngx_polycard_canary_ready(ngx_polycard_canary_t *canary)
{
    canary->ready = 1;
    canary->sung = 0;

    /* a Redis that was restarted may have forgotten the classes */
    canary->asked = 0;

    /* a wrong set-up is logged soon after the start */
    ngx_polycard_set_timer(&canary->timer, 1);
}


void
ngx_polycard_canary_lost(ngx_polycard_canary_t *canary)
{
    canary->ready = 0;
}


void
ngx_polycard_canary_heard(ngx_polycard_canary_t *canary)
{
    canary->sung = 0;
    canary->heard = (int64_t) ngx_time() * 1000;

    if (canary->deaf) {
        canary->deaf = 0;
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "keyspace events of polycard market \"%V\" arrive "
                      "again", &canary->market->name);
    }
}


static void
ngx_polycard_canary_timer_handler(ngx_event_t *ev)
{
    ngx_polycard_canary_t  *canary;

    canary = ev->data;

    /* one that Redis has not written yet means nothing */

    if (canary->ready && canary->sung && canary->song.op == NULL) {
        ngx_polycard_canary_unheard(canary);
    }

    if (canary->ready && !canary->asked) {
        ngx_polycard_canary_notify(canary);

    } else {
        ngx_polycard_canary_sing(canary);
    }

    ngx_polycard_set_timer(&canary->timer, NGX_POLYCARD_CANARY_TIME);
}


static void
ngx_polycard_canary_unheard(ngx_polycard_canary_t *canary)
{
    unsigned  first;

    first = !canary->deaf;
    canary->deaf = 1;

    if (first) {
        ngx_polycard_canary_log_deaf(canary);
    }

    canary->missed(canary->data);

    /* the connection may be dead unnoticed; CONFIG is tried again, too */

    if (first || !canary->denied) {
        ngx_polycard_subscriber_reconnect(canary->subscriber);
    }
}


static void
ngx_polycard_canary_log_deaf(ngx_polycard_canary_t *canary)
{
    if (canary->denied) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "keyspace events of polycard market \"%V\" do not "
                      "arrive: changes are found by the sweep alone, see that "
                      "notify-keyspace-events of redis \"%V\" holds "
                      "\"" NGX_POLYCARD_NOTIFICATIONS "\"",
                      &canary->market->name,
                      ngx_polycard_redis_name(canary->market));

    } else {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "keyspace events of polycard market \"%V\" do not "
                      "arrive: changes are found by the sweep alone",
                      &canary->market->name);
    }
}


static void
ngx_polycard_canary_notify(ngx_polycard_canary_t *canary)
{
    if (canary->notifications.op == NULL
        && ngx_polycard_notifications_ensure(&canary->notifications) == NGX_OK)
    {
        canary->asked = 1;
    }
}


/* events of changes until now may be lost, like that of the canary */

static void
ngx_polycard_canary_notified(ngx_polycard_store_call_t *call)
{
    ngx_polycard_canary_t  *canary;

    canary = call->data;

    canary->denied = (call->status == NGX_DECLINED);

    canary->missed(canary->data);

    ngx_polycard_set_timer(&canary->timer, NGX_POLYCARD_CANARY_TIME);
    ngx_polycard_canary_sing(canary);
}


static void
ngx_polycard_canary_sing(ngx_polycard_canary_t *canary)
{
    if (canary->song.op == NULL
        && ngx_polycard_store_canary(&canary->song, canary->heard) == NGX_OK)
    {
        canary->sung = canary->ready;
    }
}


static void
ngx_polycard_canary_sung(ngx_polycard_store_call_t *call)
{
    ngx_polycard_canary_t  *canary;

    canary = call->data;

    if (call->status != NGX_OK) {

        /* it was not written, so it has no event */
        canary->sung = 0;
    }
}
