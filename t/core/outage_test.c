
/* Refusals and outages, one rule of dispatch.h a test. */

#include "driver.h"


static const int64_t  run_waits[] = { 1000, 5000, 60000 };


static void outage_test_refusal(void);
static void outage_test_refusal_second(void);
static void outage_test_refusal_alone(void);
static void outage_test_outage(void);
static void outage_test_probe_refused(void);
static void outage_test_late(void);
static void outage_test_streak(void);
static void outage_test_streak_short(void);
static void outage_test_streak_probe(void);
static void outage_test_unread(void);
static void outage_test_crowded(void);
static void outage_test_retry_after(void);
static void outage_test_retry_after_over(void);
static void outage_test_room(void);


int
main(void)
{
    outage_test_refusal();
    outage_test_refusal_second();
    outage_test_refusal_alone();
    outage_test_outage();
    outage_test_probe_refused();
    outage_test_late();
    outage_test_streak();
    outage_test_streak_short();
    outage_test_streak_probe();
    outage_test_unread();
    outage_test_crowded();
    outage_test_retry_after();
    outage_test_retry_after_over();
    outage_test_room();

    return tap_done();
}


static void
outage_test_refusal(void)
{
    run_begin();
    run_load_keys(2);

    run_send(2);
    run_answer(1, REFUSED, 0);

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "a refusal is provisional at first");

    run_now += 100;
    run_answer(2, ACCEPTED, 0);

    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE)
           && run_given->n == 1 && run_called(0) == 1
           && run_given->delay >= 700 && run_given->delay <= 1100,
           "refused for good, what is left of the wait: %lld",
           (long long) run_given->delay);
    tap_ok(!run_find(NGX_POLYCARD_DISPATCH_REFUSE), "once");

    run_end("refusal");
}


/* the wait is that of the attempt that was refused: 1 s after the first, 5 s
 * after the second */

static void
outage_test_refusal_second(void)
{
    run_begin();
    (void) run_add(1, 0, 1, 1);
    (void) run_add(2, 1, 1, 2);
    run_load(3, 1, 2);
    run_conf.retry = run_waits;
    run_conf.nretry = 3;

    run_send(3);
    run_answer(1, REFUSED, 0);
    run_answer(2, OUTAGE, 0);
    run_answer(3, ACCEPTED, 0);

    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE_HELD) && run_called(0) == 1
           && run_given->delay >= 4000 && run_given->delay <= 6000,
           "the second attempt: %lld ms", (long long) run_given->delay);

    run_load(4, 1, 3);
    run_now += 1200;
    (void) run_next();
    run_answer(4, ACCEPTED, 0);

    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE_HELD) && run_called(0) == 2
           && run_given->delay >= 48000 && run_given->delay <= 72000,
           "the third, by an outage: %lld ms", (long long) run_given->delay);

    run_end("waits");
}


static void
outage_test_refusal_alone(void)
{
    run_begin();
    run_load_keys(2);

    run_send(2);
    run_answer(1, REFUSED, 0);
    run_now += 5000;

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "not while another is in flight");

    run_answer(2, REFUSED, 0);
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_REFUSE
           && run_called(0) == 1
           && run_given->delay == 0, "the first one's wait is over");

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "the second one's is not");
    run_now += 1200;
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_REFUSE
           && run_called(0) == 2,
           "and now it is");

    run_end("refusals with nothing accepted");
}


static void
outage_test_outage(void)
{
    run_begin();
    run_load(1, 2, 0);
    run_load(3, 1, 1);
    run_load(4, 1, 2);
    run_load(5, 1, 3);
    run_conf.concurrency = 2;

    tap_ok(run_next() == 1 && run_next() == 3, "two in flight");

    run_answer(1, OUTAGE, 0);
    tap_ok(run_next() == 0, "an outage: nothing goes");

    run_answer(3, ACCEPTED, 0);
    tap_ok(run_next() == 0, "what was in flight does not end it");

    run_now += 799;
    tap_ok(run_next() == 0, "not before the first wait");

    run_now += 401;
    tap_ok(run_next() == 4, "a probe of a key that did not fail");
    tap_ok(run_next() == 0, "one at a time");

    run_answer(4, OUTAGE, 0);
    run_now += 3999;
    tap_ok(run_next() == 0, "the second wait is longer");

    run_now += 2001;
    tap_ok(run_next() == 5, "the third key");
    run_answer(5, OUTAGE, 0);
    run_now += 6000;
    tap_ok(run_next() == 1, "then in turn");
    run_answer(1, OUTAGE, 0);
    run_now += 6000;
    tap_ok(run_next() == 4, "and again");
    run_answer(4, ACCEPTED, 0);

    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE) && run_called(0) == 5,
           "what failed counts as refused");
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE) && run_called(0) == 1
           && run_called(1) == 2, "all of it");
    tap_ok(!run_find(NGX_POLYCARD_DISPATCH_REFUSE), "each once");

    run_end("outage");
}


static void
outage_test_probe_refused(void)
{
    run_begin();
    run_load_keys(3);
    run_conf.concurrency = 1;

    (void) run_next();
    run_answer(1, OUTAGE, 0);
    run_now += 1200;
    tap_ok(run_next() == 2, "a probe");
    run_answer(2, REFUSED, 0);

    tap_ok(run_next() == 3, "a gateway that refuses is there");
    run_answer(3, ACCEPTED, 0);
    tap_ok(run_next() == 1, "what failed is sent again");
    run_answer(1, ACCEPTED, 0);

    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE) && run_called(0) == 2,
           "the probe's refusal counts");
    tap_ok(!run_find(NGX_POLYCARD_DISPATCH_REFUSE), "and no other");

    run_end("a refused probe");
}


static void
outage_test_late(void)
{
    run_begin();
    run_load_keys(4);
    run_conf.concurrency = 3;

    run_send(3);
    run_answer(1, OUTAGE, 0);
    run_now += 1200;
    tap_ok(run_next() == 4, "a probe");
    run_answer(4, ACCEPTED, 0);

    run_answer(2, OUTAGE, 0);
    tap_ok(run_next() == 2, "what was sent before the end is sent again");
    run_answer(2, ACCEPTED, 0);
    run_answer(3, ACCEPTED, 0);

    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE) && run_called(0) == 1,
           "the first one's failure counts");
    tap_ok(!run_find(NGX_POLYCARD_DISPATCH_REFUSE), "the late one's not");

    run_end("late failures");
}


static void
outage_test_streak(void)
{
    size_t    i;
    uint64_t  id;

    run_begin();
    run_conf.attempts = 1;
    run_conf.concurrency = 1;

    run_load_keys(22);

    for (i = 1; i <= 20; i++) {
        tap_ok(run_next() == i, "key %zu", i);
        run_answer(i, REFUSED, 0);
    }

    tap_ok(run_next() == 0, "refusals of 20 keys are an outage");
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "none of them counts");

    run_now += 1200;
    tap_ok(run_next() == 21, "a probe");
    run_answer(21, REFUSED, 0);
    tap_ok(run_next() == 0, "refused: it goes on");
    run_now += 6000;
    tap_ok(run_next() == 22, "another one");
    run_answer(22, ACCEPTED, 0);

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT, "accepted");
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "the refusals do not count now either");

    for (i = 0; (id = run_next()) != 0; i++) {
        run_answer(id, ACCEPTED, 0);
    }

    tap_ok(i == 21, "all the others are sent again: %zu", i);

    run_end("20 refusals");
}


static void
outage_test_streak_short(void)
{
    size_t  i, n;

    run_begin();
    run_conf.concurrency = 1;

    run_load_keys(20);

    for (i = 1; i <= 19; i++) {
        (void) run_next();
        run_answer(i, REFUSED, 0);
    }

    tap_ok(run_next() == 20, "19 are none");
    run_answer(20, ACCEPTED, 0);

    for (n = 0; run_find(NGX_POLYCARD_DISPATCH_REFUSE); n++) { /* void */ }

    tap_ok(n == 19, "and count when another is accepted: %zu", n);

    run_end("19 refusals");
}


/* an outage turns out to be of refusals while a probe is under way */

static void
outage_test_streak_probe(void)
{
    size_t  i;

    run_begin();
    run_conf.concurrency = 2;

    run_load_keys(23);

    for (i = 1; i <= 19; i++) {
        (void) run_next();
        (void) run_answer(i, REFUSED, 0);
    }

    run_send(2);
    run_answer(21, OUTAGE, 0);
    run_now += 1200;
    tap_ok(run_next() == 22, "a probe");

    run_answer(20, REFUSED, 0);
    run_now += 6000;
    tap_ok(run_next() == 0, "it stays the only one");

    run_answer(22, REFUSED, 0);
    run_now += 6000;
    tap_ok(run_next() == 23, "until it has ended");
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "no refusal counts");

    run_end("20 refusals and a probe");
}


/* a refusal does not count while others can be asked: one on hold */

static void
outage_test_unread(void)
{
    run_begin();
    run_load(1, 1, 0);
    (void) run_next();
    run_answer(1, REFUSED, 0);
    run_now += 1200;

    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE)
           && run_add(2, 1, 1, 0) == NGX_POLYCARD_OK,
           "a head of a hold list is due");
    run_done(-1);
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "it is to be asked first");

    (void) run_next();
    run_answer(2, REFUSED, 0);
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_REFUSE
           && run_called(0) == 1, "then the first refusal counts");

    run_end("a refusal and a head on hold");
}


/* one that is to go on hold */

static void
outage_test_crowded(void)
{
    size_t  i;

    run_begin();

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    run_load(1, 1, 0);
    (void) run_next();
    run_answer(1, REFUSED, 10);

    for (i = 2; i <= WINDOW / 8 + 2; i++) {
        (void) run_add(i, 1, 0, 0);
    }

    run_now += 10;
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_HOLD,
           "a crowded key goes on hold");
    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE)
           && run_add(2, 1, 1, 0) == NGX_POLYCARD_OK, "and comes from there");
    run_done(-1);
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "no refusal counts before it was asked");

    run_end("a refusal and a crowded key");
}


static void
outage_test_retry_after(void)
{
    run_begin();
    run_load_keys(3);
    run_conf.concurrency = 2;

    run_send(2);
    run_answer(1, OUTAGE, 60000);
    run_now += 59999;
    tap_ok(run_next() == 0, "Retry-After is heeded");
    run_now += 1;
    tap_ok(run_next() == 3, "to the millisecond");

    run_answer(2, OUTAGE, 90000);
    run_answer(3, OUTAGE, 0);
    run_now += 89999;
    tap_ok(run_next() == 0, "of any answer");
    run_now += 1;
    tap_ok(run_next() != 0, "to the millisecond");

    run_end("Retry-After");

    run_begin();
    run_load(1, 1, 0);
    (void) run_next();
    run_answer(1, REFUSED, 60000);
    run_now += 59999;
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "of a refusal, too");
    run_now += 1;
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_REFUSE, "it is over");

    run_end("Retry-After of a refusal");
}


/* that of an outage which is over does not delay the next one */

static void
outage_test_retry_after_over(void)
{
    run_begin();
    run_load_keys(5);
    run_conf.concurrency = 2;

    run_send(2);
    run_answer(1, OUTAGE, 0);
    run_now += 1000;
    tap_ok(run_next() == 3, "the probe");
    run_answer(2, OUTAGE, 90000);
    run_answer(3, ACCEPTED, 0);

    tap_ok(run_next() == 4, "the outage is over");
    run_answer(4, OUTAGE, 2000);
    run_now += 2000;
    tap_ok(run_next() == 5, "the next one is as long as it says");

    run_end("Retry-After of an outage that is over");
}


/* keys that all failed make room for one that may be accepted */

static void
outage_test_room(void)
{
    size_t    i, held;
    uint64_t  id;

    run_begin();
    run_conf.concurrency = 1;

    run_load_keys(WINDOW);

    for (held = 0, i = 0; i < 2 * WINDOW && held == 0; i++) {
        id = run_next();

        if (id) {
            run_answer(id, OUTAGE, 0);
        }

        run_now += 6000;
        held = run_write_call() == NGX_POLYCARD_DISPATCH_HOLD;
    }

    tap_ok(held && i == WINDOW, "after %zu probes one goes on hold", i);
    tap_ok(run_given->n == 1 && run_called(0) == 1, "the first one");

    run_end("a window full of failures");
}
