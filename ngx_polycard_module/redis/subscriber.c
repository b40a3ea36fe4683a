
#include "redis/backoff.h"
#include "redis/connection.h"
#include "redis/discovery.h"
#include "redis/error.h"
#include "redis/link.h"
#include "redis/subscriber.h"
#include "redis/subscription.h"


/* ms between checks where the market's other connection leads */
#define NGX_POLYCARD_SUBSCRIBER_GUARD  500


struct ngx_polycard_subscriber_s {
    ngx_polycard_market_t       *market;
    ngx_polycard_redis_conf_t   *conf;

    const ngx_polycard_subscriber_handlers_t  *handlers;
    void                        *data;

    ngx_polycard_subscription_t  subscription;
    ngx_polycard_discovery_t     discovery;
    ngx_polycard_link_t          link;
    ngx_uint_t                   confirmations;  /* to come */

    ngx_event_t                  timer;       /* connecting, backing off */
    ngx_event_t                  guard;       /* ready */
    ngx_polycard_backoff_t       backoff;

    ngx_uint_t                   down;        /* see error.h; 0: it is not */

    unsigned                     started:1;
    unsigned                     connecting:1;
    unsigned                     ready:1;
};


static void ngx_polycard_subscriber_cleanup(void *data);
static void ngx_polycard_subscriber_timer_handler(ngx_event_t *ev);
static void ngx_polycard_subscriber_guard_handler(ngx_event_t *ev);
static void ngx_polycard_subscriber_connect(void *data,
    struct sockaddr *sockaddr, socklen_t socklen, const char *reason);
static const char *ngx_polycard_subscriber_reply(void *data,
    const redisReply *reply);
static void ngx_polycard_subscriber_ready(
    ngx_polycard_subscriber_t *subscriber);
static void ngx_polycard_subscriber_ended(void *data, const char *reason);
static void ngx_polycard_subscriber_end(ngx_polycard_subscriber_t *subscriber,
    unsigned again);
static void ngx_polycard_subscriber_log(ngx_polycard_subscriber_t *subscriber,
    const char *reason);
static void ngx_polycard_subscriber_close(
    ngx_polycard_subscriber_t *subscriber);


ngx_polycard_subscriber_t *
ngx_polycard_subscriber_create(ngx_polycard_market_t *market,
    const ngx_polycard_subscriber_handlers_t *handlers, void *data)
{
    ngx_pool_cleanup_t         *cln;
    ngx_polycard_subscriber_t  *subscriber;

    cln = ngx_pool_cleanup_add(ngx_cycle->pool,
                               sizeof(ngx_polycard_subscriber_t));
    if (cln == NULL) {
        return NULL;
    }

    subscriber = cln->data;
    ngx_memzero(subscriber, sizeof(ngx_polycard_subscriber_t));

    cln->handler = ngx_polycard_subscriber_cleanup;

    subscriber->market = market;
    subscriber->conf = &market->redis_conf;
    subscriber->handlers = handlers;
    subscriber->data = data;

    subscriber->timer.handler = ngx_polycard_subscriber_timer_handler;
    subscriber->timer.data = subscriber;
    subscriber->timer.log = ngx_cycle->log;
    subscriber->timer.cancelable = 1;

    subscriber->guard.handler = ngx_polycard_subscriber_guard_handler;
    subscriber->guard.data = subscriber;
    subscriber->guard.log = ngx_cycle->log;
    subscriber->guard.cancelable = 1;

    subscriber->link.conf = subscriber->conf;
    subscriber->link.command = &subscriber->subscription.command;
    subscriber->link.reply = ngx_polycard_subscriber_reply;
    subscriber->link.ended = ngx_polycard_subscriber_ended;
    subscriber->link.data = subscriber;

    if (ngx_polycard_subscription_init(&subscriber->subscription,
                                       ngx_cycle->pool, market)
        != NGX_OK
        || ngx_polycard_discovery_init(&subscriber->discovery,
                                       subscriber->conf,
                                       ngx_polycard_subscriber_connect,
                                       subscriber)
           != NGX_OK)
    {
        return NULL;
    }

    return subscriber;
}


static void
ngx_polycard_subscriber_cleanup(void *data)
{
    ngx_polycard_subscriber_t *subscriber = data;

    ngx_polycard_subscriber_stop(subscriber);
    ngx_polycard_link_free(&subscriber->link);
    ngx_polycard_discovery_free(&subscriber->discovery);
}


void
ngx_polycard_subscriber_start(ngx_polycard_subscriber_t *subscriber)
{
    if (subscriber->started) {
        return;
    }

    subscriber->started = 1;
    subscriber->down = 0;

    ngx_memzero(&subscriber->backoff, sizeof(ngx_polycard_backoff_t));

    ngx_polycard_set_timer(&subscriber->timer, 1);
}


void
ngx_polycard_subscriber_stop(ngx_polycard_subscriber_t *subscriber)
{
    subscriber->started = 0;

    ngx_polycard_subscriber_close(subscriber);
}


void
ngx_polycard_subscriber_reconnect(ngx_polycard_subscriber_t *subscriber)
{
    if (subscriber->ready) {
        ngx_polycard_subscriber_end(subscriber, 1);
    }
}


static void
ngx_polycard_subscriber_timer_handler(ngx_event_t *ev)
{
    const char                 *reason;
    ngx_polycard_subscriber_t  *subscriber;

    subscriber = ev->data;

    if (subscriber->connecting) {
        reason = ngx_polycard_discovery_late(&subscriber->discovery);

        if (reason == NULL) {
            reason = ngx_polycard_channel_late(&subscriber->link.channel);
        }

        ngx_polycard_subscriber_ended(subscriber, reason);
        return;
    }

    if (ngx_exiting) {

        /* another worker takes over */
        return;
    }

    subscriber->connecting = 1;
    subscriber->confirmations = NGX_POLYCARD_SUBSCRIPTIONS;

    ngx_polycard_set_timer(&subscriber->timer,
                           subscriber->conf->connect_timeout);
    ngx_polycard_discovery_start(&subscriber->discovery);
}


static void
ngx_polycard_subscriber_connect(void *data, struct sockaddr *sockaddr,
    socklen_t socklen, const char *reason)
{
    ngx_polycard_subscriber_t *subscriber = data;

    if (sockaddr == NULL) {
        ngx_polycard_subscriber_ended(subscriber, reason);
        return;
    }

    ngx_polycard_link_open(&subscriber->link, sockaddr, socklen,
                           subscriber->discovery.host);
}


/* a demoted master goes on sending its own events, or none */

static void
ngx_polycard_subscriber_guard_handler(ngx_event_t *ev)
{
    ngx_polycard_redis_t       *redis;
    ngx_polycard_subscriber_t  *subscriber;

    subscriber = ev->data;
    redis = subscriber->market->worker->redis[NGX_POLYCARD_REDIS_WRITES];

    if (redis && redis->state == NGX_POLYCARD_REDIS_READY
        && ngx_polycard_role_differs(&redis->server, &subscriber->link.server))
    {
        ngx_polycard_subscriber_reconnect(subscriber);

    } else {
        ngx_add_timer(ev, NGX_POLYCARD_SUBSCRIBER_GUARD);
    }
}


static const char *
ngx_polycard_subscriber_reply(void *data, const redisReply *reply)
{
    ngx_polycard_subscriber_t *subscriber = data;

    ngx_str_t             key, event;
    ngx_polycard_heard_e  heard;

    heard = ngx_polycard_subscription_hear(&subscriber->subscription, reply,
                                           &key, &event);

    if (heard == NGX_POLYCARD_HEARD_NONSENSE
        || (heard == NGX_POLYCARD_HEARD_CONFIRMATION
            && subscriber->confirmations == 0))
    {
        return (reply->type == REDIS_REPLY_ERROR) ? reply->str
                                                  : "a reply of a wrong type";
    }

    if (heard == NGX_POLYCARD_HEARD_CONFIRMATION) {
        if (--subscriber->confirmations == 0) {
            ngx_polycard_subscriber_ready(subscriber);
        }

    } else if (heard == NGX_POLYCARD_HEARD_EVENT && subscriber->ready) {
        subscriber->handlers->event(subscriber->data, &key, &event);
    }

    return NULL;
}


static void
ngx_polycard_subscriber_ready(ngx_polycard_subscriber_t *subscriber)
{
    ngx_del_timer(&subscriber->timer);

    subscriber->connecting = 0;
    subscriber->ready = 1;

    ngx_polycard_backoff_ready(&subscriber->backoff);
    ngx_polycard_discovery_ready(&subscriber->discovery);
    ngx_polycard_set_timer(&subscriber->guard, NGX_POLYCARD_SUBSCRIBER_GUARD);

    if (subscriber->down) {
        subscriber->down = 0;
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "redis \"%V\" of polycard market \"%V\" sends "
                      "keyspace events again", subscriber->discovery.name,
                      &subscriber->market->name);
    }

    subscriber->handlers->ready(subscriber->data);
}


/* ends the connection, or the attempt to open one: the next one follows */

static void
ngx_polycard_subscriber_ended(void *data, const char *reason)
{
    ngx_polycard_subscriber_t *subscriber = data;

    if (reason && subscriber->connecting) {

        if (ngx_polycard_discovery_follow(&subscriber->discovery, reason)
            == NGX_OK)
        {
            ngx_polycard_subscriber_end(subscriber, 1);
            return;
        }

        ngx_polycard_discovery_failed(&subscriber->discovery);
    }

    if (reason) {
        ngx_polycard_subscriber_log(subscriber, reason);
    }

    ngx_polycard_subscriber_end(subscriber, reason != NULL);
}


static void
ngx_polycard_subscriber_end(ngx_polycard_subscriber_t *subscriber,
    unsigned again)
{
    ngx_msec_t  delay;
    ngx_uint_t  ready;

    ready = subscriber->ready;

    ngx_polycard_subscriber_close(subscriber);

    if (again) {
        delay = ready ? ngx_polycard_backoff_lost(&subscriber->backoff)
                      : ngx_polycard_backoff_failed(&subscriber->backoff);

        ngx_polycard_set_timer(&subscriber->timer, ngx_max(delay, 1));
    }

    if (ready) {
        subscriber->handlers->lost(subscriber->data);
    }
}


/* one line when it is lost, later attempts at "info" */

static void
ngx_polycard_subscriber_log(ngx_polycard_subscriber_t *subscriber,
    const char *reason)
{
    u_char     *last;
    u_char      text[NGX_POLYCARD_REASON_LEN + NGX_POLYCARD_RIGHTS_LEN + 1];
    ngx_uint_t  level;

    ngx_polycard_error_reason(text, reason);

    last = ngx_polycard_error_rights(text + ngx_strlen(text),
                                     subscriber->market, reason);
    *last = '\0';

    level = ngx_polycard_error_level(&subscriber->down, reason);

    ngx_log_error(level, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" sends no "
                  "keyspace events: %s", subscriber->discovery.name,
                  &subscriber->market->name, text);
}


static void
ngx_polycard_subscriber_close(ngx_polycard_subscriber_t *subscriber)
{
    subscriber->connecting = 0;
    subscriber->ready = 0;

    if (subscriber->timer.timer_set) {
        ngx_del_timer(&subscriber->timer);
    }

    if (subscriber->guard.timer_set) {
        ngx_del_timer(&subscriber->guard);
    }

    ngx_polycard_discovery_cancel(&subscriber->discovery);
    ngx_polycard_link_close(&subscriber->link);
}
