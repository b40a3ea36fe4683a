
/* Calls that the store rejects: what dispatch.h says of them. */

#include "driver.h"

#include <string.h>


static ngx_polycard_dispatch_op_e stuck_reject(void);
static void stuck_test_read(void);
static void stuck_test_refuse(void);
static void stuck_test_held(void);
static void stuck_test_hold(void);
static void stuck_test_reading(void);
static void stuck_test_drain(void);
static void stuck_test_skip(void);
static void stuck_test_put_off(void);
static void stuck_test_two(void);


int
main(void)
{
    stuck_test_read();
    stuck_test_refuse();
    stuck_test_held();
    stuck_test_hold();
    stuck_test_reading();
    stuck_test_drain();
    stuck_test_skip();
    stuck_test_put_off();
    stuck_test_two();

    return tap_done();
}


/* the next call that is of one key; it is rejected */

static ngx_polycard_dispatch_op_e
stuck_reject(void)
{
    ngx_polycard_dispatch_op_e           op;
    const ngx_polycard_dispatch_call_t  *call;

    for ( ;; ) {
        call = ngx_polycard_dispatch_call(run_d, run_now);

        if (call == NULL) {
            return NGX_POLYCARD_DISPATCH_NONE;
        }

        op = call->op;

        if (op > NGX_POLYCARD_DISPATCH_ACCEPT) {
            ngx_polycard_dispatch_rejected(run_d, run_now);
            return op;
        }

        ngx_polycard_dispatch_done(run_d, run_now, -1);
    }
}


static void
stuck_test_read(void)
{
    run_begin();
    run_load(1, 1, 0);
    run_load(3, 1, 2);
    run_send(2);
    run_answer(1, REFUSED, 0);
    run_answer(3, ACCEPTED, 0);
    (void) run_find(NGX_POLYCARD_DISPATCH_REFUSE);

    run_load(2, 1, 1);
    run_load(4, 1, 3);
    run_send(2);
    ngx_polycard_dispatch_wake(run_d);
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_NEXT);
    ngx_polycard_dispatch_rejected(run_d, run_now);
    run_answer(2, REFUSED, 0);
    run_answer(4, ACCEPTED, 0);
    run_now += 100;
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE) && run_called(0) == 2,
           "a reading that is rejected puts off no refusal");

    run_end("read");
}


static void
stuck_test_refuse(void)
{
    run_begin();
    run_load(1, 2, 0);
    run_load(3, 1, 1);
    run_send(2);
    run_answer(1, REFUSED, 0);
    run_answer(3, ACCEPTED, 0);

    tap_ok(stuck_reject() == NGX_POLYCARD_DISPATCH_REFUSE,
           "a refusal is rejected");

    run_load(4, 1, 2);
    tap_ok(run_next() == 4, "other keys go on");
    run_answer(4, ACCEPTED, 0);
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT
           && run_called(run_given->n - 1) == 4, "and are acknowledged");
    tap_ok(run_next() == 0 && run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "nothing of this one goes");
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 1000,
           "until it is time to try again");

    run_now += 1000;
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE) && run_given->n == 2
           && run_called(0) == 1 && run_called(1) == 2,
           "the same is wanted then, with all of the key");

    run_load(5, 1, 0);
    tap_ok(run_next() == 5, "the key is free");

    run_end("refuse");
}


static void
stuck_test_held(void)
{
    run_begin();
    (void) run_add(1, 0, 1, 1);
    (void) run_add(2, 1, 1, 1);
    run_send(2);
    run_answer(1, ACCEPTED, 0);
    run_answer(2, ACCEPTED, 0);

    tap_ok(stuck_reject() == NGX_POLYCARD_DISPATCH_ACCEPT_HELD,
           "an acceptance is rejected");
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_ACCEPT_HELD) && run_called(0) == 2,
           "that of another key is not");

    tap_ok(run_add(3, 0, 0, 0) == NGX_POLYCARD_ERROR,
           "what comes from the outbox is not taken");

    run_now += 1000;
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_ACCEPT_HELD) && run_called(0) == 1,
           "it is tried again");
    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_NEXT
           && run_given->after.seq == 0,
           "and the outbox is read from its beginning");

    run_end("held");
}


static void
stuck_test_hold(void)
{
    ngx_polycard_dispatch_record_t  record;

    run_begin();

    memset(&record, 0, sizeof(record));
    record.id.seq = 1;
    record.key[0] = '0';
    record.key_len = 1;
    record.hold = 1;

    tap_ok(ngx_polycard_dispatch_add(run_d, &record) == NGX_POLYCARD_OK,
           "one that is to go on hold is taken");
    tap_ok(run_add(2, 0, 0, 0) == NGX_POLYCARD_ERROR,
           "what follows it is not");
    run_load(3, 1, 1);
    tap_ok(run_next() == 3 && run_next() == 0, "and not sent");

    tap_ok(stuck_reject() == NGX_POLYCARD_DISPATCH_HOLD, "it goes on hold");
    tap_ok(stuck_reject() == NGX_POLYCARD_DISPATCH_NONE, "once");

    run_now += 1000;
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_HOLD) && run_called(0) == 1,
           "as soon as it can");

    run_end("hold");
}


static void
stuck_test_reading(void)
{
    const ngx_polycard_dispatch_call_t  *call;

    run_begin();
    run_load(1, 1, 0);
    (void) run_next();
    run_answer(1, ACCEPTED, 0);

    do {
        call = ngx_polycard_dispatch_call(run_d, run_now);

        if (call->op == NGX_POLYCARD_DISPATCH_NEXT) {
            ngx_polycard_dispatch_rejected(run_d, run_now);
            break;
        }

        ngx_polycard_dispatch_done(run_d, run_now, -1);
    } while (1);

    tap_ok(ngx_polycard_dispatch_call(run_d, run_now) == NULL,
           "a moment's pause after what is of all keys");

    run_now += 100;
    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_DUE,
           "the next call is another one");
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_NEXT), "then it comes again");

    run_end("reading");
}


static void
stuck_test_drain(void)
{
    run_begin();
    (void) run_add(1, 0, 1, 1);
    (void) run_next();
    run_answer(1, ACCEPTED, 0);
    ngx_polycard_dispatch_drain(run_d);

    tap_ok(!ngx_polycard_dispatch_idle(run_d),
           "who leaves acknowledges what was accepted");
    tap_ok(stuck_reject() == NGX_POLYCARD_DISPATCH_ACCEPT_HELD
           && ngx_polycard_dispatch_idle(run_d),
           "but does not wait for a key that is stuck");

    run_end("drain");
}


static void
stuck_test_skip(void)
{
    ngx_polycard_dispatch_record_t  record;

    run_begin();

    memset(&record, 0, sizeof(record));
    record.id.seq = 9;
    record.skip = 1;

    (void) ngx_polycard_dispatch_call(run_d, run_now);
    tap_ok(ngx_polycard_dispatch_add(run_d, &record) == NGX_POLYCARD_ERROR,
           "one that is passed over is not taken");
    ngx_polycard_dispatch_done(run_d, run_now, 0);

    tap_ok(run_find(NGX_POLYCARD_DISPATCH_NEXT) && run_given->after.seq == 9,
           "what follows it is read");

    run_now += 1000;
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_NEXT) && run_given->after.seq == 0,
           "it is looked at again after the end");

    run_end("skip");
}


/* the store puts off a list that it cannot use: another stands in its place */

static void
stuck_test_put_off(void)
{
    run_begin();
    (void) run_add(1, 0, 1, 0);
    (void) run_next();

    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    tap_ok(run_given->skip == 1, "a head that is here is skipped");
    run_done(-1);

    run_answer(1, ACCEPTED, 0);
    (void) stuck_reject();
    run_now += 1000;
    (void) run_take_kind(NGX_POLYCARD_DISPATCH_DUE);
    tap_ok(run_given->skip == 0, "not so one of a key that is stuck");

    run_end("a list that is put off");
}


static void
stuck_test_two(void)
{
    run_begin();

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    (void) run_add(1, 0, 1, 1);
    (void) run_add(2, 1, 1, 1);
    run_send(2);
    run_answer(1, ACCEPTED, 0);
    (void) stuck_reject();
    run_now += 300;
    run_answer(2, ACCEPTED, 0);
    (void) stuck_reject();

    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 700,
           "of two keys the first one's time comes first");
    run_now += 700;
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT_HELD
           && run_called(0) == 1, "it is tried again");
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "the other one is not");

    run_end("two keys");
}
