
/* What a schedule of t/sim does not show: one rule of dispatch.h a test. */

#include "driver.h"


static void dispatch_test_order(void);
static void dispatch_test_concurrency(void);
static void dispatch_test_followers(void);
static void dispatch_test_held(void);
static void dispatch_test_held_aside(void);
static void dispatch_test_share(void);
static void dispatch_test_crowd(void);
static void dispatch_test_rate(void);
static void dispatch_test_unsent(void);
static void dispatch_test_stop(void);
static void dispatch_test_failed(void);
static void dispatch_test_drain(void);
static void dispatch_test_rewind(void);
static void dispatch_test_timer(void);


int
main(void)
{
    dispatch_test_order();
    dispatch_test_concurrency();
    dispatch_test_followers();
    dispatch_test_held();
    dispatch_test_held_aside();
    dispatch_test_share();
    dispatch_test_crowd();
    dispatch_test_rate();
    dispatch_test_unsent();
    dispatch_test_stop();
    dispatch_test_failed();
    dispatch_test_drain();
    dispatch_test_rewind();
    dispatch_test_timer();

    return tap_done();
}


static void
dispatch_test_order(void)
{
    run_begin();
    run_load(1, 2, 0);
    run_load(3, 1, 1);

    tap_ok(run_next() == 1, "the first of a key");
    tap_ok(run_next() == 3, "another key does not wait for it");
    tap_ok(run_next() == 0, "the second of the key does");

    run_answer(1, ACCEPTED, 0);
    tap_ok(run_next() == 2,
           "until the first is accepted, acknowledged or not");

    run_answer(2, ACCEPTED, 0);
    run_answer(3, ACCEPTED, 0);

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT
           && run_given->n == 3
           && run_called(0) == 1 && run_called(1) == 2 && run_called(2) == 3,
           "all in one call, in the order of the answers");

    run_end("order");
}


static void
dispatch_test_concurrency(void)
{
    size_t  i;

    run_begin();

    run_load_keys(20);

    for (i = 0; run_next(); i++) { /* void */ }

    tap_ok(i == 8, "%zu in flight", i);

    run_answer(3, ACCEPTED, 0);
    tap_ok(run_next() == 9 && run_next() == 0, "one more when one has ended");

    run_end("concurrency");
}


static void
dispatch_test_followers(void)
{
    run_begin();
    run_load(1, 4, 0);
    run_load(5, 1, 1);

    run_send(2);
    run_answer(1, ACCEPTED, 0);
    (void) run_next();
    run_answer(2, REFUSED, 0);

    tap_ok(run_next() == 0, "what follows a refused record waits");

    run_answer(5, ACCEPTED, 0);

    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE) && run_given->n == 3
           && run_called(0) == 2 && run_called(1) == 3 && run_called(2) == 4,
           "and goes on hold with it");
    tap_ok(run_next() == 0, "nothing of it is here any more");

    run_end("followers");
}


static void
dispatch_test_held(void)
{
    run_begin();
    tap_ok(run_add(7, 0, 1, 3) == NGX_POLYCARD_OK, "a held record");
    tap_ok(run_add(7, 0, 1, 3) == NGX_POLYCARD_ERROR, "is taken once");
    tap_ok(run_add(8, 0, 0, 0) == NGX_POLYCARD_ERROR,
           "and has its key for itself");
    run_load(1, 1, 1);

    tap_ok(run_next() == 7, "it is sent");
    (void) run_next();
    run_answer(7, REFUSED, 0);
    run_answer(1, ACCEPTED, 0);

    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE_HELD) && run_called(0) == 7,
           "it is refused");
    tap_ok(!run_find(NGX_POLYCARD_DISPATCH_REFUSE_HELD), "once");

    (void) run_add(7, 0, 1, 4);
    (void) run_next();
    run_answer(7, ACCEPTED, 0);
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT_HELD
           && run_called(0) == 7, "accepted at last");
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_DUE),
           "and its list is asked for the next one");

    run_end("held records");
}


static void
dispatch_test_held_aside(void)
{
    run_begin();

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    run_load(5, 2, 0);

    tap_ok(run_add(2, 0, 1, 0) == NGX_POLYCARD_ERROR,
           "a head is left alone while its key has records here");

    (void) run_next();
    run_answer(5, ACCEPTED, 0);
    (void) run_next();
    run_answer(6, ACCEPTED, 0);

    /* DUE comes early, because there is something to be had */

    (void) run_write_call();
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_DUE), "and asked for then");

    run_end("heads that are left alone");
}


/* an eighth of the window, 32 at most */

static void
dispatch_test_share(void)
{
    size_t  i, n, windows[] = { 64, 232, 248, 256, 300, 999 };

    for (i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        run_begin_window(windows[i]);

        for (n = 0; run_add(n + 1, 0, 0, 0) == NGX_POLYCARD_OK; n++) {
            /* void */
        }

        tap_ok(n == (windows[i] < 256 ? windows[i] / 8 : 32) + 1,
               "of a window of %zu one key has %zu", windows[i], n);

        run_end("the share of a key");
    }
}


/* a client with 100 hooks does not keep out the others */

static void
dispatch_test_crowd(void)
{
    size_t    i, n;
    uint64_t  id;

    run_begin();

    for (n = 0, i = 1; i <= 100; i++) {
        n += run_add(i, 0, 0, 0) == NGX_POLYCARD_OK;
    }

    tap_ok(n == WINDOW / 8 + 1, "%zu of 100 are taken", n);

    run_load(101, 1, 1);
    tap_ok(run_next() == 101, "another key goes");
    tap_ok(run_next() == 0, "the crowded one does not");

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_HOLD && run_given->n == n
           && run_called(0) == 1 && run_called(n - 1) == n, "it goes on hold");

    id = 0;

    for (i = 0; i < 3; i++) {
        if (run_call() == NGX_POLYCARD_DISPATCH_NEXT) {
            id = run_given->after.seq;
            break;
        }
    }

    tap_ok(i < 3 && id == 0, "the outbox is read from its beginning");
    tap_ok(run_add(1, 0, 1, 0) == NGX_POLYCARD_OK && run_next() == 1,
           "it comes back from there");

    run_end("a crowded key");
}


static void
dispatch_test_rate(void)
{
    size_t  i, n;

    run_begin();
    run_conf.rate = 50 * 1000;
    run_d = ngx_polycard_dispatch_init(run_d, &run_conf);
    ngx_polycard_dispatch_start(run_d, run_now);
    run_conf.concurrency = 200;

    run_load_keys(200);

    for (n = 0; run_next(); n++) { /* void */ }

    tap_ok(n == 5, "a tenth of a second at once: %zu", n);

    for (i = 0; i < 1000; i++) {
        run_now++;

        while (run_next()) {
            n++;
        }
    }

    tap_ok(n == 55, "50 in a second: %zu", n);
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) <= 20,
           "the next in 20 ms");

    run_end("rate");
}


static void
dispatch_test_unsent(void)
{
    run_begin();
    run_load(1, 1, 0);

    (void) run_next();
    ngx_polycard_dispatch_unsent(run_d, run_now, run_slots[1]);
    tap_ok(run_next() == 0, "not at once again");
    run_now += 100;
    tap_ok(run_next() == 1, "but soon");
    run_answer(1, OUTAGE, 0);
    run_now += 1200;
    (void) run_next();
    ngx_polycard_dispatch_unsent(run_d, run_now, run_slots[1]);
    run_now += 100;
    tap_ok(run_next() == 1, "a probe, too");

    run_end("unsent");

    run_begin();
    run_load_keys(3);
    run_conf.concurrency = 1;

    (void) run_next();
    run_answer(1, OUTAGE, 0);
    run_now += 1200;
    (void) run_next();
    run_answer(2, OUTAGE, 0);
    run_now += 6000;
    (void) run_next();
    run_answer(3, OUTAGE, 0);
    run_now += 6000;

    tap_ok(run_next() == 1, "a key that failed is probed");
    ngx_polycard_dispatch_unsent(run_d, run_now, run_slots[1]);
    run_load(4, 1, 3);
    run_now += 100;
    tap_ok(run_next() == 4,
           "where it was not sent, one that did not fail goes first");

    run_end("unsent and failed");
}


static void
dispatch_test_stop(void)
{
    run_begin();
    run_load(1, 2, 0);
    run_load(3, 1, 1);
    (void) run_next();

    ngx_polycard_dispatch_stop(run_d);
    tap_ok(run_released == 2, "what is not in flight is let go");
    tap_ok(run_next() == 0 && run_call() == NGX_POLYCARD_DISPATCH_NONE,
           "without a lease nothing is done");
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == -1,
           "nor waited for");

    ngx_polycard_dispatch_start(run_d, run_now);
    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_NEXT
           && run_given->after.seq == 0,
           "with a new one the outbox is read");

    run_slots[999] = run_slots[1];
    run_load(1, 2, 0);
    run_load(3, 1, 1);
    tap_ok(run_next() == 3 && run_next() == 0, "the key of an orphan waits");

    ngx_polycard_dispatch_result(run_d, run_now, run_slots[999], ACCEPTED, 0);
    tap_ok(run_next() == 1, "until it has ended, and is sent again");
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "the orphan is not acknowledged");

    run_end("stop");
}


static void
dispatch_test_failed(void)
{
    run_begin();
    run_load_keys(2);
    run_send(2);
    run_answer(1, ACCEPTED, 0);

    do {
        run_given = ngx_polycard_dispatch_call(run_d, run_now);

        if (run_given->op != NGX_POLYCARD_DISPATCH_ACCEPT) {
            ngx_polycard_dispatch_done(run_d, run_now, -1);
        }

    } while (run_given->op != NGX_POLYCARD_DISPATCH_ACCEPT);

    tap_ok(ngx_polycard_dispatch_call(run_d, run_now) == NULL,
           "one call at a time");

    ngx_polycard_dispatch_failed(run_d, run_now);
    run_answer(2, ACCEPTED, 0);
    tap_ok(ngx_polycard_dispatch_call(run_d, run_now) == NULL,
           "not at once again");

    run_now += 100;
    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_ACCEPT && run_given->n == 1
           && run_called(0) == 1, "the same again");

    run_end("a failed call");
}


static void
dispatch_test_drain(void)
{
    run_begin();
    run_load(1, 2, 0);
    run_load(3, 1, 1);
    (void) run_next();

    ngx_polycard_dispatch_drain(run_d);
    tap_ok(run_next() == 0, "nothing more is sent");
    tap_ok(!ngx_polycard_dispatch_idle(run_d), "one is in flight");

    run_now += 60000;
    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_NONE, "nothing is read");

    run_answer(1, ACCEPTED, 0);
    tap_ok(!ngx_polycard_dispatch_idle(run_d), "it is not acknowledged");
    tap_ok(run_next() == 0, "the next one stays");
    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_ACCEPT, "now it is");
    tap_ok(ngx_polycard_dispatch_idle(run_d), "that was all");

    run_end("drain");
}


static void
dispatch_test_rewind(void)
{
    run_begin();
    run_load(1, 1, 0);
    run_load(2, 1, 0);

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    ngx_polycard_dispatch_wake(run_d);
    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_NEXT
           && run_given->after.seq == 2,
           "reading continues after what is here");

    ngx_polycard_dispatch_rewind(run_d);
    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_NEXT
           && run_given->after.seq == 0,
           "or begins again");
    tap_ok(run_add(1, 0, 0, 0) == NGX_POLYCARD_ERROR
           && run_add(2, 0, 0, 0) == NGX_POLYCARD_ERROR,
           "nothing comes twice");
    run_load(3, 1, 0);

    (void) run_next();
    run_answer(1, ACCEPTED, 0);
    (void) run_next();
    run_answer(2, ACCEPTED, 0);
    (void) run_next();
    run_answer(3, ACCEPTED, 0);

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    ngx_polycard_dispatch_wake(run_d);
    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_NEXT
           && run_given->after.seq == 0,
           "and when nothing is here, too");

    run_end("rewind");
}


static void
dispatch_test_timer(void)
{
    run_begin();

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 1000,
           "the store's poll");

    ngx_polycard_dispatch_wake(run_d);
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 0, "a wake-up");

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    run_load(1, 1, 0);
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 0,
           "something to send");
    (void) run_next();
    run_answer(1, OUTAGE, 300);
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 300, "a probe");

    run_end("timer");

    run_begin();
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    run_done(700);

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 700,
           "the next head of a list");

    run_end("timer for what is on hold");

    run_begin();
    run_conf.rate = 9009;
    run_d = ngx_polycard_dispatch_init(run_d, &run_conf);
    ngx_polycard_dispatch_start(run_d, run_now);
    run_load_keys(2);
    run_send(1);

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 112,
           "a rate: not a millisecond too early");

    run_end("timer for a rate");
}
