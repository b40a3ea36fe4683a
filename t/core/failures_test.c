
/* Outages, as outage_test.c: what is here when one begins, and who is asked
 * next; one rule of dispatch.h a test. */

#include "driver.h"


static void failures_test_empty(void);
static void failures_test_late(void);
static void failures_test_same_key(void);
static void failures_test_held(void);
static void failures_test_same(void);
static void failures_test_crowded(void);
static void failures_test_stuck(void);
static void failures_small(void);


int
main(void)
{
    failures_test_empty();
    failures_test_late();
    failures_test_same_key();
    failures_test_held();
    failures_test_same();
    failures_test_crowded();
    failures_test_stuck();

    return tap_done();
}


/* the key that failed went on hold */

static void
failures_test_empty(void)
{
    size_t  i;

    run_begin();
    run_load(1, 1, 0);
    (void) run_next();
    run_answer(1, OUTAGE, 0);

    for (i = 2; i <= WINDOW / 8 + 1; i++) {
        (void) run_add(i, 0, 0, 0);
    }

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_HOLD, "it goes on hold");

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    run_now += 600;
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 400,
           "the store is looked at next");
    run_now += 600;
    tap_ok(run_next() == 0, "without a record there is no probe");

    (void) run_add(1, 0, 1, 0);
    tap_ok(run_next() == 1, "it is one when it comes back");
    run_load(50, 1, 1);
    tap_ok(run_next() == 0, "the only one");

    run_end("an outage without a record");
}


/* sent before the end of an outage, it fails in the next one */

static void
failures_test_late(void)
{
    run_begin();
    run_load_keys(5);
    run_conf.concurrency = 2;

    run_send(2);
    run_answer(1, OUTAGE, 0);
    run_now += 1200;
    (void) run_next();
    run_answer(3, ACCEPTED, 0);

    tap_ok(run_next() == 4, "the outage is over");
    run_answer(4, OUTAGE, 0);
    run_answer(2, OUTAGE, 3000);
    run_now += 2999;
    tap_ok(run_next() == 0, "another one: a late Retry-After is heeded");
    run_now += 1;
    tap_ok(run_next() == 5, "a probe");
    run_answer(5, ACCEPTED, 0);

    tap_ok(run_next() == 2, "what is of the first one is sent again");
    run_answer(2, ACCEPTED, 0);
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE) && run_called(0) == 1
           && run_find(NGX_POLYCARD_DISPATCH_REFUSE) && run_called(0) == 4,
           "a failure of each counts");
    tap_ok(!run_find(NGX_POLYCARD_DISPATCH_REFUSE), "and no other");

    run_end("late in the next outage");
}


static void
failures_test_same_key(void)
{
    size_t                         i;
    ngx_polycard_dispatch_state_t  state;

    run_begin();

    for (i = 1; i <= 40; i++) {
        (void) run_add(i, i % 2, 1, 0);
        (void) run_next();
        run_answer(i, REFUSED, 10);

        while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

        run_now += 10;
        (void) run_find(NGX_POLYCARD_DISPATCH_REFUSE_HELD);
    }

    ngx_polycard_dispatch_state(run_d, &state);
    tap_ok(state.failures == 0 && state.window == 0,
           "40 refusals of two keys are no outage, and all count");

    run_end("refusals of two keys");
}


/* the heads of hold lists make room, too: they are let go */

static void
failures_test_held(void)
{
    size_t                         i;
    uint64_t                       id;
    ngx_polycard_dispatch_state_t  state;

    failures_small();
    run_conf.concurrency = 1;

    for (i = 1; i <= 16; i++) {
        (void) run_add(i, i, 1, 0);
    }

    for (i = 1; i <= 16; i++) {
        id = run_next();

        tap_ok(id == i, "head %d fails", (int) i);
        run_answer(id, OUTAGE, 0);
        tap_ok(run_released == 0, "... and stays");
        tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
               "... where it is");
        run_now += 6000;
    }

    ngx_polycard_dispatch_state(run_d, &state);
    tap_ok(run_released > 0 && state.window == 16 - run_released,
           "all failed: %zu let go", run_released);

    run_end("a window full of heads");
}


/* clients that are refused again and again are no outage */

static void
failures_test_same(void)
{
    size_t  i, n;

    run_begin();
    run_conf.concurrency = 1;

    for (i = 1, n = 0; i <= 25; i++) {
        run_load(i, 1, i % 2);

        n += run_next() == i;
        run_answer(i, REFUSED, 0);

        run_now += 100000;
        n += run_find(NGX_POLYCARD_DISPATCH_REFUSE);
    }

    tap_ok(n == 50, "25 refusals of two keys are no outage: %zu", n);

    run_end("refusals of few");
}


/* a key that goes on hold anyway makes room enough */

static void
failures_test_crowded(void)
{
    size_t    i;
    uint64_t  first;

    failures_small();
    run_conf.concurrency = 1;

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    run_load_keys(2);
    first = run_next();
    run_answer(first, OUTAGE, 0);
    run_now += 1200;
    (void) run_next();
    run_answer(3 - first, OUTAGE, 0);

    for (i = 0; i < 4; i++) {
        run_load(10 * (i + 1), 3, i + 2);
    }

    run_load(3, 1, 1);
    run_load(4, 1, 1);

    for (i = 0; run_write_call() == NGX_POLYCARD_DISPATCH_HOLD; i++) {
        tap_ok(run_given->n == 3, "a crowded key goes on hold");
    }

    run_now += 6000;
    tap_ok(i == 5 && run_next() == 1, "a key that is not crowded stays");

    run_end("failures and crowded keys");
}


/* all keys wait to go on hold, and the store rejects them */

static void
failures_test_stuck(void)
{
    size_t                         i, n;
    ngx_polycard_dispatch_state_t  state;

    failures_small();
    run_load(1, 1, 0);
    (void) run_next();
    run_answer(1, OUTAGE, 0);
    run_load(2, 2, 0);

    for (i = 1; i < 5; i++) {
        run_load(10 * i, 3, i);
    }

    for (n = 0; run_take() != NGX_POLYCARD_DISPATCH_NONE; n++) {
        ngx_polycard_dispatch_rejected(run_d, run_now);
    }

    ngx_polycard_dispatch_state(run_d, &state);
    tap_ok(n == 5 && state.window == 15, "%zu keys are stuck, and stay", n);
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 1000,
           "until it is time to try again");

    run_end("stuck in an outage");
}


/* a window of 16: two records of a key, the third makes a crowd */

static void
failures_small(void)
{
    run_begin();
    run_conf.window = 16;
    run_d = ngx_polycard_dispatch_init(run_d, &run_conf);
    ngx_polycard_dispatch_start(run_d, run_now);
}
