
/*
 * A module for tests only: a market's subscriber without a watcher, and what
 * it heard.
 *
 *   location = /listen { polycard_listener shop1; }
 *
 * GET /listen?do=start (or stop, restart, reconnect, ensure, forget) does it
 * and answers, as without an argument, with lines "name: value":
 *
 *   ready, lost, events  how often each handler was called
 *   ensured              call->status of notifications_ensure(); -2 until then
 *
 * an empty line, and a line "key event" for each of the first events, with the
 * first 300 bytes of the key.  "then="
 * (stop, restart, reconnect) is done once, inside the next event's handler.
 */


#include "conf/check.h"
#include "redis/notifications.h"
#include "redis/subscriber.h"


#define NGX_POLYCARD_LISTENER_EVENTS  500
#define NGX_POLYCARD_LISTENER_LINE    512
#define NGX_POLYCARD_LISTENER_KEY     300


typedef struct ngx_polycard_listener_s  ngx_polycard_listener_t;

struct ngx_polycard_listener_s {
    ngx_polycard_listener_t      *next;
    ngx_str_t                     market;

    ngx_polycard_subscriber_t    *subscriber;
    ngx_polycard_store_call_t     call;
    ngx_int_t                     ensured;
    ngx_str_t                     then;

    ngx_uint_t                    ready;
    ngx_uint_t                    lost;
    ngx_uint_t                    events;

    u_char                       *last;
    u_char                        line[NGX_POLYCARD_LISTENER_EVENTS
                                       * NGX_POLYCARD_LISTENER_LINE];
};


static void *ngx_polycard_listener_create_conf(ngx_conf_t *cf);
static char *ngx_polycard_listener_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_polycard_listener_handler(ngx_http_request_t *r);
static ngx_int_t ngx_polycard_listener_create(
    ngx_polycard_listener_t *listener, ngx_http_request_t *r);
static void ngx_polycard_listener_do(ngx_polycard_listener_t *listener,
    ngx_str_t *word);
static void ngx_polycard_listener_forget(ngx_polycard_listener_t *listener);
static void ngx_polycard_listener_ready(void *data);
static void ngx_polycard_listener_lost(void *data);
static void ngx_polycard_listener_event(void *data, const ngx_str_t *key,
    const ngx_str_t *event);
static void ngx_polycard_listener_ensured(ngx_polycard_store_call_t *call);
static void ngx_polycard_listener_exit(ngx_cycle_t *cycle);
static ngx_int_t ngx_polycard_listener_send(ngx_polycard_listener_t *listener,
    ngx_http_request_t *r);


/* those of a worker that were asked for something */

static ngx_polycard_listener_t  *ngx_polycard_listeners;


static const ngx_polycard_subscriber_handlers_t
    ngx_polycard_listener_handlers =
{
    ngx_polycard_listener_ready,
    ngx_polycard_listener_lost,
    ngx_polycard_listener_event
};


static ngx_command_t  ngx_polycard_listener_commands[] = {

    { ngx_string("polycard_listener"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_polycard_listener_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_polycard_listener_module_ctx = {
    NULL, NULL, NULL, NULL, NULL, NULL,
    ngx_polycard_listener_create_conf,     /* create location configuration */
    NULL
};


ngx_module_t  ngx_polycard_listener_module = {
    NGX_MODULE_V1,
    &ngx_polycard_listener_module_ctx,     /* module context */
    ngx_polycard_listener_commands,        /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_polycard_listener_exit,            /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/* what nginx's build would write for a dynamic module */

ngx_module_t  *ngx_modules[] = { &ngx_polycard_listener_module, NULL };
char          *ngx_module_names[] = { "ngx_polycard_listener_module", NULL };
char          *ngx_module_order[] = { NULL };


static void *
ngx_polycard_listener_create_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_polycard_listener_t));
}


static char *
ngx_polycard_listener_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_polycard_listener_t *listener = conf;

    ngx_str_t                 *value;
    ngx_http_core_loc_conf_t  *clcf;

    value = cf->args->elts;
    listener->market = value[1];

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_polycard_listener_handler;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_polycard_listener_handler(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_str_t                 word;
    ngx_polycard_listener_t  *listener;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    listener = ngx_http_get_module_loc_conf(r, ngx_polycard_listener_module);

    if (listener->subscriber == NULL
        && ngx_polycard_listener_create(listener, r) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_arg(r, (u_char *) "then", 4, &word) == NGX_OK) {
        listener->then.len = word.len;
        listener->then.data = ngx_pstrdup(ngx_cycle->pool, &word);
    }

    if (ngx_http_arg(r, (u_char *) "do", 2, &word) == NGX_OK) {
        ngx_polycard_listener_do(listener, &word);
    }

    return ngx_polycard_listener_send(listener, r);
}


static ngx_int_t
ngx_polycard_listener_create(ngx_polycard_listener_t *listener,
    ngx_http_request_t *r)
{
    ngx_polycard_market_t     *market;
    ngx_polycard_main_conf_t  *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_polycard_module);
    market = ngx_polycard_conf_find(pmcf, &listener->market);

    if (market == NULL) {
        return NGX_ERROR;
    }

    listener->call.market = market;
    listener->call.handler = ngx_polycard_listener_ensured;
    listener->call.data = listener;

    listener->subscriber = ngx_polycard_subscriber_create(market,
                                   &ngx_polycard_listener_handlers, listener);

    if (listener->subscriber == NULL) {
        return NGX_ERROR;
    }

    listener->last = listener->line;
    listener->next = ngx_polycard_listeners;
    ngx_polycard_listeners = listener;

    return NGX_OK;
}


static void
ngx_polycard_listener_do(ngx_polycard_listener_t *listener, ngx_str_t *word)
{
    ngx_polycard_subscriber_t  *subscriber;

    subscriber = listener->subscriber;

    if (word->len == 4 && ngx_strncmp(word->data, "stop", 4) == 0) {
        ngx_polycard_subscriber_stop(subscriber);

    } else if (word->len == 5 && ngx_strncmp(word->data, "start", 5) == 0) {
        ngx_polycard_subscriber_start(subscriber);

    } else if (word->len == 7 && ngx_strncmp(word->data, "restart", 7) == 0) {
        ngx_polycard_subscriber_stop(subscriber);
        ngx_polycard_subscriber_start(subscriber);

    } else if (word->len == 9 && ngx_strncmp(word->data, "reconnect", 9) == 0)
    {
        ngx_polycard_subscriber_reconnect(subscriber);

    } else if (word->len == 6 && ngx_strncmp(word->data, "ensure", 6) == 0) {
        listener->ensured = NGX_AGAIN;

        if (ngx_polycard_notifications_ensure(&listener->call) != NGX_OK) {
            listener->ensured = NGX_BUSY;
        }

    } else if (word->len == 6 && ngx_strncmp(word->data, "forget", 6) == 0) {
        ngx_polycard_listener_forget(listener);
    }
}


static void
ngx_polycard_listener_forget(ngx_polycard_listener_t *listener)
{
    listener->ready = 0;
    listener->lost = 0;
    listener->events = 0;
    listener->last = listener->line;
}


static void
ngx_polycard_listener_ready(void *data)
{
    ngx_polycard_listener_t *listener = data;

    listener->ready++;
}


static void
ngx_polycard_listener_lost(void *data)
{
    ngx_polycard_listener_t *listener = data;

    listener->lost++;
}


static void
ngx_polycard_listener_event(void *data, const ngx_str_t *key,
    const ngx_str_t *event)
{
    ngx_polycard_listener_t *listener = data;

    ngx_str_t  then;

    listener->events++;

    if (listener->events <= NGX_POLYCARD_LISTENER_EVENTS) {
        listener->last = ngx_snprintf(listener->last,
                                      NGX_POLYCARD_LISTENER_LINE,
                                      "%*s %V\n",
                                      ngx_min(key->len,
                                              NGX_POLYCARD_LISTENER_KEY),
                                      key->data, event);
    }

    then = listener->then;
    listener->then.len = 0;

    ngx_polycard_listener_do(listener, &then);
}


static void
ngx_polycard_listener_ensured(ngx_polycard_store_call_t *call)
{
    ngx_polycard_listener_t  *listener;

    listener = call->data;
    listener->ensured = call->status;
}


static void
ngx_polycard_listener_exit(ngx_cycle_t *cycle)
{
    ngx_polycard_listener_t  *listener;

    for (listener = ngx_polycard_listeners; listener;
         listener = listener->next)
    {
        ngx_polycard_subscriber_stop(listener->subscriber);
    }
}


static ngx_int_t
ngx_polycard_listener_send(ngx_polycard_listener_t *listener,
    ngx_http_request_t *r)
{
    size_t                    len;
    ngx_str_t                 text;
    ngx_http_complex_value_t  cv;

    static ngx_str_t  type = ngx_string("text/plain");

    len = listener->last - listener->line;

    text.data = ngx_pnalloc(r->pool, 256 + len);
    if (text.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    text.len = ngx_sprintf(text.data, "ready: %ui\nlost: %ui\nevents: %ui\n"
                           "ensured: %i\n\n",
                           listener->ready, listener->lost, listener->events,
                           listener->ensured)
               - text.data;

    ngx_memcpy(text.data + text.len, listener->line, len);
    text.len += len;

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));
    cv.value = text;

    return ngx_http_send_response(r, NGX_HTTP_OK, &type, &cv);
}
