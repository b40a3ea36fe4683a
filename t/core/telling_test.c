
/* What the store is told, and in which order: one rule of dispatch.h each. */

#include "driver.h"


static void telling_test_state(void);
static void telling_test_refuse(void);
static void telling_test_refuse_other(void);
static void telling_test_hold(void);
static void telling_test_hold_late(void);
static void telling_test_idle(void);
static void telling_test_pending(void);
static void telling_test_nothing(void);
static void telling_test_last(void);


int
main(void)
{
    telling_test_refuse();
    telling_test_refuse_other();
    telling_test_hold();
    telling_test_hold_late();
    telling_test_idle();
    telling_test_pending();
    telling_test_nothing();
    telling_test_last();
    telling_test_state();

    return tap_done();
}


/* what the status shows */

static void
telling_test_state(void)
{
    ngx_polycard_dispatch_state_t  state;

    run_begin();
    run_load_keys(2);

    (void) run_next();
    ngx_polycard_dispatch_state(run_d, &state);
    tap_ok(state.failures == 0 && state.probe == 0 && state.flight == 1
           && state.window == 2, "no outage: no next attempt");

    run_answer(1, OUTAGE, 0);
    ngx_polycard_dispatch_state(run_d, &state);
    tap_ok(state.failures > 0 && state.probe > run_now && state.flight == 0,
           "an outage: when the next attempt is");

    run_end("the state");
}


/* or NEXT would put what was accepted on hold, and it would come again */

static void
telling_test_refuse(void)
{
    run_begin();
    run_load(1, 3, 0);
    run_load(4, 1, 1);

    run_send(2);
    run_answer(1, ACCEPTED, 0);
    (void) run_next();
    run_answer(2, REFUSED, 0);
    run_answer(4, ACCEPTED, 0);

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT
           && run_called(0) == 1,
           "what was accepted of a key is told before it goes on hold");
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_REFUSE
           && run_called(0) == 2 && run_called(1) == 3,
           "then that the next one was refused");

    run_end("accepted and refused");
}


static void
telling_test_refuse_other(void)
{
    run_begin();
    run_load(1, 2, 0);
    run_load(3, 1, 1);
    run_load(4, 1, 2);

    run_send(3);
    run_answer(1, ACCEPTED, 0);
    (void) run_next();
    run_answer(2, REFUSED, 0);
    run_answer(3, REFUSED, 0);
    run_answer(4, ACCEPTED, 0);

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_REFUSE
           && run_called(0) == 3, "a key of which nothing was accepted");
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE) && run_called(0) == 2,
           "does not wait for another");

    run_end("a refusal that waits");
}


static void
telling_test_hold(void)
{
    size_t  i;

    run_begin();
    run_load(1, 1, 0);
    (void) run_next();

    for (i = 2; i <= WINDOW / 8 + 1; i++) {
        (void) run_add(i, 0, 0, 0);
    }

    run_answer(1, ACCEPTED, 0);

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT
           && run_called(0) == 1,
           "what was accepted of a crowded key is told first");
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_HOLD
           && run_called(0) == 2, "then it goes on hold");

    run_end("accepted and on hold");
}


static void
telling_test_hold_late(void)
{
    size_t  i;

    run_begin();
    run_load(1, 1, 0);
    (void) run_next();

    for (i = 2; i <= WINDOW / 8 + 1; i++) {
        (void) run_add(i, 0, 0, 0);
    }

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "a crowded key does not go on hold while one of it is in flight");
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 1000,
           "nor is it waited for but by the store's poll");

    ngx_polycard_dispatch_drain(run_d);
    run_answer(1, ACCEPTED, 0);
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT
           && run_write_call() == NGX_POLYCARD_DISPATCH_NONE
           && ngx_polycard_dispatch_idle(run_d),
           "who leaves puts nothing on hold any more");

    run_end("a crowded key in flight");
}


/* the lease is released when all decisions are written */

static void
telling_test_idle(void)
{
    run_begin();
    run_load_keys(3);
    run_send(3);
    run_answer(1, REFUSED, 0);
    run_answer(2, REFUSED, 0);
    run_answer(3, ACCEPTED, 0);
    ngx_polycard_dispatch_drain(run_d);

    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_REFUSE
           && run_call() == NGX_POLYCARD_DISPATCH_ACCEPT
           && !ngx_polycard_dispatch_idle(run_d), "a refusal is not told");
    tap_ok(run_take() == NGX_POLYCARD_DISPATCH_REFUSE
           && !ngx_polycard_dispatch_idle(run_d), "it is being told");
    run_done(-1);
    tap_ok(ngx_polycard_dispatch_idle(run_d), "that was all");

    run_end("all decisions");

    run_begin();
    run_load(1, WINDOW / 8 + 1, 0);
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_HOLD);
    ngx_polycard_dispatch_drain(run_d);
    tap_ok(!ngx_polycard_dispatch_idle(run_d), "a key is going on hold");
    run_done(-1);
    tap_ok(ngx_polycard_dispatch_idle(run_d), "now it is there");

    run_end("a key on its way to its list");
}


static void
telling_test_pending(void)
{
    run_begin();

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    run_load_keys(2);
    run_send(2);
    run_answer(1, ACCEPTED, 0);
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 0,
           "an acceptance is told at once");

    (void) run_take_kind(NGX_POLYCARD_DISPATCH_ACCEPT);
    run_answer(2, REFUSED, 10);
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == -1,
           "while the store is asked, nothing is waited for");

    ngx_polycard_dispatch_failed(run_d, run_now);
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 100,
           "then for the time to repeat the call");

    run_end("a call under way");
}


/* of a lease that was lost meanwhile */

static void
telling_test_nothing(void)
{
    run_begin();

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    run_done(0);
    ngx_polycard_dispatch_failed(run_d, run_now);
    ngx_polycard_dispatch_rejected(run_d, run_now);

    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_NONE
           && ngx_polycard_dispatch_timer(run_d, run_now) == 1000,
           "results without a call are ignored");

    run_end("no call");
}


/* a refusal that makes a dead letter: the next one of the key is due */

static void
telling_test_last(void)
{
    run_begin();

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    (void) run_add(1, 0, 1, 3);
    (void) run_add(2, 1, 1, 4);
    run_send(2);
    run_answer(1, REFUSED, 500);
    run_now += 500;
    run_answer(2, REFUSED, 500);

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_REFUSE_HELD
           && run_called(0) == 1, "the fourth refusal of five");

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    run_now += 499;
    tap_ok(!run_find(NGX_POLYCARD_DISPATCH_DUE), "nothing is due");
    run_load(3, 1, 2);
    (void) run_next();
    run_answer(3, ACCEPTED, 0);
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE_HELD) && run_called(0) == 2
           && run_given->delay == 1, "the fifth of another");
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_DUE),
           "what follows it does not wait");

    run_end("the last refusal");
}
