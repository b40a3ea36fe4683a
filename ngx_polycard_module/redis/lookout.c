
#include "redis/dial.h"
#include "redis/lookout.h"


/* ms between two questions without a hint, and between two attempts to
 * subscribe to one of them */
#define NGX_POLYCARD_LOOKOUT_ASK    10000
#define NGX_POLYCARD_LOOKOUT_AGAIN  1000

/* ms until a question, when one of them has been subscribed to */
#define NGX_POLYCARD_LOOKOUT_SOON   200


typedef struct {
    ngx_polycard_lookout_t        *lookout;
    ngx_polycard_dial_t          dial;
    ngx_event_t                  timer;
    unsigned                     connecting:1;
} ngx_polycard_listener_t;


struct ngx_polycard_lookout_s {
    ngx_polycard_sentinels_t    *sentinels;
    ngx_polycard_lookout_pt        handler;
    void                        *data;

    ngx_polycard_listener_t     *listeners;   /* to all Sentinels */
    ngx_polycard_ask_t          *ask;
    ngx_event_t                  timer;
};


static ngx_int_t ngx_polycard_lookout_create(
    ngx_polycard_lookout_t *lookout);
static void ngx_polycard_lookout_cleanup(void *data);
static void ngx_polycard_lookout_timer_handler(ngx_event_t *ev);
static void ngx_polycard_lookout_ask(ngx_polycard_lookout_t *lookout);
static void ngx_polycard_lookout_ask_soon(ngx_polycard_lookout_t *lookout);
static void ngx_polycard_lookout_said(void *data,
    const ngx_polycard_place_said_t *said, const char *reason);
static void ngx_polycard_lookout_listen(ngx_event_t *ev);
static const char *ngx_polycard_lookout_hear(void *data,
    const redisReply *reply);
static ngx_uint_t ngx_polycard_lookout_is_about(
    ngx_polycard_lookout_t *lookout, const redisReply *reply);
static void ngx_polycard_lookout_ended(void *data, const char *reason);


ngx_polycard_lookout_t *
ngx_polycard_lookout_start(ngx_polycard_sentinels_t *sentinels,
    ngx_polycard_lookout_pt handler, void *data)
{
    ngx_uint_t             i;
    ngx_pool_cleanup_t    *cln;
    ngx_polycard_lookout_t  *lookout;

    cln = ngx_pool_cleanup_add(ngx_cycle->pool,
                               sizeof(ngx_polycard_lookout_t));
    if (cln == NULL) {
        return NULL;
    }

    lookout = cln->data;
    ngx_memzero(lookout, sizeof(ngx_polycard_lookout_t));

    lookout->sentinels = sentinels;
    lookout->handler = handler;
    lookout->data = data;

    if (ngx_polycard_lookout_create(lookout) != NGX_OK) {
        return NULL;
    }

    cln->handler = ngx_polycard_lookout_cleanup;

    ngx_add_timer(&lookout->timer, NGX_POLYCARD_LOOKOUT_ASK);

    for (i = 0; i < sentinels->n; i++) {
        ngx_add_timer(&lookout->listeners[i].timer, 1);
    }

    return lookout;
}


static ngx_int_t
ngx_polycard_lookout_create(ngx_polycard_lookout_t *lookout)
{
    ngx_uint_t                i, n;
    ngx_polycard_link_t      *link;
    ngx_polycard_listener_t  *listener;

    n = lookout->sentinels->n;

    lookout->ask = ngx_polycard_ask_create(lookout->sentinels,
                                         ngx_polycard_lookout_said, lookout);

    lookout->listeners = ngx_pcalloc(ngx_cycle->pool,
                                   n * sizeof(ngx_polycard_listener_t));

    if (lookout->ask == NULL || lookout->listeners == NULL) {
        return NGX_ERROR;
    }

    lookout->timer.handler = ngx_polycard_lookout_timer_handler;
    lookout->timer.data = lookout;
    lookout->timer.log = ngx_cycle->log;
    lookout->timer.cancelable = 1;

    for (i = 0; i < n; i++) {
        listener = &lookout->listeners[i];

        listener->lookout = lookout;
        listener->timer.handler = ngx_polycard_lookout_listen;
        listener->timer.data = listener;
        listener->timer.log = ngx_cycle->log;
        listener->timer.cancelable = 1;

        link = &listener->dial.link;

        link->conf = &lookout->sentinels->server[i];
        link->command = &lookout->sentinels->subscription;
        link->reply = ngx_polycard_lookout_hear;
        link->ended = ngx_polycard_lookout_ended;
        link->data = listener;
    }

    return NGX_OK;
}


static void
ngx_polycard_lookout_cleanup(void *data)
{
    ngx_polycard_lookout_t *lookout = data;

    ngx_uint_t  i;

    ngx_polycard_lookout_stop(lookout);

    for (i = 0; i < lookout->sentinels->n; i++) {
        ngx_polycard_dial_free(&lookout->listeners[i].dial);
    }
}


void
ngx_polycard_lookout_stop(ngx_polycard_lookout_t *lookout)
{
    ngx_uint_t                i;
    ngx_polycard_listener_t  *listener;

    if (lookout == NULL) {
        return;
    }

    ngx_polycard_ask_cancel(lookout->ask);

    if (lookout->timer.timer_set) {
        ngx_del_timer(&lookout->timer);
    }

    for (i = 0; i < lookout->sentinels->n; i++) {
        listener = &lookout->listeners[i];

        if (listener->timer.timer_set) {
            ngx_del_timer(&listener->timer);
        }

        ngx_polycard_dial_close(&listener->dial);
    }
}


static void
ngx_polycard_lookout_timer_handler(ngx_event_t *ev)
{
    if (!ngx_exiting) {
        ngx_polycard_lookout_ask(ev->data);
    }
}


/* a pending question may have been answered already */

static void
ngx_polycard_lookout_ask(ngx_polycard_lookout_t *lookout)
{
    ngx_polycard_set_timer(&lookout->timer, NGX_POLYCARD_LOOKOUT_ASK);
    ngx_polycard_ask_start(lookout->ask);
}


/* nobody hears what a Sentinel said before that */

static void
ngx_polycard_lookout_ask_soon(ngx_polycard_lookout_t *lookout)
{
    ngx_msec_int_t  left;

    left = (ngx_msec_int_t) (lookout->timer.timer.key - ngx_current_msec);

    if (lookout->timer.timer_set && left > NGX_POLYCARD_LOOKOUT_SOON) {
        ngx_polycard_set_timer(&lookout->timer, NGX_POLYCARD_LOOKOUT_SOON);
    }
}


static void
ngx_polycard_lookout_said(void *data, const ngx_polycard_place_said_t *said,
    const char *reason)
{
    ngx_polycard_lookout_t *lookout = data;

    /* if none answers, a working connection is kept */

    if (said) {
        lookout->handler(lookout->data, said, lookout->ask);
    }
}


/* the time of an attempt is up, or a new one follows */

static void
ngx_polycard_lookout_listen(ngx_event_t *ev)
{
    ngx_polycard_listener_t  *listener;

    listener = ev->data;

    if (listener->connecting) {
        ngx_polycard_lookout_ended(listener, "connecting timed out");
        return;
    }

    if (ngx_exiting) {
        return;
    }

    listener->connecting = 1;

    ngx_add_timer(ev, listener->dial.link.conf->connect_timeout);
    ngx_polycard_dial_open(&listener->dial);
}


static const char *
ngx_polycard_lookout_hear(void *data, const redisReply *reply)
{
    ngx_polycard_listener_t *listener = data;

    if (reply->type == REDIS_REPLY_ERROR) {
        return reply->str;
    }

    if (listener->connecting) {
        listener->connecting = 0;
        ngx_del_timer(&listener->timer);
        ngx_polycard_lookout_ask_soon(listener->lookout);
        return NULL;
    }

    if (ngx_polycard_lookout_is_about(listener->lookout, reply)) {
        ngx_polycard_lookout_ask(listener->lookout);
    }

    return NULL;
}


/* "message", "+switch-master", "NAME OLD PORT NEW PORT" */

static ngx_uint_t
ngx_polycard_lookout_is_about(ngx_polycard_lookout_t *lookout,
    const redisReply *reply)
{
    ngx_str_t   *master;
    redisReply  *text;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
        return 0;
    }

    master = &lookout->sentinels->master;
    text = reply->element[2];

    return text->type == REDIS_REPLY_STRING
           && (size_t) text->len > master->len
           && ngx_strncmp(text->str, master->data, master->len) == 0
           && text->str[master->len] == ' ';
}


/* a single one is not logged */

static void
ngx_polycard_lookout_ended(void *data, const char *reason)
{
    ngx_polycard_listener_t *listener = data;

    listener->connecting = 0;

    ngx_polycard_dial_close(&listener->dial);

    if (reason && !ngx_exiting) {
        ngx_polycard_set_timer(&listener->timer, NGX_POLYCARD_LOOKOUT_AGAIN);

    } else if (listener->timer.timer_set) {
        ngx_del_timer(&listener->timer);
    }
}
