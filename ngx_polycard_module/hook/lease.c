
#include "hook/lease.h"
#include "redis/connections.h"
#include "redis/library.h"
#include "counters/denial.h"


#define NGX_POLYCARD_LEASE_TICK  1000

/* parts of the reply */
#define NGX_POLYCARD_LEASE_NEW   2
#define NGX_POLYCARD_LEASE_CARD  4
#define NGX_POLYCARD_LEASE_ID    5

/* ms to wait while Redis, or the library in it, is not there yet */
#define NGX_POLYCARD_LEASE_SOON  50


static void ngx_polycard_lease_timer_handler(ngx_event_t *ev);
static void ngx_polycard_lease_ask(ngx_polycard_lease_t *lease,
    ngx_msec_t time);
static ngx_uint_t ngx_polycard_lease_say(ngx_polycard_lease_t *lease,
    ngx_str_t *argument);
static ngx_uint_t ngx_polycard_lease_say_all_given(
    ngx_polycard_lease_t *lease, ngx_str_t *argument, u_char *card,
    u_char *id);
static ngx_uint_t ngx_polycard_lease_say_given(ngx_str_t *argument,
    const char *name, int64_t number, u_char *text);
static void ngx_polycard_lease_answer(ngx_polycard_store_call_t *call);
static void ngx_polycard_lease_ask_soon(ngx_polycard_lease_t *lease);
static unsigned ngx_polycard_lease_is_new(const ngx_polycard_lease_t *lease);
static void ngx_polycard_lease_notice_loss(ngx_polycard_lease_t *lease,
    int64_t fence);
static void ngx_polycard_lease_notice_numbers(ngx_polycard_lease_t *lease);
static void ngx_polycard_lease_log_loss(ngx_polycard_lease_t *lease);
static void ngx_polycard_lease_compare(ngx_polycard_lease_t *lease);
static ngx_uint_t ngx_polycard_lease_is_over(
    const ngx_polycard_lease_t *lease, ngx_msec_t since);
static ngx_uint_t ngx_polycard_lease_is_elsewhere(
    ngx_polycard_lease_t *lease);
static ngx_polycard_redis_t *ngx_polycard_lease_redis(
    ngx_polycard_lease_t *lease);
static void ngx_polycard_lease_begin(ngx_polycard_lease_t *lease,
    int64_t fence);
static void ngx_polycard_lease_end(ngx_polycard_lease_t *lease);
static ngx_msec_t ngx_polycard_lease_tick(ngx_polycard_lease_t *lease);


void
ngx_polycard_lease_start(ngx_polycard_lease_t *lease)
{
    lease->holder.data = lease->text;
    lease->holder.len = ngx_snprintf(lease->text, NGX_POLYCARD_LEASE_HOLDER,
                                     "%V/%P/%xi", &ngx_cycle->hostname,
                                     ngx_pid, (ngx_int_t) ngx_random())
                        - lease->text;

    ngx_polycard_settings_init(&lease->settings, lease->market);

    lease->call.market = lease->market;
    lease->call.handler = ngx_polycard_lease_answer;
    lease->call.data = lease;
    lease->call.background = 1;

    lease->timer.handler = ngx_polycard_lease_timer_handler;
    lease->timer.data = lease;
    lease->timer.log = ngx_cycle->log;
    lease->timer.cancelable = 1;

    ngx_add_timer(&lease->timer, 1);
}


static void
ngx_polycard_lease_timer_handler(ngx_event_t *ev)
{
    ngx_polycard_lease_t  *lease;

    lease = ev->data;

    (void) ngx_polycard_lease_holds(lease);

    lease->tick(lease->data);

    if (lease->call.op == NULL
        && (lease->fence ? ngx_current_msec - lease->renewed
                           >= lease->market->hook.lease / 3
                         : !ngx_exiting))
    {
        ngx_polycard_lease_ask(lease, lease->market->hook.lease);
    }

    if (lease->fence || !ngx_exiting) {
        ngx_add_timer(ev, (lease->fence || lease->call.op)
                          ? ngx_polycard_lease_tick(lease)
                          : NGX_POLYCARD_LEASE_SOON);
    }
}


static ngx_msec_t
ngx_polycard_lease_tick(ngx_polycard_lease_t *lease)
{
    return ngx_min(NGX_POLYCARD_LEASE_TICK, lease->market->hook.lease / 4 + 1);
}


static void
ngx_polycard_lease_ask(ngx_polycard_lease_t *lease, ngx_msec_t time)
{
    u_char                 ttl[NGX_INT_T_LEN];
    u_char                 card[NGX_INT64_LEN], id[NGX_INT64_LEN];
    ngx_str_t              argument[2 + NGX_POLYCARD_SETTINGS + 4];
    ngx_uint_t             n;

    argument[0] = lease->holder;
    argument[1].data = ttl;
    argument[1].len = ngx_sprintf(ttl, "%M", time) - ttl;
    n = 2;

    /* an exiting worker has an old configuration */

    if (!ngx_exiting && !ngx_terminate) {
        n += ngx_polycard_lease_say(lease, &argument[n]);
        n += ngx_polycard_lease_say_all_given(lease, &argument[n], card, id);
    }

    lease->asked = ngx_current_msec;

    (void) ngx_polycard_store_function(&lease->call, "lease", argument, n);
}


/* returns how many arguments there are */

static ngx_uint_t
ngx_polycard_lease_say(ngx_polycard_lease_t *lease, ngx_str_t *argument)
{
    ngx_memcpy(argument, lease->settings.argument,
               lease->settings.n * sizeof(ngx_str_t));

    return lease->settings.n;
}


/* likewise; a library that does not know them takes them for settings */

static ngx_uint_t
ngx_polycard_lease_say_all_given(ngx_polycard_lease_t *lease,
    ngx_str_t *argument, u_char *card, u_char *id)
{
    ngx_uint_t            n;
    ngx_polycard_given_t  given;

    if (ngx_polycard_library_known(lease->market)
        < NGX_POLYCARD_LIBRARY_SAYS)
    {
        return 0;
    }

    ngx_polycard_given_read(lease->market, &given);

    n = ngx_polycard_lease_say_given(argument, "known_card", given.card, card);

    return n + ngx_polycard_lease_say_given(&argument[n], "known_id", given.id,
                                            id);
}


/* likewise, if any was seen */

static ngx_uint_t
ngx_polycard_lease_say_given(ngx_str_t *argument, const char *name,
    int64_t number, u_char *text)
{
    if (number == 0) {
        return 0;
    }

    argument[0].data = (u_char *) name;
    argument[0].len = ngx_strlen(name);

    argument[1].data = text;
    argument[1].len = ngx_sprintf(text, "%L", number) - text;

    return 2;
}


static void
ngx_polycard_lease_answer(ngx_polycard_store_call_t *call)
{
    int64_t                fence;
    ngx_polycard_lease_t  *lease;

    lease = call->data;

    if (call->status != NGX_OK) {

        /* unknown; an earlier lease is valid until it expires */

        ngx_polycard_lease_ask_soon(lease);

        return;
    }

    ngx_polycard_denial_over(lease->market);

    fence = ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 0));

    lease->server = ngx_polycard_lease_redis(lease)->server;

    if (ngx_polycard_lease_is_over(lease, lease->asked)
        || ngx_polycard_lease_is_elsewhere(lease))
    {
        fence = 0;
    }

    /* an older dump may have the lease, but not what was reported after it */

    if (lease->fence
        && (fence != lease->fence
            || (lease->reported && ngx_polycard_lease_is_new(lease))))
    {
        ngx_polycard_lease_end(lease);
    }

    ngx_polycard_lease_notice_loss(lease, fence);
    ngx_polycard_lease_compare(lease);

    if (fence) {
        lease->renewed = lease->asked;

    } else if (!lease->known) {

        /* if a market that just became known is lost, that must be noticed */

        ngx_polycard_lease_ask_soon(lease);
    }

    if (fence && lease->fence == 0) {
        ngx_polycard_lease_begin(lease, fence);
    }
}


/* if nothing was granted */

static void
ngx_polycard_lease_ask_soon(ngx_polycard_lease_t *lease)
{
    if (lease->fence == 0 && lease->timer.timer_set) {
        ngx_polycard_set_timer(&lease->timer, NGX_POLYCARD_LEASE_SOON);
    }
}


/* nothing was reported of the market since it is there */

static unsigned
ngx_polycard_lease_is_new(const ngx_polycard_lease_t *lease)
{
    redisReply  *part;

    part = ngx_polycard_store_part(lease->call.reply, NGX_POLYCARD_LEASE_NEW);

    return ngx_polycard_store_integer(part) > 0;
}


/* whether Redis still has what it had of the market before */

static void
ngx_polycard_lease_notice_loss(ngx_polycard_lease_t *lease, int64_t fence)
{
    unsigned  unknown;

    unknown = ngx_polycard_lease_is_new(lease);

    /* also if another worker has the lease: it may be lost with the rest */

    if (unknown) {
        ngx_polycard_given_read(lease->market, &lease->given);
        lease->known |= (lease->given.known != 0);

    } else {
        lease->known = 1;
        ngx_polycard_lease_notice_numbers(lease);
    }

    if (fence == 0) {
        return;
    }

    lease->emptied = (unknown && lease->known);

    if (lease->emptied) {
        ngx_polycard_lease_log_loss(lease);
    }
}


/* the greatest in use; a library of an earlier version does not return them */

static void
ngx_polycard_lease_notice_numbers(ngx_polycard_lease_t *lease)
{
    int64_t     card, id;
    redisReply  *reply;

    reply = lease->call.reply;
    card = -1;
    id = -1;

    if (ngx_polycard_store_count(reply) > NGX_POLYCARD_LEASE_ID) {
        card = ngx_polycard_store_integer(
                    ngx_polycard_store_part(reply, NGX_POLYCARD_LEASE_CARD));
        id = ngx_polycard_store_integer(
                    ngx_polycard_store_part(reply, NGX_POLYCARD_LEASE_ID));
    }

    ngx_polycard_given_told(lease->market, card, id);
}


static void
ngx_polycard_lease_log_loss(ngx_polycard_lease_t *lease)
{
    if (lease->given.certain) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "redis \"%V\" has lost all data of polycard market "
                      "\"%V\": nothing is announced, and what appears now is "
                      "taken in as at a first start; addClient continues after "
                      "the numbers that were issued",
                      ngx_polycard_redis_name(lease->market),
                      &lease->market->name);

    } else {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "redis \"%V\" has lost all data of polycard market "
                      "\"%V\": nothing is announced, what appears now is "
                      "taken in as at a first start, and addClient issues no "
                      "card until polycard_confirm_clients is called",
                      ngx_polycard_redis_name(lease->market),
                      &lease->market->name);
    }
}


/* names of settings and hosts, as the function returns them */

static void
ngx_polycard_lease_compare(ngx_polycard_lease_t *lease)
{
    ngx_polycard_str_t  differ;

    ngx_polycard_store_text(ngx_polycard_store_part(lease->call.reply, 3),
                            &differ);

    ngx_polycard_settings_log(&lease->settings, lease->market, &differ);
}


/* granted for what was asked at that time */

static ngx_uint_t
ngx_polycard_lease_is_over(const ngx_polycard_lease_t *lease, ngx_msec_t since)
{
    return ngx_current_msec - since >= lease->market->hook.lease;
}


static void
ngx_polycard_lease_begin(ngx_polycard_lease_t *lease, int64_t fence)
{
    lease->fence = fence;
    lease->reported = 0;

    ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                  "this worker emits the hooks of polycard market \"%V\"",
                  &lease->market->name);

    lease->granted(lease->data);
}


static void
ngx_polycard_lease_end(ngx_polycard_lease_t *lease)
{
    lease->fence = 0;
    lease->timer.cancelable = 1;

    ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                  "this worker does not emit the hooks of polycard market "
                  "\"%V\" any more", &lease->market->name);

    lease->lost(lease->data);
}


ngx_uint_t
ngx_polycard_lease_holds(ngx_polycard_lease_t *lease)
{
    if (lease->fence
        && (ngx_polycard_lease_is_over(lease, lease->renewed)
            || ngx_polycard_lease_is_elsewhere(lease)))
    {
        ngx_polycard_lease_end(lease);
        ngx_polycard_lease_ask_soon(lease);
    }

    return lease->fence != 0;
}


/* Redis is another server now, or another worker has found the one that has
 * taken its place: the lease, and the hooks that were read, are of the old
 * one */

static ngx_uint_t
ngx_polycard_lease_is_elsewhere(ngx_polycard_lease_t *lease)
{
    ngx_polycard_redis_t  *redis;

    redis = ngx_polycard_lease_redis(lease);

    if (ngx_polycard_redis_is_over(redis)) {
        return 1;
    }

    return redis->state == NGX_POLYCARD_REDIS_READY
           && ngx_polycard_role_differs(&lease->server, &redis->server)
           && !ngx_polycard_role_goes_on(&lease->server, &redis->server);
}


static ngx_polycard_redis_t *
ngx_polycard_lease_redis(ngx_polycard_lease_t *lease)
{
    return lease->market->worker->redis[NGX_POLYCARD_REDIS_WRITES];
}


void
ngx_polycard_lease_fenced(ngx_polycard_lease_t *lease)
{
    if (lease->fence) {
        ngx_polycard_lease_end(lease);
    }
}


void
ngx_polycard_lease_keep(ngx_polycard_lease_t *lease, unsigned keep)
{
    /* the timer runs as long as the lease does */
    lease->timer.cancelable = !keep;
}


void
ngx_polycard_lease_release(ngx_polycard_lease_t *lease)
{
    u_char      fence[NGX_INT64_LEN];
    ngx_str_t   argument[1 + NGX_POLYCARD_SETTINGS];
    ngx_uint_t  n;

    if (lease->fence == 0) {

        /* requested, and perhaps granted: nobody must wait for its end */

        if (lease->call.op) {
            ngx_polycard_store_cancel(&lease->call);
            ngx_polycard_lease_ask(lease, 1);
            ngx_polycard_store_cancel(&lease->call);
        }

        return;
    }

    ngx_polycard_store_cancel(&lease->call);

    argument[0].data = fence;
    argument[0].len = ngx_sprintf(fence, "%L", lease->fence) - fence;

    n = ngx_polycard_lease_say(lease, &argument[1]);

    (void) ngx_polycard_store_function(&lease->call, "release", argument,
                                       1 + n);

    /* whether or not it arrives: the lease does not count any more */
    ngx_polycard_store_cancel(&lease->call);

    ngx_polycard_lease_end(lease);
}
