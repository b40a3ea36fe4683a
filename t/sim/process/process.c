
/* Life, clock and timers of a process. */

#include "process/process.h"
#include "process/memory.h"
#include "process/delivery.h"
#include "process/channel.h"

#include "server/server.h"
#include "hook/emitter.h"
#include "redis/connections.h"


/* nginx's own */

volatile ngx_cycle_t   *ngx_cycle;
volatile ngx_msec_t     ngx_current_msec;
volatile ngx_time_t    *ngx_cached_time;
ngx_rbtree_t            ngx_event_timer_rbtree;
ngx_queue_t             ngx_posted_events;
ngx_queue_t             ngx_posted_next_events;
ngx_pid_t               ngx_pid;
ngx_uint_t              ngx_worker;
ngx_uint_t              ngx_exiting;
sig_atomic_t            ngx_terminate;


static process_t  *process_running;
static ngx_time_t  process_time;


static int64_t process_clock(const process_t *p);
static void process_rest(process_t *p);
static void process_wake(void *data, uint64_t tag);
static void process_turn(void *data, uint64_t tag);
static void process_expire_timers(void);
static unsigned process_has_timers(void);
static void process_exit(process_t *p);


void
process_init(process_t *p, const char *host, ngx_uint_t number)
{
    p->host = host;
    p->number = number;
    p->speed = 1000;
    p->offset = 1000 + sim_below(1000000);
}


void
process_start(process_t *p)
{
    p->life++;
    p->running = 1;
    p->exiting = 0;
    p->paused = 0;
    p->wakes = -1;
    p->turn = 0;
    p->pid = 1000 + sim_below(30000);

    ngx_memzero(&p->cycle, sizeof(ngx_cycle_t));
    ngx_memzero(&p->worker, sizeof(ngx_polycard_worker_t));

    p->log.log_level = NGX_LOG_INFO;
    p->cycle.log = &p->log;
    p->cycle.pool = (ngx_pool_t *) p;
    p->cycle.hostname.data = (u_char *) p->host;
    p->cycle.hostname.len = ngx_strlen(p->host);
    p->cycle.conf_file.data = (u_char *) "/etc/nginx/nginx.conf";
    p->cycle.conf_file.len = 21;

    p->timers.root = NULL;
    p->cleanup = NULL;
    ngx_queue_init(&p->posted);
    ngx_queue_init(&p->links);
    ngx_queue_init(&p->deliveries);

    p->market.worker = &p->worker;

    sim_say("%s/%d starts", p->host, (int) p->number);

    process_enter(p);

    if (ngx_polycard_redis_start(&p->market) != NGX_OK
        || ngx_polycard_emitter_start(&p->market) != NGX_OK)
    {
        sim_wrong("a worker does not start", "%s", p->host);
    }

    process_leave(p);
}


void
process_kill(process_t *p)
{
    if (!p->running) {
        return;
    }

    sim_say("%s/%d is killed", p->host, (int) p->number);

    channel_drop_all(&p->links);
    delivery_drop_all(&p->deliveries);
    memory_free_all(p);

    p->running = 0;
    p->life++;
}


void
process_quit(process_t *p)
{
    if (!p->running || p->exiting) {
        return;
    }

    sim_say("%s/%d is to leave", p->host, (int) p->number);

    p->exiting = 1;

    process_enter(p);
    process_leave(p);
}


static void
process_exit(process_t *p)
{
    ngx_pool_cleanup_t  *cln;

    sim_say("%s/%d leaves", p->host, (int) p->number);

    delivery_exit(&p->deliveries);
    ngx_polycard_emitter_exit(&p->market);
    ngx_polycard_redis_end(&p->market);

    for (cln = p->cleanup; cln; cln = cln->next) {
        if (cln->handler) {
            cln->handler(cln->data);
        }
    }
}


void
process_pause(process_t *p, int64_t ms)
{
    if (p->running) {
        sim_say("%s/%d stands still for %lld ms", p->host, (int) p->number,
                (long long) ms);
        p->paused = sim.now + ms;
    }
}


static int64_t
process_clock(const process_t *p)
{
    return p->offset + sim.now * p->speed / 1000;
}


int64_t
process_span(const process_t *p, int64_t local)
{
    return (local * 1000 + p->speed - 1) / p->speed;
}


int64_t
process_deaf(const process_t *p)
{
    return p->running && sim.now < p->paused ? p->paused - sim.now : 0;
}


int
process_clock_gettime(clockid_t id, struct timespec *now)
{
    int64_t  ms;

    ms = process_clock(process_running);

    now->tv_sec = ms / 1000;
    now->tv_nsec = ms % 1000 * 1000000;

    return 0;
}


process_t *
process_current(void)
{
    return process_running;
}


void
process_enter(process_t *p)
{
    process_running = p;

    ngx_cycle = &p->cycle;
    ngx_current_msec = process_clock(p);
    ngx_event_timer_rbtree = p->timers;
    ngx_pid = p->pid;
    ngx_worker = p->number;
    ngx_exiting = p->exiting;

    process_time.sec = (SERVER_EPOCH + sim.now + p->wall) / 1000;
    ngx_cached_time = &process_time;

    ngx_queue_init(&ngx_posted_events);
    ngx_queue_init(&ngx_posted_next_events);
}


void
process_leave(process_t *p)
{
    if (p->exiting && !process_has_timers()) {
        process_exit(p);
        p->timers = ngx_event_timer_rbtree;
        process_kill(p);
        process_running = NULL;
        return;
    }

    if (!ngx_queue_empty(&ngx_posted_next_events)) {
        ngx_queue_add(&p->posted, &ngx_posted_next_events);
    }

    p->timers = ngx_event_timer_rbtree;
    process_running = NULL;

    process_rest(p);
}


/* until the next timer, or turn of its loop */

static void
process_rest(process_t *p)
{
    int64_t             wait;
    ngx_rbtree_node_t  *first;

    if (!ngx_queue_empty(&p->posted) && !p->turn) {
        p->turn = 1;
        sim_later(sim_below(2), process_turn, p, p->life);
    }

    first = p->timers.root;

    if (first == NULL) {
        return;
    }

    wait = process_span(p, (int64_t) first->key - process_clock(p));
    wait = wait > 0 ? wait : 0;

    if (p->wakes < 0 || sim.now + wait < p->wakes) {
        p->wakes = sim.now + wait;
        sim_later(wait, process_wake, p, p->life);
    }
}


static void
process_wake(void *data, uint64_t tag)
{
    process_t *p = data;

    if (tag != p->life) {
        return;
    }

    if (process_deaf(p)) {
        sim_later(process_deaf(p), process_wake, p, tag);
        return;
    }

    /* an earlier one has taken its place */

    if (sim.now < p->wakes) {
        return;
    }

    p->wakes = -1;

    process_enter(p);
    process_expire_timers();
    process_leave(p);
}


static void
process_turn(void *data, uint64_t tag)
{
    process_t *p = data;

    ngx_queue_t  *q;
    ngx_event_t  *ev;

    if (tag != p->life) {
        return;
    }

    if (process_deaf(p)) {
        sim_later(process_deaf(p), process_turn, p, tag);
        return;
    }

    p->turn = 0;
    process_enter(p);

    while (!ngx_queue_empty(&p->posted)) {
        q = ngx_queue_head(&p->posted);
        ev = ngx_queue_data(q, ngx_event_t, queue);
        ngx_delete_posted_event(ev);
        ev->handler(ev);
    }

    process_leave(p);
}


static void
process_expire_timers(void)
{
    ngx_event_t        *ev;
    ngx_rbtree_node_t  *node;

    while ((node = ngx_event_timer_rbtree.root)
           && (ngx_msec_int_t) (node->key - ngx_current_msec) <= 0)
    {
        ev = (ngx_event_t *) ((char *) node - offsetof(ngx_event_t, timer));
        ngx_del_timer(ev);
        ev->timedout = 1;
        ev->handler(ev);
    }
}


/* those for which a worker that leaves stays */

static unsigned
process_has_timers(void)
{
    ngx_event_t        *ev;
    ngx_rbtree_node_t  *node;

    for (node = ngx_event_timer_rbtree.root; node; node = node->right) {
        ev = (ngx_event_t *) ((char *) node - offsetof(ngx_event_t, timer));

        if (!ev->cancelable) {
            return 1;
        }
    }

    return 0;
}


/* not a tree but a list, the earliest first, those of one time in turn */

void
ngx_rbtree_insert(ngx_rbtree_t *tree, ngx_rbtree_node_t *node)
{
    ngx_rbtree_node_t  *before, *after;

    before = NULL;

    for (after = tree->root;
         after && (ngx_msec_int_t) (after->key - node->key) <= 0;
         after = after->right)
    {
        before = after;
    }

    node->left = before;
    node->right = after;

    if (before) {
        before->right = node;
    } else {
        tree->root = node;
    }

    if (after) {
        after->left = node;
    }
}


void
ngx_rbtree_delete(ngx_rbtree_t *tree, ngx_rbtree_node_t *node)
{
    if (node->left) {
        node->left->right = node->right;
    } else {
        tree->root = node->right;
    }

    if (node->right) {
        node->right->left = node->left;
    }
}
