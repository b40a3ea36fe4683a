
/* What is read of the outbox and of hold lists, and in which order: one rule
 * of dispatch.h a test. */

#include "driver.h"


static void reading_test_failed(void);
static void reading_test_overtaken(void);
static void reading_test_orphan(void);
static void reading_test_hidden(void);
static void reading_test_hidden_far(void);
static void reading_test_all(void);
static void reading_test_left_alone(void);
static void reading_test_one_left_alone(void);
static void reading_test_left_wait(void);
static void reading_test_not_found(void);
static void reading_settle(void);
static void reading_leave_alone(void);


int
main(void)
{
    reading_test_failed();
    reading_test_overtaken();
    reading_test_orphan();
    reading_test_hidden();
    reading_test_hidden_far();
    reading_test_all();
    reading_test_left_alone();
    reading_test_one_left_alone();
    reading_test_left_wait();
    reading_test_not_found();

    return tap_done();
}


static void
reading_test_failed(void)
{
    run_begin();
    run_load_keys(2);
    reading_settle();
    ngx_polycard_dispatch_wake(run_d);

    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_NEXT)
           && run_given->after.seq == 2, "reading goes on");
    tap_ok(run_given->count == WINDOW / 4, "%zu records at once",
           run_given->count);
    ngx_polycard_dispatch_failed(run_d, run_now);
    run_now += 100;

    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_NEXT)
           && run_given->after.seq == 0,
           "where it failed, it begins again: it may be another Redis");
    run_done(-1);

    run_end("a failed reading");
}


/* a crowded key that is let go, or a connection that is new: the answer to
 * what was asked before comes after that */

static void
reading_test_overtaken(void)
{
    run_begin();
    run_load(1, 1, 1);
    reading_settle();
    ngx_polycard_dispatch_wake(run_d);

    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_NEXT)
           && run_given->after.seq == 1, "reading goes on");
    ngx_polycard_dispatch_rewind(run_d);

    tap_ok(run_add(9, 0, 0, 0) == NGX_POLYCARD_ERROR,
           "what is found behind what is to be read again comes too early");
    run_done(-1);

    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_NEXT)
           && run_given->after.seq == 0, "the outbox is read from its start");
    tap_ok(run_add(8, 0, 0, 0) == NGX_POLYCARD_OK
           && run_add(9, 0, 0, 0) == NGX_POLYCARD_OK, "in the right order");
    run_done(-1);

    run_end("a reading that was overtaken");
}


/* a crowded key has one in flight when the lease is lost and comes back */

static void
reading_test_orphan(void)
{
    size_t  i;

    run_begin();
    (void) run_add(1, 0, 0, 0);
    (void) run_next();
    run_slots[999] = run_slots[1];

    for (i = 2; i <= WINDOW / 8 + 2; i++) {
        (void) run_add(i, 0, 0, 0);
    }

    ngx_polycard_dispatch_stop(run_d);
    ngx_polycard_dispatch_start(run_d, run_now);
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_NEXT);

    tap_ok(run_add(1, 0, 0, 0) == NGX_POLYCARD_OK
           && run_add(2, 0, 0, 0) == NGX_POLYCARD_OK,
           "the key takes its records again");
    run_done(-1);

    tap_ok(run_next() == 0, "and waits for its orphan");
    ngx_polycard_dispatch_result(run_d, run_now, run_slots[999], ACCEPTED, 0);
    tap_ok(run_next() == 1, "the oldest goes first");

    run_end("a crowded key with an orphan");
}


/* a head that was not told when its turn came stands before those here */

static void
reading_test_hidden(void)
{
    run_begin();
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    (void) run_add(7, 7, 1, 0);
    run_done(0);
    reading_settle();
    run_now += 1000;

    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE) && run_given->skip == 1,
           "the one that is here is skipped");
    tap_ok(run_add(7, 7, 1, 0) == NGX_POLYCARD_ERROR,
           "it turns up behind another one");
    run_done(-1);

    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE) && run_given->skip == 0,
           "all are gone through, at once");
    tap_ok(run_add(5, 5, 1, 0) == NGX_POLYCARD_OK, "the other one is found");
    run_done(-1);

    run_now += 1000;
    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE) && run_given->skip == 2,
           "then both are skipped");
    run_done(-1);

    run_end("a head before those that are here");
}


static void
reading_test_hidden_far(void)
{
    size_t  i;

    run_begin();
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    tap_ok(run_given->count == NGX_POLYCARD_DISPATCH_HEADS,
           "%zu heads at once", run_given->count);

    for (i = 0; i < 20; i++) {
        (void) run_add(100 + i, 100 + i, 1, 0);
    }

    run_done(-1);
    run_now += 1000;
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    (void) run_add(119, 119, 1, 0);
    run_done(-1);

    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    tap_ok(run_given->skip == 0, "the first ones again");

    for (i = 0; i < NGX_POLYCARD_DISPATCH_HEADS; i++) {
        (void) run_add(100 + i, 100 + i, 1, 0);
    }

    run_done(0);
    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE)
           && run_given->skip == NGX_POLYCARD_DISPATCH_HEADS,
           "then those behind them");
    tap_ok(run_add(5, 5, 1, 0) == NGX_POLYCARD_OK, "there it is");
    run_done(-1);

    run_end("a head among many");
}


/* what is here may not be due any more, others are skipped in its place */

static void
reading_test_all(void)
{
    size_t  i;

    run_begin();
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    (void) run_add(7, 7, 1, 0);
    run_done(-1);

    for (i = 0; i < 9; i++) {
        run_now += 1000;
        (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
        run_done(-1);
    }

    tap_ok(run_given->skip == 1, "skipped for ten seconds");
    run_now += 1000;
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    run_done(-1);
    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE) && run_given->skip == 0,
           "then all are gone through");
    tap_ok(run_add(5, 5, 1, 0) == NGX_POLYCARD_OK, "a hidden one is found");
    run_done(-1);

    run_now += 1000;
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    run_done(-1);
    tap_ok(!run_take_kind(NGX_POLYCARD_DISPATCH_DUE),
           "then not for another ten seconds");

    run_end("all heads, every ten seconds");
}


/* heads are asked for, and the first one is left alone: its key has records
 * here, which go first */

static void
reading_leave_alone(void)
{
    run_begin();
    reading_settle();
    run_load(5, 1, 0);
    (void) run_next();
    run_now += 1000;

    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    (void) run_add(2, 0, 1, 0);
}


static void
reading_test_left_alone(void)
{
    reading_leave_alone();
    run_done(0);

    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    (void) run_add(2, 0, 1, 0);
    run_done(0);
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    run_done(1);

    run_now += 99;
    tap_ok(!run_take_kind(NGX_POLYCARD_DISPATCH_DUE),
           "heads that are all left alone: a pause");
    run_now += 1;
    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE), "of 100 ms");

    run_end("heads that are left alone");
}


static void
reading_test_one_left_alone(void)
{
    reading_leave_alone();
    tap_ok(run_add(9, 9, 1, 0) == NGX_POLYCARD_OK, "one of two is taken");
    run_done(5000);

    tap_ok(!run_take_kind(NGX_POLYCARD_DISPATCH_DUE),
           "no reason to go through all");

    run_end("one head that is left alone, another that is not");
}


/* ... and when others are due is known */

static void
reading_test_left_wait(void)
{
    size_t  i;

    static const struct {
        int64_t  next;
        int64_t  wait;
    } c[] = {
        { 500, 500 }, { 99, 100 }, { 5000, 1000 }, { -1, 1000 }
    };

    for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
        run_begin();
        reading_settle();
        run_load(5, 1, 0);
        (void) run_next();
        run_now += 1000;

        (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
        (void) run_add(2, 0, 1, 0);
        run_done(0);
        (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
        (void) run_add(2, 0, 1, 0);
        run_done(c[i].next);

        run_now += c[i].wait - 1;
        tap_ok(!run_take_kind(NGX_POLYCARD_DISPATCH_DUE),
               "others are due after %d ms", (int) c[i].next);
        run_now += 1;
        tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE),
               "... asked for after %d ms", (int) c[i].wait);

        run_end("when others are due");
    }
}


/* one is due, but stands before those that were skipped */

static void
reading_test_not_found(void)
{
    run_begin();
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    (void) run_add(7, 7, 1, 0);
    run_done(-1);
    run_now += 1000;

    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE) && run_given->skip == 1,
           "the one that is here is skipped");
    run_done(0);

    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE) && run_given->skip == 0,
           "none came, but one is due: all are gone through");
    run_done(-1);

    run_end("a head that is due and does not come");
}


/* nothing more is there to be read */

static void
reading_settle(void)
{
    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }
}
