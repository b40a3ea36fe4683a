
#include "hook/emitter_internal.h"
#include "redis/queue.h"


#define NGX_POLYCARD_EMITTER_WINDOW  1024
#define NGX_POLYCARD_EMITTER_POLL    1000

/* ms to wait after there was no free connection for a request */
#define NGX_POLYCARD_EMITTER_BUSY    50


static ngx_int_t ngx_polycard_emitter_dispatch(
    ngx_polycard_emitter_t *emitter);
static void ngx_polycard_emitter_granted(void *data);
static void ngx_polycard_emitter_told(ngx_polycard_store_call_t *call);
static void ngx_polycard_emitter_lost(void *data);
static void ngx_polycard_emitter_tick(void *data);
static void ngx_polycard_emitter_doubt(ngx_polycard_emitter_t *emitter,
    unsigned doubt);
static unsigned ngx_polycard_emitter_is_worker(ngx_polycard_emitter_t *emitter,
    pid_t pid);
static void ngx_polycard_emitter_found(void *data);
static void ngx_polycard_emitter_timer_handler(ngx_event_t *ev);
static void ngx_polycard_emitter_turn_handler(ngx_event_t *ev);


ngx_int_t
ngx_polycard_emitter_start(ngx_polycard_market_t *market)
{
    ngx_polycard_emitter_t  *emitter;

    if (!market->hook.emitter) {
        return NGX_OK;
    }

    emitter = ngx_pcalloc(ngx_cycle->pool, sizeof(ngx_polycard_emitter_t));
    if (emitter == NULL) {
        return NGX_ERROR;
    }

    emitter->market = market;

    emitter->watch = ngx_polycard_watch_create(market, emitter,
                                               ngx_polycard_emitter_wake,
                                               ngx_polycard_emitter_fenced);
    if (emitter->watch == NULL) {
        return NGX_ERROR;
    }

    emitter->call.market = market;
    emitter->call.data = emitter;

    emitter->doubt.market = market;
    emitter->told.market = market;
    emitter->told.doubt = &emitter->doubt;
    emitter->told.found = ngx_polycard_emitter_found;
    emitter->told.data = emitter;

    emitter->timer.handler = ngx_polycard_emitter_timer_handler;
    emitter->timer.data = emitter;
    emitter->timer.log = ngx_cycle->log;
    emitter->timer.cancelable = 1;

    emitter->turn.handler = ngx_polycard_emitter_turn_handler;
    emitter->turn.data = emitter;
    emitter->turn.log = ngx_cycle->log;

    if (market->hook.url.len
        && ngx_polycard_emitter_dispatch(emitter) != NGX_OK)
    {
        return NGX_ERROR;
    }

    market->worker->emitter = emitter;
    market->worker->redis[NGX_POLYCARD_REDIS_WRITES]->farewell =
                                                   ngx_polycard_emitter_exit;

    emitter->lease.market = market;
    emitter->lease.granted = ngx_polycard_emitter_granted;
    emitter->lease.lost = ngx_polycard_emitter_lost;
    emitter->lease.tick = ngx_polycard_emitter_tick;
    emitter->lease.data = emitter;

    ngx_polycard_lease_start(&emitter->lease);

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_emitter_dispatch(ngx_polycard_emitter_t *emitter)
{
    void                          *memory;
    ngx_uint_t                     i;
    ngx_polycard_hook_conf_t      *hook;
    ngx_polycard_dispatch_conf_t  *conf;

    hook = &emitter->market->hook;
    conf = &emitter->conf;

    for (i = 0; i < hook->retries; i++) {
        emitter->retry[i] = hook->retry[i];
    }

    conf->window = ngx_max(NGX_POLYCARD_EMITTER_WINDOW, 2 * hook->concurrency);
    conf->concurrency = hook->concurrency;
    conf->rate = hook->rate;
    conf->attempts = hook->attempts;
    conf->retry = emitter->retry;
    conf->nretry = hook->retries;
    conf->poll = NGX_POLYCARD_EMITTER_POLL;
    conf->seed = ngx_random() ^ ngx_pid;
    conf->release = ngx_polycard_record_release;

    memory = ngx_palloc(ngx_cycle->pool, ngx_polycard_dispatch_size(conf));
    if (memory == NULL) {
        return NGX_ERROR;
    }

    emitter->dispatch = ngx_polycard_dispatch_init(memory, conf);

    return NGX_OK;
}


void
ngx_polycard_emitter_fenced(ngx_polycard_emitter_t *emitter)
{
    ngx_polycard_lease_fenced(&emitter->lease);
}


/* first reports to the functions that there is a holder, and whether all data
 * are lost; the settings were passed with the lease */

static void
ngx_polycard_emitter_granted(void *data)
{
    ngx_polycard_emitter_t *emitter = data;

    u_char                 fence[NGX_INT64_LEN];
    u_char                 card[NGX_INT64_LEN], id[NGX_INT64_LEN];
    ngx_str_t              argument[7];
    ngx_uint_t             n;
    ngx_polycard_given_t  *given;

    given = &emitter->lease.given;

    argument[0].data = fence;
    argument[0].len = ngx_sprintf(fence, "%L", emitter->lease.fence) - fence;

    ngx_str_set(&argument[1], "lost");
    argument[2].data = (u_char *) (emitter->lease.emptied ? "1" : "0");
    argument[2].len = 1;
    n = 3;

    if (emitter->lease.emptied && given->certain) {
        ngx_str_set(&argument[3], "known_card");
        argument[4].data = card;
        argument[4].len = ngx_sprintf(card, "%L", given->used) - card;

        ngx_str_set(&argument[5], "known_id");
        argument[6].data = id;
        argument[6].len = ngx_sprintf(id, "%L", given->id) - id;
        n = 7;
    }

    emitter->settings.market = emitter->market;
    emitter->settings.handler = ngx_polycard_emitter_told;
    emitter->settings.data = emitter;
    emitter->settings.background = 1;

    if (ngx_polycard_store_function(&emitter->settings, "settings", argument, n)
        != NGX_OK)
    {
        ngx_polycard_lease_release(&emitter->lease);
    }
}


static void
ngx_polycard_emitter_told(ngx_polycard_store_call_t *call)
{
    ngx_polycard_emitter_t  *emitter;

    emitter = call->data;

    if (emitter->lease.fence == 0) {
        return;
    }

    if (call->status != NGX_OK) {

        /* the lease will be requested again */
        ngx_polycard_lease_release(&emitter->lease);
        return;
    }

    emitter->lease.known = 1;
    emitter->lease.reported = 1;
    ngx_polycard_given_known(emitter->market);

    ngx_polycard_watch_start(emitter->watch, emitter->lease.fence,
        ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 3))
        > 0);

    if (emitter->dispatch) {

        ngx_polycard_emitter_doubt(emitter,
            ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 4))
            > 0);

        /* the holder before may have noted an outage */

        emitter->noted = -1;
        emitter->judged = 0;
        emitter->outage = 0;
        emitter->ended = 0;

        ngx_polycard_dispatch_start(emitter->dispatch, ngx_current_msec);
        ngx_polycard_emitter_pump(emitter);
    }
}


/* a running worker of this host has the keys of its hooks, and announces them
 * again */

static void
ngx_polycard_emitter_doubt(ngx_polycard_emitter_t *emitter, unsigned doubt)
{
    pid_t  pid;

    pid = (pid_t) emitter->market->counts->teller;

    if (doubt
        && (pid == 0
            || (kill(pid, 0) == -1 && ngx_errno == ESRCH)
            || !ngx_polycard_emitter_is_worker(emitter, pid)))
    {
        ngx_polycard_doubt_raise(&emitter->doubt);
    }

    emitter->market->counts->teller = ngx_pid;
}


/* One of before a reload may be there for long, and announces nothing any more:
 * another one has its place by now.  No place may have been set, or all. */

static unsigned
ngx_polycard_emitter_is_worker(ngx_polycard_emitter_t *emitter, pid_t pid)
{
    ngx_uint_t     i, set;
    ngx_atomic_t  *worker;

    worker = emitter->market->counts->worker;
    set = 0;

    for (i = 0; i < NGX_POLYCARD_COUNTS_WORKERS; i++) {

        if ((pid_t) (worker[i] / 2) == pid) {
            return 1;
        }

        set += (worker[i] != 0);
    }

    return set == 0 || set == NGX_POLYCARD_COUNTS_WORKERS;
}


static void
ngx_polycard_emitter_lost(void *data)
{
    ngx_polycard_emitter_t *emitter = data;

    ngx_polycard_store_cancel(&emitter->settings);
    ngx_polycard_watch_stop(emitter->watch);

    if (emitter->dispatch == NULL) {
        return;
    }

    ngx_polycard_store_cancel(&emitter->note);
    ngx_polycard_store_cancel(&emitter->call);
    emitter->wanted = NULL;

    ngx_polycard_dispatch_stop(emitter->dispatch);
}


/* a graceful exit: what is in flight ends, then the lease goes */

static void
ngx_polycard_emitter_tick(void *data)
{
    ngx_polycard_emitter_t *emitter = data;

    if (emitter->dispatch && !ngx_exiting) {
        ngx_polycard_told_tick(&emitter->told);
        ngx_polycard_doubt_tick(&emitter->doubt);
        ngx_polycard_emitter_outage_tick(emitter);
    }

    if (!ngx_exiting || emitter->lease.fence == 0) {
        return;
    }

    ngx_polycard_watch_stop(emitter->watch);

    if (emitter->dispatch == NULL) {
        ngx_polycard_lease_release(&emitter->lease);
        return;
    }

    ngx_polycard_dispatch_drain(emitter->dispatch);
    ngx_polycard_emitter_pump(emitter);
}


static void
ngx_polycard_emitter_found(void *data)
{
    ngx_polycard_emitter_wake(data);
}


void
ngx_polycard_emitter_wake(ngx_polycard_emitter_t *emitter)
{
    if (emitter->dispatch && emitter->lease.fence) {
        ngx_polycard_dispatch_wake(emitter->dispatch);
        ngx_polycard_emitter_pump(emitter);
    }
}


void
ngx_polycard_emitter_exit(ngx_polycard_market_t *market)
{
    if (market->worker->emitter) {
        ngx_polycard_emitter_flush(market->worker->emitter);
        ngx_polycard_lease_release(&market->worker->emitter->lease);
        ngx_polycard_queue_flush(
                           market->worker->redis[NGX_POLYCARD_REDIS_WRITES]);
        ngx_polycard_told_close(&market->worker->emitter->told);
        ngx_polycard_doubt_close(&market->worker->emitter->doubt);
    }
}


static void
ngx_polycard_emitter_timer_handler(ngx_event_t *ev)
{
    ngx_polycard_emitter_pump(ev->data);
}


static void
ngx_polycard_emitter_turn_handler(ngx_event_t *ev)
{
    ngx_polycard_emitter_t *emitter = ev->data;

    emitter->sent = 0;

    ngx_polycard_emitter_pump(emitter);
}


void
ngx_polycard_emitter_pump(ngx_polycard_emitter_t *emitter)
{
    int64_t   wait;
    unsigned  idle;

    if (emitter->pumping || !ngx_polycard_lease_holds(&emitter->lease)) {
        return;
    }

    emitter->pumping = 1;

    ngx_polycard_emitter_send(emitter);
    ngx_polycard_emitter_store(emitter);
    ngx_polycard_emitter_outage(emitter);

    emitter->pumping = 0;

    idle = ngx_polycard_dispatch_idle(emitter->dispatch);

    if (ngx_exiting && idle) {
        ngx_polycard_lease_release(&emitter->lease);
        return;
    }

    ngx_polycard_lease_keep(&emitter->lease, !idle);

    if (emitter->turn.posted) {
        wait = -1;

    } else if (emitter->busy) {
        wait = NGX_POLYCARD_EMITTER_BUSY;

    } else {
        wait = ngx_polycard_dispatch_timer(emitter->dispatch,
                                           ngx_current_msec);
    }

    if (emitter->timer.timer_set) {

        if (wait >= 0
            && emitter->timer.timer.key
               == ngx_current_msec + (ngx_msec_t) wait)
        {
            return;
        }

        ngx_del_timer(&emitter->timer);
    }

    if (wait >= 0) {
        ngx_add_timer(&emitter->timer, (ngx_msec_t) wait);
    }
}
