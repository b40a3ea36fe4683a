
#include "hook/sweep.h"


/* a part of the least time on the way, by which it may rise with each call */
#define NGX_POLYCARD_SWEEP_DRIFT  64


typedef struct {
    const char     *function;
    ngx_str_t       count;       /* of a call of a quiet round */
} ngx_polycard_sweep_pass_t;


static void ngx_polycard_sweep_timer_handler(ngx_event_t *ev);
static void ngx_polycard_sweep_answer(ngx_polycard_store_call_t *call);
static ngx_msec_t ngx_polycard_sweep_pause(ngx_polycard_sweep_t *sweep,
    int64_t took);
static int64_t ngx_polycard_sweep_clock(void);
static void ngx_polycard_sweep_next(ngx_polycard_sweep_t *sweep,
    const ngx_polycard_str_t *cursor);
static void ngx_polycard_sweep_round(ngx_polycard_sweep_t *sweep);
static void ngx_polycard_sweep_told(ngx_polycard_store_call_t *call);
static void ngx_polycard_sweep_log_unread(ngx_polycard_sweep_t *sweep,
    int64_t n);
static void ngx_polycard_sweep_log_guard(ngx_polycard_sweep_t *sweep,
    unsigned closed);


static ngx_polycard_sweep_pass_t  ngx_polycard_sweep_passes[] = {
    { "sweep_index", ngx_string("10") },
    { "sweep_groups", ngx_string("10") },
    { "sweep_scan", ngx_string("60") }
};

#define NGX_POLYCARD_SWEEP_PASSES  3
#define NGX_POLYCARD_SWEEP_KEYS    2


/* count of a call in a hurry: it ends by Redis' clock */
static const ngx_str_t  ngx_polycard_sweep_most = ngx_string("1000");


void
ngx_polycard_sweep_start(ngx_polycard_sweep_t *sweep, int64_t fence,
    unsigned awaited)
{
    sweep->fence = fence;
    sweep->pass = awaited ? NGX_POLYCARD_SWEEP_KEYS : 0;
    sweep->fast = 1;
    sweep->debt = 0;
    sweep->way = 0;
    sweep->missed = 0;
    sweep->bad = 0;
    sweep->hurry = NGX_POLYCARD_SWEEP_PASSES;

    sweep->cursor.data = sweep->text;
    sweep->cursor.len = 1;
    sweep->text[0] = '0';

    sweep->call.market = sweep->market;
    sweep->call.handler = ngx_polycard_sweep_answer;
    sweep->call.data = sweep;
    sweep->call.background = 1;

    sweep->round = sweep->call;
    sweep->round.handler = ngx_polycard_sweep_told;

    sweep->timer.handler = ngx_polycard_sweep_timer_handler;
    sweep->timer.data = sweep;
    sweep->timer.log = ngx_cycle->log;
    sweep->timer.cancelable = 1;

    ngx_polycard_set_timer(&sweep->timer, 1);
}


void
ngx_polycard_sweep_stop(ngx_polycard_sweep_t *sweep)
{
    sweep->fence = 0;

    ngx_polycard_store_cancel(&sweep->call);
    ngx_polycard_store_cancel(&sweep->round);

    if (sweep->timer.timer_set) {
        ngx_del_timer(&sweep->timer);
    }
}


/* the current pass is incomplete: one more of each */

void
ngx_polycard_sweep_hurry(ngx_polycard_sweep_t *sweep)
{
    ngx_msec_int_t  left;

    sweep->hurry = NGX_POLYCARD_SWEEP_PASSES + 1;

    if (!sweep->timer.timer_set) {
        return;
    }

    /* never later: there may be many calls */

    left = (ngx_msec_int_t) (sweep->timer.timer.key - ngx_current_msec);

    if (left > 1) {
        sweep->fast = 1;
        ngx_polycard_set_timer(&sweep->timer, 1);
    }
}


static void
ngx_polycard_sweep_timer_handler(ngx_event_t *ev)
{
    u_char                      fence[NGX_INT64_LEN];
    ngx_str_t                   argument[3];
    ngx_polycard_sweep_t       *sweep;
    ngx_polycard_sweep_pass_t  *pass;

    sweep = ev->data;
    pass = &ngx_polycard_sweep_passes[sweep->pass];

    argument[0].data = fence;
    argument[0].len = ngx_sprintf(fence, "%L", sweep->fence) - fence;
    argument[1] = sweep->cursor;
    argument[2] = sweep->fast ? ngx_polycard_sweep_most : pass->count;

    sweep->sent = ngx_polycard_sweep_clock();

    if (ngx_polycard_store_function(&sweep->call, pass->function, argument, 3)
        != NGX_OK)
    {
        ngx_polycard_set_timer(&sweep->timer, 1000);
    }
}


/*
 * [next cursor, hooks, records seen, records out of line, skipped, whether the
 * guard is closed, incomplete records, those that an event should have
 * reported, those with a value that cannot be read, whether addClient waits for
 * the end of a pass, microseconds of Redis' time]
 */

static void
ngx_polycard_sweep_answer(ngx_polycard_store_call_t *call)
{
    ngx_msec_t             wait;
    ngx_uint_t             busy;
    ngx_polycard_str_t     cursor;
    ngx_polycard_sweep_t  *sweep;

    sweep = call->data;

    if (call->status == NGX_POLYCARD_STORE_FENCED) {
        sweep->fenced(sweep->data);
        return;
    }

    if (call->status != NGX_OK) {

        /* a pass that fails must not stop the others */

        if (call->status == NGX_POLYCARD_STORE_REJECTED) {
            ngx_polycard_store_text(NULL, &cursor);
            ngx_polycard_sweep_next(sweep, &cursor);
        }

        ngx_polycard_set_timer(&sweep->timer, 1000);
        return;
    }

    sweep->bad +=
        ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 6));
    sweep->missed +=
        ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 7));

    ngx_polycard_store_text(ngx_polycard_store_part(call->reply, 0), &cursor);
    ngx_polycard_sweep_next(sweep, &cursor);

    ngx_polycard_sweep_log_guard(sweep,
        ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 5))
        > 0);

    ngx_polycard_sweep_log_unread(sweep,
        ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 8)));

    busy = ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 3))
           + ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 9))
           > 0;

    wait = ngx_polycard_sweep_pause(sweep,
        ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 10)));

    sweep->fast = (busy || sweep->hurry);

    if (!sweep->fast) {
        wait = sweep->market->hook.sweep_interval;
    }

    ngx_polycard_set_timer(&sweep->timer, wait);

    if (ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 1)) > 0)
    {
        sweep->found(sweep->data);
    }
}


/*
 * In a hurry the sweep uses half of an otherwise idle Redis:
 * the pause is as long as the call took there, plus the time that the round
 * trip took longer than its minimum: that was spent waiting for others, so the
 * more they are the longer is the pause.  Timers have whole milliseconds;
 * fractions are added up.
 */

static ngx_msec_t
ngx_polycard_sweep_pause(ngx_polycard_sweep_t *sweep, int64_t took)
{
    int64_t     way;
    ngx_msec_t  wait, most;

    way = ngx_max(ngx_polycard_sweep_clock() - sweep->sent - took, 1);

    if (sweep->way == 0 || way < sweep->way) {
        sweep->way = way;

    } else {
        sweep->way += sweep->way / NGX_POLYCARD_SWEEP_DRIFT + 1;
        sweep->way = ngx_min(sweep->way, way);
    }

    sweep->debt += took + (way - sweep->way);

    most = sweep->market->hook.sweep_interval;
    wait = (ngx_msec_t) (sweep->debt / 1000);

    if (wait >= most) {
        sweep->debt = 0;
        return most;
    }

    sweep->debt %= 1000;

    return wait;
}


/* microseconds; the cached time of nginx is too coarse */

static int64_t
ngx_polycard_sweep_clock(void)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}


/* a pass ends with the cursor that it began with */

static void
ngx_polycard_sweep_next(ngx_polycard_sweep_t *sweep,
    const ngx_polycard_str_t *cursor)
{
    if (cursor->len > 0 && cursor->len <= NGX_POLYCARD_SWEEP_CURSOR) {
        ngx_memcpy(sweep->text, cursor->data, cursor->len);
        sweep->cursor.len = cursor->len;

    } else {
        sweep->text[0] = '0';
        sweep->cursor.len = 1;
    }

    if (sweep->cursor.len == 1 && sweep->text[0] == '0') {
        sweep->pass = (sweep->pass + 1) % NGX_POLYCARD_SWEEP_PASSES;
        sweep->hurry -= (sweep->hurry > 0);

        if (sweep->pass == 0) {
            ngx_polycard_sweep_round(sweep);
        }
    }
}


/* for the status; if it fails the next one is written */

static void
ngx_polycard_sweep_round(ngx_polycard_sweep_t *sweep)
{
    u_char      text[3][NGX_INT64_LEN];
    int64_t     number[3];
    ngx_str_t   argument[3];
    ngx_uint_t  i;

    number[0] = sweep->fence;
    number[1] = sweep->missed;
    number[2] = sweep->bad;

    for (i = 0; i < 3; i++) {
        argument[i].data = text[i];
        argument[i].len = ngx_sprintf(text[i], "%L", number[i]) - text[i];
    }

    if (sweep->round.op == NULL
        && ngx_polycard_store_function(&sweep->round, "swept", argument, 3)
           == NGX_OK)
    {
        sweep->missed = 0;
    }

    sweep->bad = 0;
}


static void
ngx_polycard_sweep_told(ngx_polycard_store_call_t *call)
{
    /* void */
}


/* B26: once per worker, without the value */

static void
ngx_polycard_sweep_log_unread(ngx_polycard_sweep_t *sweep, int64_t n)
{
    if (n == 0 || sweep->unread) {
        return;
    }

    sweep->unread = 1;

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "polycard market \"%V\" has stored values that cannot be "
                  "read, such as a bonus that is no number: they count as they "
                  "were last announced; this worker says so once",
                  &sweep->market->name);
}


/* one line when it closes or is found closed, one when it opens */

static void
ngx_polycard_sweep_log_guard(ngx_polycard_sweep_t *sweep, unsigned closed)
{
    if (closed == sweep->closed) {
        return;
    }

    sweep->closed = (closed != 0);

    if (closed) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "so many records of polycard market \"%V\" are gone "
                      "that further deletions are not announced, until they "
                      "are back or polycard_confirm_deletions is called",
                      &sweep->market->name);

    } else {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "deletions of polycard market \"%V\" are announced "
                      "again", &sweep->market->name);
    }
}
