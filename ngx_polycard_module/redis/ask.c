
#include "redis/command.h"
#include "redis/dial.h"
#include "redis/ask.h"


/* ms for better answers, after the first one */
#define NGX_POLYCARD_ASK_WAIT  200


/* why none of them has returned an address: the greatest one is reported */

typedef enum {
    NGX_POLYCARD_ASK_SILENT = 0,
    NGX_POLYCARD_ASK_UNKNOWN,
    NGX_POLYCARD_ASK_REFUSED
} ngx_polycard_ask_failure_e;


typedef struct {
    ngx_polycard_ask_t          *ask;
    ngx_polycard_dial_t          dial;
    ngx_polycard_place_said_t    said;
    int64_t                      epoch;       /* -1: unknown */
    ngx_uint_t                   replies;
    unsigned                     ended:1;
} ngx_polycard_call_t;


struct ngx_polycard_ask_s {
    ngx_polycard_sentinels_t    *sentinels;
    ngx_polycard_ask_pt          handler;
    void                        *data;

    ngx_polycard_call_t         *calls;       /* of all Sentinels */
    ngx_uint_t                   left;        /* not ended */
    ngx_event_t                  event;       /* the end */

    ngx_polycard_place_said_t    best;
    int64_t                      epoch;

    ngx_polycard_ask_failure_e   failure;
    u_char                       reason[NGX_POLYCARD_ASK_REASON];
};


static void ngx_polycard_ask_cleanup(void *data);
static void ngx_polycard_ask_close(ngx_polycard_ask_t *ask);
static void ngx_polycard_ask_event_handler(ngx_event_t *ev);
static const char *ngx_polycard_ask_reply(void *data,
    const redisReply *reply);
static void ngx_polycard_ask_take_place(ngx_polycard_call_t *call,
    const redisReply *reply);
static ngx_int_t ngx_polycard_ask_copy(ngx_polycard_place_said_t *said,
    const redisReply *host, const redisReply *port);
static int64_t ngx_polycard_ask_epoch(const redisReply *reply);
static void ngx_polycard_ask_consider(ngx_polycard_call_t *call);
static void ngx_polycard_ask_ended(void *data, const char *reason);
static ngx_uint_t ngx_polycard_ask_is_refusal(const char *reason);
static void ngx_polycard_ask_end(ngx_polycard_call_t *call);
static void ngx_polycard_ask_fail(ngx_polycard_ask_t *ask,
    ngx_polycard_ask_failure_e failure, const char *said);


ngx_polycard_ask_t *
ngx_polycard_ask_create(ngx_polycard_sentinels_t *sentinels,
    ngx_polycard_ask_pt handler, void *data)
{
    ngx_uint_t            i;
    ngx_polycard_ask_t   *ask;
    ngx_polycard_link_t  *link;
    ngx_pool_cleanup_t   *cln;

    cln = ngx_pool_cleanup_add(ngx_cycle->pool, sizeof(ngx_polycard_ask_t));
    if (cln == NULL) {
        return NULL;
    }

    ask = cln->data;
    ngx_memzero(ask, sizeof(ngx_polycard_ask_t));

    ask->calls = ngx_pcalloc(ngx_cycle->pool,
                             sentinels->n * sizeof(ngx_polycard_call_t));
    if (ask->calls == NULL) {
        return NULL;
    }

    ask->sentinels = sentinels;
    ask->handler = handler;
    ask->data = data;

    ask->event.handler = ngx_polycard_ask_event_handler;
    ask->event.data = ask;
    ask->event.log = ngx_cycle->log;
    ask->event.cancelable = 1;

    for (i = 0; i < sentinels->n; i++) {
        ask->calls[i].ask = ask;

        link = &ask->calls[i].dial.link;

        link->conf = &sentinels->server[i];
        link->command = &sentinels->question;
        link->reply = ngx_polycard_ask_reply;
        link->ended = ngx_polycard_ask_ended;
        link->data = &ask->calls[i];
    }

    cln->handler = ngx_polycard_ask_cleanup;

    return ask;
}


static void
ngx_polycard_ask_cleanup(void *data)
{
    ngx_polycard_ask_t *ask = data;

    ngx_uint_t  i;

    ngx_polycard_ask_cancel(ask);

    for (i = 0; i < ask->sentinels->n; i++) {
        ngx_polycard_dial_free(&ask->calls[i].dial);
    }
}


void
ngx_polycard_ask_start(ngx_polycard_ask_t *ask)
{
    ngx_uint_t            i;
    ngx_polycard_call_t  *call;

    ngx_polycard_ask_cancel(ask);

    ask->left = ask->sentinels->n;
    ask->best.host.len = 0;
    ask->epoch = -1;

    ask->failure = NGX_POLYCARD_ASK_SILENT;
    ask->reason[0] = '\0';

    ngx_polycard_set_timer(&ask->event,
                           ask->sentinels->server[0].connect_timeout);

    for (i = 0; i < ask->sentinels->n; i++) {
        call = &ask->calls[i];

        call->replies = 0;
        call->epoch = -1;
        call->ended = 0;
        call->said.host.len = 0;

        ngx_polycard_dial_open(&call->dial);
    }
}


void
ngx_polycard_ask_cancel(ngx_polycard_ask_t *ask)
{
    if (ask->event.timer_set) {
        ngx_del_timer(&ask->event);
    }

    if (ask->event.posted) {
        ngx_delete_posted_event(&ask->event);
    }

    ngx_polycard_ask_close(ask);
}


static void
ngx_polycard_ask_close(ngx_polycard_ask_t *ask)
{
    ngx_uint_t  i;

    for (i = 0; i < ask->sentinels->n; i++) {
        ask->calls[i].ended = 1;
        ngx_polycard_dial_close(&ask->calls[i].dial);
    }
}


ngx_uint_t
ngx_polycard_ask_names(ngx_polycard_ask_t *ask,
    const ngx_polycard_place_said_t *place)
{
    ngx_uint_t            i;
    ngx_polycard_call_t  *call;

    if (ngx_polycard_place_same(&ask->best, place)) {
        return 1;
    }

    for (i = 0; i < ask->sentinels->n; i++) {
        call = &ask->calls[i];

        if (call->epoch >= 0 && call->epoch == ask->epoch
            && ngx_polycard_place_same(&call->said, place))
        {
            return 1;
        }
    }

    return 0;
}


const char *
ngx_polycard_ask_reason(ngx_polycard_ask_t *ask)
{
    return ask->reason[0] ? (char *) ask->reason : "no Sentinel answers";
}


/* all have answered, or the time is up */

static void
ngx_polycard_ask_event_handler(ngx_event_t *ev)
{
    ngx_polycard_ask_t  *ask;

    ask = ev->data;

    ngx_polycard_ask_cancel(ask);

    if (ask->best.host.len) {
        ask->handler(ask->data, &ask->best, NULL);

    } else {
        ask->handler(ask->data, NULL, ngx_polycard_ask_reason(ask));
    }
}


static const char *
ngx_polycard_ask_reply(void *data, const redisReply *reply)
{
    ngx_polycard_call_t *call = data;

    if (call->replies++ == 0) {
        ngx_polycard_ask_take_place(call, reply);
        return NULL;
    }

    if (call->said.host.len) {
        call->epoch = ngx_polycard_ask_epoch(reply);
        ngx_polycard_ask_consider(call);
    }

    ngx_polycard_ask_end(call);

    return NULL;
}


static void
ngx_polycard_ask_take_place(ngx_polycard_call_t *call,
    const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_polycard_ask_fail(call->ask, NGX_POLYCARD_ASK_REFUSED,
                              reply->str);

    } else if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2
               || ngx_polycard_ask_copy(&call->said, reply->element[0],
                                        reply->element[1])
                  != NGX_OK)
    {
        ngx_polycard_ask_fail(call->ask, NGX_POLYCARD_ASK_UNKNOWN, NULL);
    }
}


static ngx_int_t
ngx_polycard_ask_copy(ngx_polycard_place_said_t *said,
    const redisReply *host, const redisReply *port)
{
    if (host->type != REDIS_REPLY_STRING || port->type != REDIS_REPLY_STRING) {
        return NGX_DECLINED;
    }

    return ngx_polycard_place_read(said, (u_char *) host->str, host->len,
                                   ngx_atoi((u_char *) port->str, port->len));
}


/* from names and values in turn; -1 without the right to ask */

static int64_t
ngx_polycard_ask_epoch(const redisReply *reply)
{
    size_t       i;
    ngx_int_t    n;
    redisReply  *name, *value;

    if (reply->type != REDIS_REPLY_ARRAY) {
        return -1;
    }

    for (i = 0; i + 1 < (size_t) reply->elements; i += 2) {
        name = reply->element[i];
        value = reply->element[i + 1];

        if (name->type == REDIS_REPLY_STRING
            && value->type == REDIS_REPLY_STRING
            && ngx_strcmp(name->str, "config-epoch") == 0)
        {
            n = ngx_atoi((u_char *) value->str, value->len);
            return (n == NGX_ERROR) ? -1 : n;
        }
    }

    return -1;
}


static void
ngx_polycard_ask_consider(ngx_polycard_call_t *call)
{
    ngx_polycard_ask_t  *ask;

    ask = call->ask;

    if (ask->best.host.len == 0) {
        ngx_polycard_set_timer(&ask->event, NGX_POLYCARD_ASK_WAIT);

    } else if (call->epoch <= ask->epoch) {
        return;
    }

    ask->best = call->said;
    ask->best.host.data = ask->best.text;
    ask->epoch = call->epoch;
}


static void
ngx_polycard_ask_ended(void *data, const char *reason)
{
    ngx_polycard_call_t *call = data;

    if (call->ended) {
        return;
    }

    if (reason == NULL) {
        reason = "closed";
    }

    ngx_polycard_ask_fail(call->ask, ngx_polycard_ask_is_refusal(reason)
                                     ? NGX_POLYCARD_ASK_REFUSED
                                     : NGX_POLYCARD_ASK_SILENT, reason);
    ngx_polycard_ask_end(call);
}


static ngx_uint_t
ngx_polycard_ask_is_refusal(const char *reason)
{
    return ngx_strncmp(reason, "NOAUTH", 6) == 0
           || ngx_strncmp(reason, "WRONGPASS", 9) == 0
           || ngx_strncmp(reason, "NOPERM", 6) == 0
           || ngx_strncmp(reason, "ERR", 3) == 0;
}


/* the handler is not called here: this may be a handler of the link */

static void
ngx_polycard_ask_end(ngx_polycard_call_t *call)
{
    call->ended = 1;

    ngx_polycard_dial_close(&call->dial);

    if (--call->ask->left == 0) {
        ngx_post_event(&call->ask->event, &ngx_posted_events);
    }
}


static void
ngx_polycard_ask_fail(ngx_polycard_ask_t *ask,
    ngx_polycard_ask_failure_e failure, const char *said)
{
    u_char  *p, *last;

    if (ask->reason[0] && failure < ask->failure) {
        return;
    }

    ask->failure = failure;

    p = ask->reason;
    last = p + NGX_POLYCARD_ASK_REASON - 1;

    switch (failure) {

    case NGX_POLYCARD_ASK_REFUSED:
        p = ngx_slprintf(p, last, "Sentinel refuses: %s", said);
        break;

    case NGX_POLYCARD_ASK_UNKNOWN:
        p = ngx_slprintf(p, last, "no Sentinel knows \"%V\"",
                         &ask->sentinels->master);
        break;

    default:
        p = ngx_slprintf(p, last, "no Sentinel answers: %s", said);
        break;
    }

    *p = '\0';
}


ngx_int_t
ngx_polycard_sentinel_commands(ngx_pool_t *pool,
    ngx_polycard_sentinels_t *sentinels)
{
    u_char     *p;
    ngx_str_t  *master;

    master = &sentinels->master;

    p = ngx_pnalloc(pool, 3 * NGX_POLYCARD_COMMAND_HEAD
                          + 6 * ngx_polycard_command_size(32)
                          + 2 * ngx_polycard_command_size(master->len));
    if (p == NULL) {
        return NGX_ERROR;
    }

    sentinels->question.data = p;

    p = ngx_polycard_command_start(p, 3);
    p = ngx_polycard_command_arg(p, "SENTINEL", 8);
    p = ngx_polycard_command_arg(p, "GET-MASTER-ADDR-BY-NAME", 23);
    p = ngx_polycard_command_arg(p, master->data, master->len);

    p = ngx_polycard_command_start(p, 3);
    p = ngx_polycard_command_arg(p, "SENTINEL", 8);
    p = ngx_polycard_command_arg(p, "MASTER", 6);
    p = ngx_polycard_command_arg(p, master->data, master->len);

    sentinels->question.len = p - sentinels->question.data;
    sentinels->subscription.data = p;

    p = ngx_polycard_command_start(p, 2);
    p = ngx_polycard_command_arg(p, "SUBSCRIBE", 9);
    p = ngx_polycard_command_arg(p, "+switch-master", 14);

    sentinels->subscription.len = p - sentinels->subscription.data;

    return NGX_OK;
}
